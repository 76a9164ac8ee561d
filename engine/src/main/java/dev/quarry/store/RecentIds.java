package dev.quarry.store;

import java.util.Arrays;

/**
 * The ids that a session has claimed and that no index segment knows yet. Thread-safe: the ids are
 * spread over stripes by their last bytes, and each stripe is a table of its own with a lock of its
 * own.
 */
final class RecentIds {

    private static final int STRIPES = 64;
    private static final int WORDS = 4;
    private static final int CAPACITY_FIRST = 256;

    private final Stripe[] stripes = new Stripe[STRIPES];

    RecentIds() {
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new Stripe();
        }
    }

    /** Adds an id; false if it was there. */
    boolean add(byte[] id) {
        return stripes[id[31] & (STRIPES - 1)].add(
                Ids.word(id, 0), Ids.word(id, 8), Ids.word(id, 16), Ids.word(id, 24));
    }

    /** Forgets all. The caller sees to it that a second claim does no harm. */
    void clear() {
        for (Stripe stripe : stripes) {
            stripe.clear();
        }
    }

    /**
     * Open addressing with linear probing, at most half full. An id of zeros stands for an empty
     * place: no SHA-256 is known to be that.
     */
    private static final class Stripe {
        private long[] table = new long[CAPACITY_FIRST * WORDS];
        private int count;

        synchronized boolean add(long a, long b, long c, long d) {
            if (count * 2 * WORDS >= table.length) {
                grow();
            }
            return insert(table, a, b, c, d);
        }

        private boolean insert(long[] into, long a, long b, long c, long d) {
            int mask = into.length / WORDS - 1;
            for (int place = (int) (b >>> 8) & mask; ; place = (place + 1) & mask) {
                int at = place * WORDS;
                if (into[at] == 0 && into[at + 1] == 0 && into[at + 2] == 0 && into[at + 3] == 0) {
                    into[at] = a;
                    into[at + 1] = b;
                    into[at + 2] = c;
                    into[at + 3] = d;
                    count++;
                    return true;
                }
                if (into[at] == a && into[at + 1] == b && into[at + 2] == c && into[at + 3] == d) {
                    return false;
                }
            }
        }

        private void grow() {
            long[] old = table;
            long[] larger = new long[old.length * 2];
            count = 0;
            for (int at = 0; at < old.length; at += WORDS) {
                if (old[at] != 0 || old[at + 1] != 0 || old[at + 2] != 0 || old[at + 3] != 0) {
                    insert(larger, old[at], old[at + 1], old[at + 2], old[at + 3]);
                }
            }
            table = larger;
        }

        synchronized void clear() {
            Arrays.fill(table, 0);
            count = 0;
        }
    }
}

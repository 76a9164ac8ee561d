package dev.quarry.store;

/** A set of numbers: open addressing, at most half full. Not thread-safe. */
final class LongSet {

    private static final int CAPACITY_FIRST = 1024;

    private long[] table = new long[CAPACITY_FIRST];
    private boolean hasZero;
    private int count;

    /** Adds a number; false if it was there. */
    boolean add(long value) {
        if (value == 0) {
            boolean isNew = !hasZero;
            hasZero = true;
            return isNew;
        }
        if (count * 2 >= table.length) {
            long[] old = table;
            table = new long[old.length * 2];
            count = 0;
            for (long each : old) {
                if (each != 0) {
                    insert(each);
                }
            }
        }
        return insert(value);
    }

    private boolean insert(long value) {
        int mask = table.length - 1;
        for (int place = (int) (value >>> 32) & mask; ; place = (place + 1) & mask) {
            if (table[place] == 0) {
                table[place] = value;
                count++;
                return true;
            }
            if (table[place] == value) {
                return false;
            }
        }
    }
}

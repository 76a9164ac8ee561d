package dev.quarry.chunk;

/**
 * Counts chunks that differ, and their bytes, in bounded memory: exactly as long as there are at
 * most {@link #CHUNKS_MAX}; beyond, by a part of them that their ids choose, half as large each
 * time it would grow beyond that. As ids are hashes, the part is a fair one: the figures are then
 * within half a percent, with a probability of 99 %. Not thread-safe.
 */
final class ChunkSample {

    /** Chunks that are kept at most: 12 MB. */
    static final int CHUNKS_MAX = 1 << 19;

    private static final int CAPACITY_FIRST = 1024;

    /** Open addressing, at most half full; 0 is an empty place. */
    private long[] ids = new long[CAPACITY_FIRST];

    private int[] lengths = new int[CAPACITY_FIRST];
    private int kept;
    private long keptBytes;

    /** Of an id, so many of the lowest bits must be 0, or it is left out. */
    private int shift;

    /**
     * Adds a chunk.
     *
     * @param id the first eight bytes of it: among a billion chunks one in forty is then mistaken
     *     once
     * @param bytes its length
     * @return whether it is new, and kept
     */
    boolean add(long id, int bytes) {
        long key = id == 0 ? Long.MIN_VALUE : id;
        if (isLeftOut(key)) {
            return false;
        }
        if (kept * 2 >= ids.length) {
            if (kept >= CHUNKS_MAX) {
                shift++;
                rebuild(ids.length);
            } else {
                rebuild(ids.length * 2);
            }
            if (isLeftOut(key)) {
                return false;
            }
        }
        return insert(key, bytes);
    }

    private boolean isLeftOut(long key) {
        return (key & ((1L << shift) - 1)) != 0;
    }

    private void rebuild(int capacity) {
        long[] oldIds = ids;
        int[] oldLengths = lengths;
        ids = new long[capacity];
        lengths = new int[capacity];
        kept = 0;
        keptBytes = 0;
        for (int i = 0; i < oldIds.length; i++) {
            if (oldIds[i] != 0 && !isLeftOut(oldIds[i])) {
                insert(oldIds[i], oldLengths[i]);
            }
        }
    }

    private boolean insert(long key, int bytes) {
        int mask = ids.length - 1;
        for (int place = (int) (key >>> 32) & mask; ; place = (place + 1) & mask) {
            if (ids[place] == 0) {
                ids[place] = key;
                lengths[place] = bytes;
                kept++;
                keptBytes += bytes;
                return true;
            }
            if (ids[place] == key) {
                return false;
            }
        }
    }

    /** How many differ. */
    long chunks() {
        return (long) kept << shift;
    }

    /** Their bytes. */
    long bytes() {
        return keptBytes << shift;
    }
}

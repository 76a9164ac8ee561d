package dev.quarry.store;

import java.util.Arrays;

/** Chunks to be read, and where each of them belongs. For one thread. */
public final class ChunkRequests {

    /** Requests at most; their number takes 24 bits of a sort key. */
    public static final int COUNT_MAX = 1 << 24;

    /** Enough for a small read; a large one grows it soon. */
    private static final int INITIAL = 64;

    private long[] locations = new long[INITIAL];
    private long[] offsets = new long[INITIAL];
    private int count;

    /**
     * @param location as {@link ChunkStore.Reading#locate} gave it
     */
    public void add(long location, long offset) {
        if (count == locations.length) {
            if (count == COUNT_MAX) {
                throw new IllegalStateException("more than " + COUNT_MAX + " requests");
            }
            locations = Arrays.copyOf(locations, count * 2);
            offsets = Arrays.copyOf(offsets, count * 2);
        }
        locations[count] = location;
        offsets[count] = offset;
        count++;
    }

    public int count() {
        return count;
    }

    /** Forgets all requests and keeps the memory. */
    public void clear() {
        count = 0;
    }

    long location(int request) {
        return locations[request];
    }

    long offset(int request) {
        return offsets[request];
    }

    long[] locations() {
        return locations;
    }
}

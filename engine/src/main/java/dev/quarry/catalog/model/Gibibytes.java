package dev.quarry.catalog.model;

/** Conversion between exact sizes in bytes and EC2's sizes in GiB. */
public final class Gibibytes {

    /** Bytes of one GiB. */
    public static final long BYTES = 1L << 30;

    private Gibibytes() {}

    /**
     * The smallest number of whole GiB that holds {@code bytes}; at least 1, as EC2 has no smaller
     * volume.
     */
    public static int roundedUp(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("negative size " + bytes);
        }
        return Math.toIntExact(Math.max(1, Math.ceilDiv(bytes, BYTES)));
    }

    public static long toBytes(int gib) {
        return gib * BYTES;
    }
}

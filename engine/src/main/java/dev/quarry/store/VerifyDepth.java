package dev.quarry.store;

/**
 * How much of a store is read to verify it. All metadata is, whatever the depth.
 *
 * @param percent of the frames that are decoded and hashed, 0 to 100
 * @param seed which ones, where it is not all of them: another seed takes others
 */
public record VerifyDepth(double percent, long seed) {

    private static final int BASIS = 1 << 20;

    public VerifyDepth {
        if (!(percent >= 0 && percent <= 100)) {
            throw new IllegalArgumentException("percent " + percent + " is not from 0 to 100");
        }
    }

    /** Metadata alone. */
    public static VerifyDepth quick() {
        return new VerifyDepth(0, 0);
    }

    /** Everything. */
    public static VerifyDepth full() {
        return new VerifyDepth(100, 0);
    }

    public static VerifyDepth sample(double percent, long seed) {
        return new VerifyDepth(percent, seed);
    }

    /** Whether a frame is among those that are decoded. */
    boolean takes(int pack, int frame) {
        long mixed = (seed ^ (long) pack << Integer.SIZE ^ frame) * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ mixed >>> 29) * 0xBF58476D1CE4E5B9L;
        return (mixed >>> 32 & BASIS - 1) < percent / 100 * BASIS;
    }
}

package dev.quarry.store;

/**
 * How leases are kept alive and found to be dead. Nobody compares clocks: an observer counts how
 * often it looked and saw nothing change.
 *
 * @param renewMillis a holder counts up once in so long
 * @param lookMillis an observer looks once in so long
 * @param looks without a change that make a lease dead
 */
public record LeaseTiming(long renewMillis, long lookMillis, int looks) {

    /** A holder is dead when it has missed some six renewals: half a minute. */
    public static final LeaseTiming USUAL = new LeaseTiming(5_000, 2_500, 12);

    public LeaseTiming {
        if (renewMillis < 1 || lookMillis < 1 || looks * lookMillis < 2 * renewMillis) {
            throw new IllegalArgumentException(
                    "leases of "
                            + looks
                            + " looks, one in "
                            + lookMillis
                            + " ms, are not twice "
                            + renewMillis
                            + " ms");
        }
    }
}

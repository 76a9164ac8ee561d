package dev.quarry.chunk;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Tells data that no codec makes smaller, such as what is compressed or encrypted already, from a
 * sample: its bytes are as evenly spread as random ones.
 *
 * <p>The sample's measure is the sum of the squares of how often each byte value comes, whose mean
 * is {@code n + n (n - 1) / 256} for random bytes, with a deviation of about {@code n / 11}. Bytes
 * that could be coded 1/32 shorter one by one, the least that pays, lie 30 % above that; so what
 * lies within {@value #MARGIN_PERCENT} % is left alone. Bytes that are even and repeat over more
 * than a few KiB are missed, which costs space only, and which deduplication mostly finds before.
 */
public final class CompressionProbe {

    private static final int SAMPLE_BYTES = 2048;
    private static final int VALUES = 256;
    private static final int MARGIN_PERCENT = 6;
    private static final int SQUARES_MAX =
            (SAMPLE_BYTES + SAMPLE_BYTES * (SAMPLE_BYTES - 1) / VALUES)
                    * (100 + MARGIN_PERCENT)
                    / 100;

    /** Bytes that stand together in the sample: a cache line is read for each anyway. */
    private static final int RUN_BYTES = 32;

    private final short[] counts = new short[VALUES];

    /**
     * Whether encoding is not worth trying. Less than the sample is always worth it.
     *
     * @param plain from its first byte to its capacity
     */
    public boolean looksRandom(ByteBuffer plain) {
        int length = plain.capacity();
        if (length < SAMPLE_BYTES) {
            return false;
        }
        Arrays.fill(counts, (short) 0);
        int runs = SAMPLE_BYTES / RUN_BYTES;
        int squares = 0;
        for (int run = 0; run < runs; run++) {
            int at = (int) ((long) (length - RUN_BYTES) * run / (runs - 1));
            for (int i = 0; i < RUN_BYTES; i++) {
                int value = plain.get(at + i) & 0xff;
                // (c + 1)^2 - c^2
                squares += 2 * counts[value] + 1;
                counts[value]++;
            }
            if (squares > SQUARES_MAX) {
                return false;
            }
        }
        return true;
    }
}

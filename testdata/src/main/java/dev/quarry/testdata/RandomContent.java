package dev.quarry.testdata;

import java.util.random.RandomGenerator;

/**
 * Bytes such as disks hold, small and at random: ranges of zeros, of one byte, of text and of
 * noise, with borders on any byte or on a grid.
 */
public final class RandomContent {

    private static final byte[] TEXT =
            "Quarry cuts disk images into blocks and builds volumes from them. "
                    .getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    private RandomContent() {}

    /**
     * Makes content.
     *
     * @param random decides everything
     * @param size bytes
     * @param grid borders between ranges are multiples of it; 1 for any byte
     */
    public static byte[] bytes(RandomGenerator random, int size, int grid) {
        byte[] bytes = new byte[size];
        int at = 0;
        while (at < size) {
            int units = 1 + random.nextInt(1 << random.nextInt(1, 9));
            int end = (int) Math.min(size, at + (long) units * grid * (grid == 1 ? 97 : 1));
            fill(random, bytes, at, end);
            at = end;
        }
        return bytes;
    }

    private static void fill(RandomGenerator random, byte[] bytes, int from, int to) {
        switch (random.nextInt(5)) {
            case 0 -> {
                byte value = (byte) random.nextInt(256);
                java.util.Arrays.fill(bytes, from, to, value);
            }
            case 1 -> {
                byte[] noise = new byte[to - from];
                random.nextBytes(noise);
                System.arraycopy(noise, 0, bytes, from, noise.length);
            }
            case 2 -> {
                for (int i = from; i < to; i++) {
                    bytes[i] = TEXT[i % TEXT.length];
                }
                bytes[from] = (byte) random.nextInt(256);
            }
            default -> {
                // Zeros, twice as often as anything else.
            }
        }
    }
}

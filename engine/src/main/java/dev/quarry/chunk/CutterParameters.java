package dev.quarry.chunk;

/**
 * The parameters of cutter 1. Two snapshots share chunks only where they were cut with the same
 * ones, so they are a property of the store.
 *
 * @param averageBytes what a chunk has on average where nothing else ends it: a power of two, 4 KiB
 *     to 1 MiB
 * @param maximumBytes what a chunk has at most: whole blocks, at least the average, at most 1 MiB
 */
public record CutterParameters(int averageBytes, int maximumBytes) {

    /** The cutter that these are the parameters of. */
    public static final int CUTTER = 1;

    public static final int CHUNK_BYTES_MAX = 1 << 20;

    /**
     * 16 KiB on average shares almost what 4 KiB would, at a quarter of the entries; see
     * ARCHITECTURE for the table.
     */
    public static final CutterParameters DEFAULT = new CutterParameters(16 << 10, 64 << 10);

    public CutterParameters {
        if (averageBytes < Grid.BLOCK_BYTES
                || averageBytes > CHUNK_BYTES_MAX
                || Integer.bitCount(averageBytes) != 1) {
            throw new IllegalArgumentException(
                    "average chunk of "
                            + averageBytes
                            + " bytes is no power of two from "
                            + Grid.BLOCK_BYTES
                            + " to "
                            + CHUNK_BYTES_MAX);
        }
        if (maximumBytes < averageBytes
                || maximumBytes > CHUNK_BYTES_MAX
                || maximumBytes % Grid.BLOCK_BYTES != 0) {
            throw new IllegalArgumentException(
                    "maximum chunk of "
                            + maximumBytes
                            + " bytes is not in whole blocks of "
                            + Grid.BLOCK_BYTES
                            + " from the average, "
                            + averageBytes
                            + ", to "
                            + CHUNK_BYTES_MAX);
        }
    }

    public int averageBlocks() {
        return averageBytes / Grid.BLOCK_BYTES;
    }

    public int maximumBlocks() {
        return maximumBytes / Grid.BLOCK_BYTES;
    }
}

package dev.quarry.store;

import dev.quarry.chunk.Codec;
import dev.quarry.chunk.CutterParameters;

/**
 * What is fixed when a store is made.
 *
 * @param cutter how disks are cut
 * @param frameBytes plain bytes of a frame at most: at least a chunk, at most 4 MiB
 * @param codec how frames are compressed
 * @param level of zstd, 1 to 19; ignored by other codecs
 */
public record StoreProperties(CutterParameters cutter, int frameBytes, Codec codec, int level) {

    public static final int FRAME_BYTES_MAX = 4 << 20;
    public static final int LEVEL_MAX = 19;

    /** Chosen by measurement: see the table in ARCHITECTURE. */
    public static final StoreProperties DEFAULT =
            new StoreProperties(CutterParameters.DEFAULT, 256 << 10, Codec.ZSTD, 1);

    public StoreProperties {
        if (frameBytes < cutter.maximumBytes() || frameBytes > FRAME_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "frame of "
                            + frameBytes
                            + " bytes is not from the maximum chunk, "
                            + cutter.maximumBytes()
                            + ", to "
                            + FRAME_BYTES_MAX);
        }
        if (level < 1 || level > LEVEL_MAX) {
            throw new IllegalArgumentException(
                    "zstd level " + level + " is not from 1 to " + LEVEL_MAX);
        }
    }
}

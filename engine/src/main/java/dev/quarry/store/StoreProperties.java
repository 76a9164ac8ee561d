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

    private static final String ZSTD = "zstd";

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

    /**
     * The same with another compression.
     *
     * @param text {@code none}, {@code lz4}, {@code zstd}, or {@code zstd:LEVEL} with a level from
     *     1 to {@value #LEVEL_MAX}
     * @throws IllegalArgumentException if it is none of these
     */
    public StoreProperties withCompression(String text) {
        Codec named =
                switch (text) {
                    case "none" -> Codec.NONE;
                    case "lz4" -> Codec.LZ4;
                    default -> Codec.ZSTD;
                };
        if (named != Codec.ZSTD || text.equals(ZSTD)) {
            return new StoreProperties(cutter, frameBytes, named, DEFAULT.level);
        }
        if (!text.matches(ZSTD + ":[0-9]{1,2}")) {
            throw new IllegalArgumentException(
                    "compression is one of none, lz4, zstd and zstd:LEVEL, not '" + text + "'");
        }
        int number = Integer.parseInt(text.substring(ZSTD.length() + 1));
        return new StoreProperties(cutter, frameBytes, Codec.ZSTD, number);
    }

    /** The compression, as {@link #withCompression} takes it. */
    public String compression() {
        return switch (codec) {
            case NONE -> "none";
            case LZ4 -> "lz4";
            case ZSTD -> ZSTD + ":" + level;
        };
    }
}

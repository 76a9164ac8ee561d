package dev.quarry.chunk;

/**
 * The fixed measures that content is cut by. They belong to cutter 1 and to the {@link
 * ContentDigest}, and never change.
 *
 * <pre>
 *   disk   |  page 0 (64 MiB)                    |  page 1 ...
 *   page   | block 0 | block 1 | ...     | block 16383 |
 *   chunk  |<- 1 to maximum blocks, none of them zero ->|
 * </pre>
 */
public final class Grid {

    /**
     * File systems place files on blocks of 4 KiB, in any order: runs of blocks are what two disks
     * share.
     */
    public static final int BLOCK_BYTES = 4096;

    /**
     * Cutting starts anew at every page, so that pages can be cut in parallel with the same result.
     */
    public static final int PAGE_BYTES = 64 << 20;

    public static final int PAGE_BLOCKS = PAGE_BYTES / BLOCK_BYTES;

    /** Bytes of a SHA-256. */
    public static final int DIGEST_BYTES = 32;

    /**
     * The largest disk that is cut, 1 PiB: a claim beyond it costs time, not data. EC2 stops at 64
     * TiB.
     */
    public static final long DISK_BYTES_MAX = 1L << 50;

    private Grid() {}

    /** Rounds up to whole blocks. */
    public static long blockCeiling(long bytes) {
        return Math.addExact(bytes, BLOCK_BYTES - 1) & -BLOCK_BYTES;
    }

    /** Rounds down to whole blocks. */
    public static long blockFloor(long bytes) {
        return bytes & -BLOCK_BYTES;
    }

    /** Pages that {@code bytes} take, the last one perhaps in part. */
    public static long pages(long bytes) {
        return Math.ceilDiv(bytes, (long) PAGE_BYTES);
    }
}

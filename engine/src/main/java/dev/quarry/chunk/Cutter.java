package dev.quarry.chunk;

/**
 * Cutter 1: says after which blocks a chunk ends. Frozen: a change would part every store from its
 * own past, so there would be a cutter 2.
 *
 * <p>Within a page of the grid, a chunk is a run of non-zero blocks. It ends before a block of
 * zeros and at the end of the page; after a block whose SHA-256 has zeros in the lowest {@code
 * log2(average / 4096)} bits of its first byte; and when it has the maximum of blocks. The block's
 * digest is wanted anyway, so the decision costs nothing.
 *
 * <p>Immutable and thread-safe.
 */
public final class Cutter {

    private final int mask;
    private final int maximumBlocks;

    public Cutter(CutterParameters parameters) {
        this.mask = parameters.averageBlocks() - 1;
        this.maximumBlocks = parameters.maximumBlocks();
    }

    /**
     * Whether a chunk ends after a block.
     *
     * @param digests digests of blocks
     * @param index where the digest of the block begins
     * @param blocks how many blocks the chunk has with this one
     */
    public boolean endsAfter(byte[] digests, int index, int blocks) {
        return (digests[index] & mask) == 0 || blocks >= maximumBlocks;
    }
}

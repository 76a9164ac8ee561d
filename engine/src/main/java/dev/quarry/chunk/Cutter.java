package dev.quarry.chunk;

import dev.quarry.secret.StoreKey;

import org.jspecify.annotations.Nullable;

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
    private final @Nullable StoreKey key;

    public Cutter(CutterParameters parameters) {
        this(parameters, null);
    }

    /**
     * @param key of an encrypted store, where a keyed hash of the block's digest decides in its
     *     place: the lengths of chunks, which can be seen, then do not tell what is cut. Or null
     */
    public Cutter(CutterParameters parameters, @Nullable StoreKey key) {
        this.key = key;
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
        long bits = key == null ? digests[index] : key.cutHash(digests, index);
        return (bits & mask) == 0 || blocks >= maximumBlocks;
    }
}

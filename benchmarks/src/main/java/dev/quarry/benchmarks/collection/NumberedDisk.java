package dev.quarry.benchmarks.collection;

import dev.quarry.block.BlockSource;
import dev.quarry.block.Extent;
import dev.quarry.chunk.Grid;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A disk each of whose blocks differs from all others, and compresses to next to nothing: made as
 * it is read, so that it can be of any size.
 */
final class NumberedDisk implements BlockSource {

    /** Blocks that {@link #half} has, or has not, one after the other: four frames. */
    private static final long RUN_BYTES = 1 << 20;

    private final long blocks;
    private final boolean half;

    private NumberedDisk(long blocks, boolean half) {
        this.blocks = blocks;
        this.half = half;
    }

    /** A disk without holes. */
    static NumberedDisk whole(long blocks) {
        return new NumberedDisk(blocks, false);
    }

    /** The same with holes for every second MiB. */
    static NumberedDisk half(long blocks) {
        return new NumberedDisk(blocks, true);
    }

    @Override
    public long size() {
        return blocks * Grid.BLOCK_BYTES;
    }

    private boolean isHole(long offset) {
        return half && offset / RUN_BYTES % 2 == 1;
    }

    @Override
    public void read(long offset, MemorySegment target) {
        target.fill((byte) 0);
        long end = offset + target.byteSize();
        long at = Math.ceilDiv(offset, Grid.BLOCK_BYTES) * Grid.BLOCK_BYTES;
        for (; at + Long.BYTES <= end; at += Grid.BLOCK_BYTES) {
            if (!isHole(at)) {
                long number = at / Grid.BLOCK_BYTES + 1;
                target.set(ValueLayout.JAVA_LONG_UNALIGNED, at - offset, number);
            }
        }
    }

    @Override
    public Extent extentAt(long offset, long limit) {
        if (!half) {
            return new Extent(offset, limit - offset, Extent.Kind.DATA);
        }
        long end = Math.min(limit, (offset / RUN_BYTES + 1) * RUN_BYTES);
        Extent.Kind kind = isHole(offset) ? Extent.Kind.HOLE : Extent.Kind.DATA;
        return new Extent(offset, end - offset, kind);
    }

    @Override
    public void close() {
        // Nothing is open.
    }
}

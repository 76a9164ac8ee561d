package dev.quarry.chunk;

import dev.quarry.block.BlockSource;
import dev.quarry.block.Extent;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A disk laid onto the grid: {@code lead} zeros before its first byte, so that its partitions fall
 * onto whole blocks, and zeros behind its last byte up to a whole block. Does not own the disk.
 */
public final class GridSource implements BlockSource {

    private final BlockSource disk;
    private final int lead;
    private final long size;

    /**
     * @param disk stays the caller's
     * @param lead bytes, below a block
     */
    public GridSource(BlockSource disk, int lead) {
        if (lead < 0 || lead >= Grid.BLOCK_BYTES) {
            throw new IllegalArgumentException("lead of " + lead + " bytes");
        }
        this.disk = disk;
        this.lead = lead;
        this.size = Grid.blockCeiling(Math.addExact(disk.size(), lead));
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void read(long offset, MemorySegment target) throws IOException {
        long end = offset + target.byteSize();
        long from = Math.clamp(offset - lead, 0, disk.size());
        long to = Math.clamp(end - lead, 0, disk.size());
        long before = from + lead - offset;
        if (to <= from) {
            target.fill((byte) 0);
            return;
        }
        target.asSlice(0, before).fill((byte) 0);
        disk.read(from, target.asSlice(before, to - from));
        target.asSlice(before + to - from).fill((byte) 0);
    }

    @Override
    public Extent extentAt(long offset, long limit) throws IOException {
        if (offset < lead) {
            return new Extent(offset, Math.min(lead, limit) - offset, Extent.Kind.HOLE);
        }
        long end = disk.size() + lead;
        if (offset >= end) {
            return new Extent(offset, limit - offset, Extent.Kind.HOLE);
        }
        Extent extent = disk.extentAt(offset - lead, Math.min(limit, end) - lead);
        return new Extent(offset, extent.length(), extent.kind());
    }

    @Override
    public void close() {
        // The disk is the caller's.
    }
}

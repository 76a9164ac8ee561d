package dev.quarry.benchmarks.micro;

import dev.quarry.block.BlockSource;
import dev.quarry.block.BlockTarget;
import dev.quarry.block.Extent;

import java.lang.foreign.MemorySegment;

/**
 * A disk in memory, to read from and to write to. Its memory is the caller's, who sees to it that
 * nobody reads what is being written.
 */
public final class MemoryDisk implements BlockSource, BlockTarget {

    private final MemorySegment memory;

    /**
     * @param memory the whole disk
     */
    public MemoryDisk(MemorySegment memory) {
        this.memory = memory;
    }

    @Override
    public long size() {
        return memory.byteSize();
    }

    @Override
    public void read(long offset, MemorySegment target) {
        MemorySegment.copy(memory, offset, target, 0, target.byteSize());
    }

    @Override
    public Extent extentAt(long offset, long limit) {
        return new Extent(offset, limit - offset, Extent.Kind.DATA);
    }

    @Override
    public void write(long offset, MemorySegment source) {
        MemorySegment.copy(source, 0, memory, offset, source.byteSize());
    }

    @Override
    public void zero(long offset, long length) {
        memory.asSlice(offset, length).fill((byte) 0);
    }

    @Override
    public void commit() {
        // Memory is nothing to be published.
    }

    @Override
    public void close() {
        // The memory is the caller's.
    }
}

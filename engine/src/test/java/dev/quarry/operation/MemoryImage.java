package dev.quarry.operation;

import dev.quarry.block.MemoryDisk;
import dev.quarry.image.EditableImage;
import dev.quarry.storage.Preallocation;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** An image in memory that takes whole units only, as the formats with clusters do. */
class MemoryImage implements EditableImage {

    private final MemoryDisk disk;
    private final int unitBytes;

    /**
     * @param disk that it is written to
     */
    MemoryImage(MemoryDisk disk, int unitBytes) {
        this.disk = disk;
        this.unitBytes = unitBytes;
    }

    @Override
    public long size() {
        return disk.size();
    }

    @Override
    public int unitBytes() {
        return unitBytes;
    }

    @Override
    public Run runAt(long offset, long limit) {
        return new Run(limit, Share.ALL);
    }

    @Override
    public void write(long offset, MemorySegment source) {
        requireUnits(offset, source.byteSize());
        disk.write(offset, source);
    }

    @Override
    public void zero(long offset, long length) throws IOException {
        requireUnits(offset, length);
        disk.zero(offset, length);
    }

    private void requireUnits(long offset, long length) {
        long end = offset + length;
        if (offset % unitBytes != 0 || (end % unitBytes != 0 && end != size())) {
            throw new AssertionError(length + " bytes at " + offset + " are no whole units");
        }
    }

    @Override
    public void resize(long size, long backingSize, Preallocation how) {
        throw new AssertionError();
    }

    @Override
    public void setBacking(@Nullable String file, @Nullable String format) {
        throw new AssertionError();
    }

    @Override
    public void clear() {
        throw new AssertionError();
    }

    @Override
    public void flush() {}

    @Override
    public void finish() {
        throw new AssertionError("the operation does not finish the image");
    }

    @Override
    public void close() {}
}

package dev.quarry.formats.raw;

import dev.quarry.block.BlockTarget;
import dev.quarry.storage.OutputFile;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Writes a raw image, sparse where the host can. On a file or device that existed, zeros are really
 * made, and what lies behind the disk is zeroed at the end: nobody reads there what somebody else
 * once wrote.
 */
final class RawWriter implements BlockTarget {

    private final OutputFile file;
    private final long size;

    /**
     * @param file becomes the writer's
     * @throws IOException if it is a device smaller than the disk
     */
    RawWriter(OutputFile file, long size) throws IOException {
        file.extendTo(size);
        this.file = file;
        this.size = size;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void write(long offset, MemorySegment source) throws IOException {
        checkRange(offset, source.byteSize());
        file.write(offset, source);
    }

    @Override
    public void zero(long offset, long length) throws IOException {
        checkRange(offset, length);
        file.zero(offset, length);
    }

    private void checkRange(long offset, long length) {
        if (offset < 0 || length < 0 || offset > size - length) {
            throw new IndexOutOfBoundsException(length + " bytes at " + offset + " of " + size);
        }
    }

    @Override
    public void commit() throws IOException {
        long tail = file.size() - size;
        if (tail > 0) {
            file.zero(size, tail);
        }
        file.commit();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}

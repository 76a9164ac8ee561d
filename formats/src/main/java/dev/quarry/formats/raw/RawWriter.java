package dev.quarry.formats.raw;

import dev.quarry.block.OpenEndedTarget;
import dev.quarry.storage.OutputFile;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Writes a raw image, sparse where the host can. On a file or device that existed, zeros are really
 * made, and what lies behind the disk is zeroed at the end: nobody reads there what somebody else
 * once wrote.
 */
final class RawWriter implements OpenEndedTarget {

    private final OutputFile file;
    private long size;

    /**
     * A disk that is complete when it is committed; a file has its size from the beginning on.
     *
     * @param file becomes the writer's
     * @throws IOException if it is a device smaller than the disk
     */
    static RawWriter sized(OutputFile file, long size) throws IOException {
        file.extendTo(size);
        return new RawWriter(file, size);
    }

    /**
     * @param file becomes the writer's
     * @param size of the disk, or what it may have if {@link #endAt} is to tell
     */
    RawWriter(OutputFile file, long size) {
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

    @Override
    public void endAt(long end) {
        size = end;
    }

    private void checkRange(long offset, long length) {
        if (offset < 0 || length < 0 || offset > size - length) {
            throw new IndexOutOfBoundsException(length + " bytes at " + offset + " of " + size);
        }
    }

    @Override
    public void commit() throws IOException {
        file.extendTo(size);
        long tail = file.size() - size;
        if (tail > 0 && file.isFresh()) {
            file.truncate(size); // The last block was written whole.
        } else if (tail > 0) {
            file.zero(size, tail);
        }
        file.commit();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}

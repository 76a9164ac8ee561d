package dev.quarry.storage;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileSystemException;

/** A file that is being written, to be read. */
final class OutputStorage implements Storage {

    private final OutputFile file;

    OutputStorage(OutputFile file) {
        this.file = file;
    }

    @Override
    public String name() {
        return file.name();
    }

    @Override
    public long size() {
        try {
            return file.size();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void read(long position, MemorySegment target) throws IOException {
        if (target.byteSize() > file.size() - position) {
            throw new EOFException(
                    "has no 0x"
                            + Long.toHexString(target.byteSize())
                            + " bytes at 0x"
                            + Long.toHexString(position)
                            + ": "
                            + name());
        }
        file.read(position, target);
    }

    @Override
    public long nextData(long position, long limit) {
        return Math.min(position, limit);
    }

    @Override
    public long nextHole(long position, long limit) {
        return limit;
    }

    @Override
    public long allocatedBytes() {
        return size();
    }

    @Override
    public Storage openSibling(String fileName) throws IOException {
        throw new FileSystemException(fileName, null, "is not opened beside a file being written");
    }

    @Override
    public void close() {
        // The file is its owner's.
    }
}

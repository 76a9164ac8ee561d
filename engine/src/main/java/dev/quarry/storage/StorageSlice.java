package dev.quarry.storage;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileSystemException;
import java.util.List;

/** A range of another storage, such as a member of an archive. Closes the other storage. */
public final class StorageSlice implements Storage {

    private final Storage storage;
    private final long start;
    private final long size;
    private final String name;

    /**
     * @param storage becomes the slice's
     * @param start host byte of the other storage
     * @param size bytes, all of which the other storage has
     * @param name ends messages
     */
    public StorageSlice(Storage storage, long start, long size, String name) {
        if (start < 0 || size < 0 || start > storage.size() - size) {
            throw new IllegalArgumentException(
                    size + " bytes at " + start + " of " + storage.size());
        }
        this.storage = storage;
        this.start = start;
        this.size = size;
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void read(long position, MemorySegment target) throws IOException {
        if (position < 0 || target.byteSize() > size - position) {
            throw new EOFException(
                    "ends at 0x"
                            + Long.toHexString(size)
                            + ", but 0x"
                            + Long.toHexString(target.byteSize())
                            + " bytes should be at 0x"
                            + Long.toHexString(position)
                            + ": "
                            + name);
        }
        storage.read(start + position, target);
    }

    @Override
    public long nextData(long position, long limit) throws IOException {
        return storage.nextData(start + position, start + limit) - start;
    }

    @Override
    public long nextHole(long position, long limit) throws IOException {
        return storage.nextHole(start + position, start + limit) - start;
    }

    @Override
    public List<FileStorage> files() {
        return storage.files();
    }

    @Override
    public long allocatedBytes() {
        return size;
    }

    @Override
    public Storage openSibling(String fileName) throws IOException {
        throw new FileSystemException(fileName, null, "is no member beside " + name);
    }

    @Override
    public void close() throws IOException {
        storage.close();
    }
}

package dev.quarry.formats;

import dev.quarry.storage.Storage;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.NoSuchFileException;

/** Bytes as a storage; what lies beside it is the same under any name. */
public final class MemoryStorage implements Storage {

    private final MemorySegment bytes;
    private final byte[] sibling;

    /** With the same bytes beside it. */
    public MemoryStorage(byte[] bytes) {
        this(bytes, bytes);
    }

    /**
     * @param sibling bytes of any file beside it
     */
    public MemoryStorage(byte[] bytes, byte[] sibling) {
        this.bytes = MemorySegment.ofArray(bytes);
        this.sibling = sibling;
    }

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public long size() {
        return bytes.byteSize();
    }

    @Override
    public void read(long position, MemorySegment target) throws IOException {
        if (position < 0 || position > size() - target.byteSize()) {
            throw new EOFException("ends before 0x" + Long.toHexString(position) + ": memory");
        }
        MemorySegment.copy(bytes, position, target, 0, target.byteSize());
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
        if (fileName.isEmpty() || fileName.contains("/")) {
            throw new NoSuchFileException(fileName);
        }
        return new MemoryStorage(sibling);
    }

    @Override
    public void close() {}
}

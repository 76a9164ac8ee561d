package dev.quarry.testdata.fault;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/** A file of which every write and sync is noted. */
final class FaultChannel extends FileChannel {

    private final FileChannel inner;
    private final Journal journal;
    private final Path path;
    private final int node;

    FaultChannel(FileChannel inner, Journal journal, Path path) {
        this.inner = inner;
        this.journal = journal;
        this.path = path;
        this.node = journal.node(path);
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        journal.call(path);
        return inner.read(target);
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        journal.call(path);
        return inner.read(targets, offset, length);
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        journal.call(path);
        return inner.read(target, position);
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        long position = inner.position();
        int done = write(source, position);
        inner.position(position + done);
        return done;
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        long done = 0;
        for (int i = offset; i < offset + length; i++) {
            done += write(sources[i]);
        }
        return done;
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
        byte[] bytes = new byte[source.remaining()];
        source.duplicate().get(bytes);
        try {
            journal.call(path);
        } catch (IOException e) {
            // As the kernel does it: half of it is there.
            inner.write(ByteBuffer.wrap(bytes, 0, bytes.length / 2), position);
            throw e;
        }
        noteSize();
        for (ByteBuffer rest = ByteBuffer.wrap(bytes); rest.hasRemaining(); ) {
            inner.write(rest, position + rest.position());
        }
        source.position(source.limit());
        journal.written(node, position, bytes);
        return bytes.length;
    }

    /** A size that another way of access has given. */
    private void noteSize() throws IOException {
        if (node != Journal.NOTHING && !java.nio.file.Files.isDirectory(path)) {
            journal.sized(node, inner.size());
        }
    }

    @Override
    public void force(boolean metaData) throws IOException {
        journal.call(path);
        noteSize();
        journal.synced(node);
    }

    @Override
    public long position() throws IOException {
        return inner.position();
    }

    @Override
    public FileChannel position(long position) throws IOException {
        inner.position(position);
        return this;
    }

    @Override
    public long size() throws IOException {
        return inner.size();
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        journal.call(path);
        inner.truncate(size);
        noteSize();
        return this;
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target)
            throws IOException {
        journal.call(path);
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(count, 1 << 20));
        int got = inner.read(buffer, position);
        buffer.flip();
        return got <= 0 ? 0 : target.write(buffer);
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count)
            throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(count, 1 << 20));
        int got = source.read(buffer);
        buffer.flip();
        return got <= 0 ? 0 : write(buffer, position);
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
        journal.call(path);
        return inner.map(mode, position, size);
    }

    @Override
    public MemorySegment map(MapMode mode, long offset, long size, Arena arena) throws IOException {
        journal.call(path);
        return inner.map(mode, offset, size, arena);
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) throws IOException {
        return inner.lock(position, size, shared);
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) throws IOException {
        return inner.tryLock(position, size, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
        noteSize();
        inner.close();
    }
}

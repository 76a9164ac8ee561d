package dev.quarry.storage;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file that Quarry itself has written and that never changes. Thread-safe except for {@link
 * #close}. An interrupt of a thread harms nobody who reads: a channel that the JDK closed because
 * of one is opened again.
 */
public final class HostFile implements Closeable {

    private final Path path;

    /** The name that the file was given since it was opened, or null. */
    private volatile @Nullable Path published;

    private volatile FileChannel channel;
    private boolean isClosed;
    private final long size;

    HostFile(Path path) throws IOException {
        this.path = path;
        this.channel = FileChannel.open(path, StandardOpenOption.READ);
        this.size = uninterrupted(FileChannel::size);
    }

    /** Says that the file has another name from now on. */
    void published(Path name) {
        published = name;
    }

    public long size() {
        return size;
    }

    /** Fills {@code target} from {@code position}. */
    public void read(long position, MemorySegment target) throws IOException {
        uninterrupted(open -> {
            fill(open, position, target.asByteBuffer());
            return target;
        });
    }

    private void fill(FileChannel open, long position, ByteBuffer buffer) throws IOException {
        long at = position;
        while (buffer.hasRemaining()) {
            int got = open.read(buffer, at);
            if (got < 0) {
                throw new EOFException("ends at 0x" + Long.toHexString(at) + ": " + path);
            }
            at += got;
        }
    }

    /** Maps a range, read-only, until the arena is closed. */
    public MemorySegment map(long position, long length, Arena arena) throws IOException {
        if (position < 0 || length < 0 || position + length > size) {
            throw new EOFException(
                    "has no 0x"
                            + Long.toHexString(length)
                            + " bytes at 0x"
                            + Long.toHexString(position)
                            + ": "
                            + path);
        }
        return uninterrupted(
                open -> open.map(FileChannel.MapMode.READ_ONLY, position, length, arena));
    }

    /** What is done with the channel; may be done again. */
    @FunctionalInterface
    private interface Use<T> {
        T of(FileChannel open) throws IOException;
    }

    /**
     * Uses the channel. An interrupt closes it for all threads, so the flag waits until the use is
     * over, and where one came in between, the use begins anew.
     */
    private <T> T uninterrupted(Use<T> use) throws IOException {
        boolean isInterrupted = Thread.interrupted();
        try {
            while (true) {
                FileChannel open = channel;
                try {
                    return use.of(open);
                } catch (ClosedChannelException e) {
                    isInterrupted |= Thread.interrupted();
                    reopen(open, e);
                }
            }
        } finally {
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private synchronized void reopen(FileChannel old, ClosedChannelException reason)
            throws IOException {
        if (isClosed) {
            throw reason;
        }
        if (channel.equals(old)) {
            Path name = published;
            channel = FileChannel.open(name == null ? path : name, StandardOpenOption.READ);
        }
    }

    @Override
    public synchronized void close() throws IOException {
        isClosed = true;
        channel.close();
    }
}

package dev.quarry.storage;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file that Quarry itself has written and that never changes. Thread-safe except for {@link
 * #close}.
 */
public final class HostFile implements Closeable {

    private final Path path;
    private final FileChannel channel;
    private final long size;

    HostFile(Path path) throws IOException {
        this.path = path;
        this.channel = FileChannel.open(path, StandardOpenOption.READ);
        this.size = channel.size();
    }

    public long size() {
        return size;
    }

    /** Fills {@code target} from {@code position}. */
    public void read(long position, MemorySegment target) throws IOException {
        ByteBuffer buffer = target.asByteBuffer();
        long at = position;
        while (buffer.hasRemaining()) {
            int got = channel.read(buffer, at);
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
        return channel.map(FileChannel.MapMode.READ_ONLY, position, length, arena);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}

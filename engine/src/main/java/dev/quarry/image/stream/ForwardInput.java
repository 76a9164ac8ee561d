package dev.quarry.image.stream;

import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.storage.Storage;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Bytes of an image in their order, counted, and with a look ahead. For one thread. Closing it
 * closes what it reads.
 */
public final class ForwardInput extends InputStream {

    /** Bytes asked for at once: a few of a pipe's buffers. */
    private static final int BUFFER_BYTES = 256 << 10;

    private final InputStream in;
    private final String name;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int from;
    private int to;
    private long position;

    /**
     * @param in becomes this one's
     * @param name ends messages
     */
    public ForwardInput(InputStream in, String name) {
        this.in = in;
        this.name = name;
    }

    /** Reads a storage from its beginning to its end; the storage becomes this one's. */
    public static ForwardInput of(Storage storage) {
        return new ForwardInput(new StorageInput(storage), storage.name());
    }

    /** Ends messages. */
    public String name() {
        return name;
    }

    /** Bytes that were read. */
    public long position() {
        return position;
    }

    /**
     * The next bytes, which stay to be read.
     *
     * @param count at most so many, and fewer only at the end; up to 64 KiB
     */
    public MemorySegment peek(int count) throws IOException {
        while (to - from < count && fill()) {}
        return MemorySegment.ofArray(Arrays.copyOfRange(buffer, from, Math.min(to, from + count)));
    }

    /** Gets more bytes behind those that are there. */
    private boolean fill() throws IOException {
        if (from > 0) {
            System.arraycopy(buffer, from, buffer, 0, to - from);
            to -= from;
            from = 0;
        }
        int got = in.read(buffer, to, buffer.length - to);
        if (got > 0) {
            to += got;
        }
        return got > 0;
    }

    @Override
    public int read() throws IOException {
        if (from == to && !fill()) {
            return -1;
        }
        position++;
        return buffer[from++] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (from == to && !fill()) {
            return -1;
        }
        int count = Math.min(length, to - from);
        System.arraycopy(buffer, from, target, offset, count);
        from += count;
        position += count;
        return count;
    }

    /**
     * Reads on.
     *
     * @return bytes read, at least 1, or -1 at the end
     */
    public int read(MemorySegment target) throws IOException {
        if (from == to && !fill()) {
            return -1;
        }
        int count = (int) Math.min(target.byteSize(), to - from);
        MemorySegment.copy(MemorySegment.ofArray(buffer), from, target, 0, count);
        from += count;
        position += count;
        return count;
    }

    /**
     * Fills all of {@code target}.
     *
     * @throws ImageException of kind TRUNCATED if the input ends before
     */
    public void readFully(MemorySegment target) throws IOException {
        for (long done = 0; done < target.byteSize(); ) {
            int got = read(target.asSlice(done));
            if (got < 0) {
                throw new ImageException(
                        Kind.TRUNCATED,
                        name,
                        position,
                        "the stream ends, and 0x"
                                + Long.toHexString(target.byteSize() - done)
                                + " more bytes should be there");
            }
            done += got;
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private static final class StorageInput extends InputStream {
        private final Storage storage;
        private long position;

        StorageInput(Storage storage) {
            this.storage = storage;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int count = (int) Math.min(length, storage.size() - position);
            if (count == 0) {
                return length == 0 ? 0 : -1;
            }
            storage.read(position, MemorySegment.ofArray(target).asSlice(offset, count));
            position += count;
            return count;
        }

        @Override
        public void close() throws IOException {
            storage.close();
        }
    }
}

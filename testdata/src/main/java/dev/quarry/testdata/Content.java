package dev.quarry.testdata;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/** What a guest is to read from an image that an oracle writes. Used by one thread. */
public interface Content extends Closeable {

    /** Returns the size in bytes. */
    long size();

    /**
     * Returns bytes from {@code offset} on; zeros past the end.
     *
     * @param offset first guest byte
     * @param length bytes wanted
     */
    byte[] read(long offset, int length) throws IOException;

    @Override
    void close() throws IOException;

    /** Returns bytes as content. */
    static Content of(byte[] bytes) {
        return new Content() {
            @Override
            public long size() {
                return bytes.length;
            }

            @Override
            public byte[] read(long offset, int length) {
                byte[] result = new byte[length];
                if (offset < bytes.length) {
                    int there = (int) Math.min(length, bytes.length - offset);
                    System.arraycopy(bytes, (int) offset, result, 0, there);
                }
                return result;
            }

            @Override
            public void close() {}
        };
    }

    /** Opens a raw file as content. */
    static Content open(Path raw) throws IOException {
        FileChannel channel = FileChannel.open(raw, StandardOpenOption.READ);
        long size = channel.size();
        return new Content() {
            @Override
            public long size() {
                return size;
            }

            @Override
            public byte[] read(long offset, int length) throws IOException {
                ByteBuffer buffer = ByteBuffer.allocate(length);
                buffer.limit(Math.clamp(size - offset, 0, length));
                while (buffer.hasRemaining()) {
                    if (channel.read(buffer, offset + buffer.position()) < 0) {
                        throw new EOFException(raw + " shrank");
                    }
                }
                return buffer.array();
            }

            @Override
            public void close() throws IOException {
                channel.close();
            }
        };
    }

    /** Returns whether bytes are all zero. */
    static boolean isZero(byte[] bytes) {
        for (byte b : bytes) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    /** Returns content of zeros. */
    static Content zeros(long size) {
        return new Content() {
            @Override
            public long size() {
                return size;
            }

            @Override
            public byte[] read(long offset, int length) {
                return new byte[length];
            }

            @Override
            public void close() {}
        };
    }

    /** Returns all bytes; for content that is small. */
    default byte[] readAll() throws IOException {
        return Arrays.copyOf(read(0, Math.toIntExact(size())), Math.toIntExact(size()));
    }
}

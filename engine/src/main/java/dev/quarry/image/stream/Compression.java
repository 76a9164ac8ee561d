package dev.quarry.image.stream;

import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;

import org.jspecify.annotations.Nullable;
import org.tukaani.xz.MemoryLimitException;
import org.tukaani.xz.XZIOException;
import org.tukaani.xz.XZInputStream;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What a disk may be compressed with as a whole. */
public enum Compression {
    /** RFC 1952, several members too. */
    GZIP("gzip", "\u001f\u008b\b"),
    /** The .xz format, several streams too. */
    XZ("xz", "\u00fd7zXZ\0"),
    /** RFC 8878, several frames too. */
    ZSTD("zstd", "(\u00b5/\u00fd");

    /**
     * How a zstd frame that holds no data begins, behind a byte of 0x50 to 0x5f; pzstd writes one
     * first.
     */
    private static final String SKIPPABLE_MAGIC = "*M\u0018";

    /** What {@code xz -9} needs is 65 MiB. */
    private static final int XZ_MEMORY_KIB = 128 << 10;

    private final String words;

    /** Each character is a byte. */
    private final String magic;

    Compression(String words, String magic) {
        this.words = words;
        this.magic = magic;
    }

    /** Its usual name. */
    public String words() {
        return words;
    }

    /** What bytes that begin so are compressed with, or null. */
    public static @Nullable Compression of(MemorySegment head) {
        for (Compression each : values()) {
            if (each.begins(head)) {
                return each;
            }
        }
        return null;
    }

    private boolean begins(MemorySegment head) {
        return isAt(0, magic, head)
                || (this == ZSTD
                        && isAt(1, SKIPPABLE_MAGIC, head)
                        && (head.get(ValueLayout.JAVA_BYTE, 0) & 0xf0) == 0x50);
    }

    private static boolean isAt(int position, String magic, MemorySegment head) {
        if (head.byteSize() < position + magic.length()) {
            return false;
        }
        for (int i = 0; i < magic.length(); i++) {
            if (head.get(ValueLayout.JAVA_BYTE, position + i) != (byte) magic.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Decompresses all that comes. Checksums are checked; an input that ends early is an error, as
     * is anything behind the last member.
     *
     * @param input becomes the result's
     */
    public ForwardInput decompress(ForwardInput input) throws IOException {
        try {
            InputStream plain =
                    switch (this) {
                        case GZIP -> new GzipInput(input);
                        case XZ -> new XZInputStream(input, XZ_MEMORY_KIB);
                        case ZSTD -> new ZstdInput(input);
                    };
            return new ForwardInput(new Checked(plain, input), input.name());
        } catch (XZIOException | EOFException e) {
            throw damaged(input, e);
        }
    }

    /** What xz complains about; the others say it themselves. */
    private ImageException damaged(ForwardInput input, IOException e) {
        boolean cut = e instanceof EOFException;
        boolean memory = e instanceof MemoryLimitException;
        Kind kind = memory ? Kind.LIMIT : cut ? Kind.TRUNCATED : Kind.CORRUPT;
        String why =
                memory
                        ? " need more memory than 0x" + Integer.toHexString(XZ_MEMORY_KIB) + " KiB"
                        : cut ? " end early" : " cannot be decompressed (" + e.getMessage() + ")";
        return new ImageException(
                kind, input.name(), input.position(), "the " + words + " data" + why, e);
    }

    /** Says what a decompressor complains about in the words of images. */
    private final class Checked extends InputStream {
        private final InputStream plain;
        private final ForwardInput input;

        Checked(InputStream plain, ForwardInput input) {
            this.plain = plain;
            this.input = input;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            try {
                return plain.read(target, offset, length);
            } catch (XZIOException | EOFException e) {
                throw damaged(input, e);
            }
        }

        @Override
        public void close() throws IOException {
            plain.close();
        }
    }
}

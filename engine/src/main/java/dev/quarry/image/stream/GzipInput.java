package dev.quarry.image.stream;

import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Members of gzip (RFC 1952), one behind the other. The JDK's own asks a pipe how much is available
 * to learn whether another member follows, and so may end too early.
 *
 * <pre>
 *  1f 8b 08 flags | time u32 | extra flags, system | fields by the flags | deflate | CRC-32 u32 | plain bytes mod 2^32 u32
 * </pre>
 */
final class GzipInput extends InputStream {

    private static final int HEADER_BYTES = 10;
    private static final int TRAILER_BYTES = 8;
    private static final int FLAG_HEADER_CRC = 1 << 1;
    private static final int FLAG_EXTRA = 1 << 2;
    private static final int FLAG_NAME = 1 << 3;
    private static final int FLAG_COMMENT = 1 << 4;
    private static final int FLAGS_RESERVED = 0xe0;
    private static final int INPUT_BYTES = 64 << 10;

    private final ForwardInput in;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 crc = new CRC32();
    private final byte[] input = new byte[INPUT_BYTES];
    private int from;
    private int to;
    private boolean inMember;
    private boolean ended;

    GzipInput(ForwardInput in) {
        this.in = in;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (!ended) {
            if (!inMember && !begin()) {
                ended = true;
                break;
            }
            int got = inflate(target, offset, length);
            if (got > 0) {
                crc.update(target, offset, got);
                return got;
            }
            if (inflater.finished()) {
                from = to - inflater.getRemaining();
                end();
            }
        }
        return -1;
    }

    private int inflate(byte[] target, int offset, int length) throws IOException {
        try {
            if (inflater.needsInput()) {
                fill();
                inflater.setInput(input, from, to - from);
                from = to;
            }
            int got = inflater.inflate(target, offset, length);
            if (inflater.needsDictionary()) {
                throw bad(Kind.CORRUPT, "the gzip data need a dictionary");
            }
            return got;
        } catch (DataFormatException e) {
            throw bad(
                    Kind.CORRUPT, "the gzip data cannot be decompressed (" + e.getMessage() + ")");
        }
    }

    /** Reads a member's header; false at the end of the input, or in zeros that pad it. */
    private boolean begin() throws IOException {
        int first = next();
        while (first == 0 && in.position() > HEADER_BYTES) {
            first = next();
        }
        if (first < 0) {
            return false;
        }
        if (first != 0x1f || require() != 0x8b || require() != 8) {
            throw bad(Kind.CORRUPT, "something else follows the gzip data");
        }
        int flags = require();
        if ((flags & FLAGS_RESERVED) != 0) {
            throw bad(
                    Kind.UNSUPPORTED,
                    "gzip flags 0x" + Integer.toHexString(flags) + " are not known");
        }
        skip(HEADER_BYTES - 4);
        if ((flags & FLAG_EXTRA) != 0) {
            skip(require() | require() << 8);
        }
        if ((flags & FLAG_NAME) != 0) {
            while (require() != 0) {}
        }
        if ((flags & FLAG_COMMENT) != 0) {
            while (require() != 0) {}
        }
        if ((flags & FLAG_HEADER_CRC) != 0) {
            skip(2);
        }
        inflater.reset();
        crc.reset();
        inMember = true;
        return true;
    }

    private void end() throws IOException {
        long sum = 0;
        long size = 0;
        for (int i = 0; i < TRAILER_BYTES / 2; i++) {
            sum |= (long) require() << (8 * i);
        }
        for (int i = 0; i < TRAILER_BYTES / 2; i++) {
            size |= (long) require() << (8 * i);
        }
        if (sum != crc.getValue() || size != (inflater.getBytesWritten() & 0xffffffffL)) {
            throw bad(Kind.CORRUPT, "checksum or size of the gzip data is wrong");
        }
        inMember = false;
    }

    private void skip(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            require();
        }
    }

    private int require() throws IOException {
        int value = next();
        if (value < 0) {
            throw bad(Kind.TRUNCATED, "the gzip data end early");
        }
        return value;
    }

    private int next() throws IOException {
        if (from == to) {
            from = 0;
            to = Math.max(0, in.read(input, 0, input.length));
            if (to == 0) {
                return -1;
            }
        }
        return input[from++] & 0xff;
    }

    private void fill() throws IOException {
        if (from == to) {
            from = 0;
            to = Math.max(0, in.read(input, 0, input.length));
            if (to == 0) {
                throw bad(Kind.TRUNCATED, "the gzip data end early");
            }
        }
    }

    private ImageException bad(Kind kind, String reason) {
        return new ImageException(kind, in.name(), in.position() - (to - from), reason);
    }

    @Override
    public void close() throws IOException {
        inflater.end();
        in.close();
    }
}

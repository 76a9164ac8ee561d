package dev.quarry.image.stream;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;

import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Frames of zstd (RFC 8878), one behind the other. zstd-jni's own stream takes the end of the input
 * for the end of the data where a frame began in the same buffer in which another ended. A window
 * takes up to 128 MiB, zstd's limit unless told otherwise.
 */
final class ZstdInput extends InputStream {

    private static final int BUFFER_BYTES = 128 << 10;

    private final ForwardInput in;
    private final ZstdDecompressCtx context = new ZstdDecompressCtx();
    private final ByteBuffer packed = ByteBuffer.allocateDirect(BUFFER_BYTES).limit(0);
    private final ByteBuffer plain = ByteBuffer.allocateDirect(BUFFER_BYTES).limit(0);
    private boolean inFrame;

    /** Whether the last output filled its buffer, and more may come without more input. */
    private boolean full;

    ZstdInput(ForwardInput in) {
        this.in = in;
    }

    @Override
    public int read() throws IOException {
        return plain.hasRemaining() || decode() ? plain.get() & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!plain.hasRemaining() && !decode()) {
            return -1;
        }
        int count = Math.min(length, plain.remaining());
        plain.get(target, offset, count);
        return count;
    }

    /** Decodes some more; false at the end of the input. */
    private boolean decode() throws IOException {
        plain.clear();
        while (plain.position() == 0) {
            boolean pending = inFrame && full;
            if (!packed.hasRemaining() && !pending && !fill()) {
                if (inFrame) {
                    throw bad(Kind.TRUNCATED, "the zstd data end early");
                }
                break;
            }
            try {
                inFrame = !context.decompressDirectByteBufferStream(plain, packed);
            } catch (ZstdException e) {
                throw bad(
                        Kind.CORRUPT,
                        "the zstd data cannot be decompressed (" + e.getMessage() + ")");
            }
            full = !plain.hasRemaining();
        }
        plain.flip();
        return plain.hasRemaining();
    }

    private boolean fill() throws IOException {
        packed.clear();
        int got = in.read(MemorySegment.ofBuffer(packed));
        packed.limit(Math.max(0, got));
        return got > 0;
    }

    private ImageException bad(Kind kind, String reason) {
        return new ImageException(kind, in.name(), in.position() - packed.remaining(), reason);
    }

    @Override
    public void close() throws IOException {
        context.close();
        in.close();
    }
}

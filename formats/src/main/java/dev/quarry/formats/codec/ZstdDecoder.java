package dev.quarry.formats.codec;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Zstandard (RFC 8878): one or several frames, followed by anything. Each frame is decoded in one
 * call, for which the output is the window: no frame can claim memory, whatever window its header
 * names.
 */
public final class ZstdDecoder implements Decoder {

    private final ZstdDecompressCtx context = new ZstdDecompressCtx();

    @Override
    public int decode(MemorySegment encoded, MemorySegment plain) throws MalformedUnitException {
        ByteBuffer source = encoded.asByteBuffer();
        ByteBuffer target = plain.asByteBuffer();
        int from = 0;
        int done = 0;
        do {
            int left = source.capacity() - from;
            long frame = Zstd.findDirectByteBufferFrameCompressedSize(source, from, left);
            if (Zstd.isError(frame) || frame > left) {
                throw new MalformedUnitException(
                        "is no valid zstd frame (" + Zstd.getErrorName(frame) + ")");
            }
            int length = Math.toIntExact(frame);
            try {
                done +=
                        context.decompressDirectByteBuffer(
                                target, done, target.capacity() - done, source, from, length);
            } catch (ZstdException e) {
                throw new MalformedUnitException(
                        e.getErrorCode() == Zstd.errDstSizeTooSmall()
                                ? "gives more than 0x"
                                        + Long.toHexString(plain.byteSize())
                                        + " plain bytes"
                                : "is no valid zstd frame (" + e.getMessage() + ")",
                        e);
            }
            from += length;
        } while (done < target.capacity() && from < source.capacity());
        return done;
    }

    @Override
    public void close() {
        context.close();
    }
}

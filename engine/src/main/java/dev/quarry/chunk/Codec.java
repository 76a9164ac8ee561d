package dev.quarry.chunk;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;

import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** How the plain bytes of a frame are encoded. The code stands in the pack. */
public enum Codec {
    NONE(0),
    ZSTD(1),
    LZ4(2);

    private static final Codec[] BY_CODE = values();

    private final int code;

    Codec(int code) {
        this.code = code;
    }

    /** What stands in a pack for it. */
    public int code() {
        return code;
    }

    /**
     * @throws IOException if no codec has that code
     */
    public static Codec of(int code) throws IOException {
        if (code < 0 || code >= BY_CODE.length) {
            throw new IOException("unknown codec 0x" + Integer.toHexString(code));
        }
        return BY_CODE[code];
    }

    /**
     * Native memory that {@link Encoder#encode} may need for {@code plainBytes}: what either
     * library asks for at worst.
     */
    public static int encodedBytesMax(int plainBytes) {
        return Math.toIntExact(
                Math.max(Zstd.compressBound(plainBytes), plainBytes + plainBytes / 255 + 16L));
    }

    /** Loads the native code of zstd, which takes 10 ms. */
    public static void load() {
        new Encoder(ZSTD, 1).close();
    }

    /** Encodes frames; for one thread. */
    public static final class Encoder implements Closeable {

        private final Codec codec;
        private final ZstdCompressCtx zstd;
        private final LZ4Compressor lz4;

        /**
         * @param codec what to encode with
         * @param level of zstd; the others have none
         */
        @SuppressWarnings("NullAway") // each library is set exactly when the codec is its own
        public Encoder(Codec codec, int level) {
            this.codec = codec;
            this.zstd =
                    codec == ZSTD
                            ? new ZstdCompressCtx().setLevel(level).setContentSize(false)
                            : null;
            // lz4-java's native compressor; the advisories of 2025 concern decompressors other than
            // the native safe one.
            this.lz4 = codec == LZ4 ? LZ4Factory.nativeInstance().fastCompressor() : null;
        }

        /**
         * Encodes native memory into native memory.
         *
         * @return encoded bytes; never reports that they are more than the plain ones, which the
         *     caller decides about
         */
        public int encode(MemorySegment plain, MemorySegment target) {
            ByteBuffer from = plain.asByteBuffer();
            ByteBuffer to = target.asByteBuffer();
            return switch (codec) {
                case NONE -> {
                    MemorySegment.copy(plain, 0, target, 0, plain.byteSize());
                    yield Math.toIntExact(plain.byteSize());
                }
                case ZSTD ->
                        zstd.compressDirectByteBuffer(
                                to, 0, to.capacity(), from, 0, from.capacity());
                case LZ4 -> lz4.compress(from, 0, from.capacity(), to, 0, to.capacity());
            };
        }

        @Override
        public void close() {
            if (zstd != null) {
                zstd.close();
            }
        }
    }

    /** Decodes frames of every codec; for one thread. */
    public static final class Decoder implements Closeable {

        private final ZstdDecompressCtx zstd = new ZstdDecompressCtx();

        /**
         * Decodes native memory into native memory, whose size must be that of the plain bytes.
         *
         * @throws IOException if the bytes are no such frame, or do not give exactly that many
         *     bytes
         */
        public void decode(Codec codec, MemorySegment encoded, MemorySegment target)
                throws IOException {
            long size = target.byteSize();
            long got;
            try {
                got =
                        switch (codec) {
                            case NONE -> {
                                if (encoded.byteSize() == size) {
                                    MemorySegment.copy(encoded, 0, target, 0, size);
                                }
                                yield encoded.byteSize();
                            }
                            case ZSTD -> {
                                ByteBuffer from = encoded.asByteBuffer();
                                ByteBuffer to = target.asByteBuffer();
                                yield zstd.decompressDirectByteBuffer(
                                        to, 0, to.capacity(), from, 0, from.capacity());
                            }
                            case LZ4 -> {
                                ByteBuffer from = encoded.asByteBuffer();
                                ByteBuffer to = target.asByteBuffer();
                                yield Lz4.SAFE.decompress(
                                        from, 0, from.capacity(), to, 0, to.capacity());
                            }
                        };
            } catch (ZstdException | LZ4Exception e) {
                throw new IOException(
                        "frame does not decode (" + codec + "): " + e.getMessage(), e);
            }
            if (got != size) {
                throw new IOException("frame decodes to " + got + " bytes, not " + size);
            }
        }

        @Override
        public void close() {
            zstd.close();
        }
    }

    /** Loaded when the first LZ4 frame is met. */
    private static final class Lz4 {
        static final LZ4SafeDecompressor SAFE = LZ4Factory.nativeInstance().safeDecompressor();

        private Lz4() {}
    }
}

package dev.quarry.benchmarks.micro;

import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;

import dev.quarry.chunk.BlockHasher;
import dev.quarry.chunk.Codec;

import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.security.MessageDigest;

/**
 * Something that the machine and the libraries can do without any of the engine's code.
 *
 * @param name says what
 * @param bytes that are dealt with each time
 * @param work does it once
 */
public record RawLimit(String name, long bytes, Runnable work) {

    /** Where results go, so that no work can be left out as unused. */
    private static volatile int sink;

    /** Copies memory that is as large as {@code like}. */
    public static RawLimit memoryCopy(MemorySegment like) {
        MemorySegment target = Arena.ofAuto().allocate(like.byteSize(), Long.BYTES);
        return new RawLimit("memory copy", like.byteSize(), () -> target.copyFrom(like));
    }

    /** Hashes bytes on the heap. */
    public static RawLimit sha256(MemorySegment content) {
        byte[] bytes = content.toArray(ValueLayout.JAVA_BYTE);
        MessageDigest sha256 = BlockHasher.sha256();
        return new RawLimit("SHA-256", bytes.length, () -> sink = sha256.digest(bytes)[0]);
    }

    /**
     * Compresses content in pieces.
     *
     * @param content whole pieces
     * @param piece bytes of a piece
     */
    public static RawLimit compress(Codec codec, int level, MemorySegment content, int piece) {
        ByteBuffer[] plain = pieces(content, piece);
        ByteBuffer target = ByteBuffer.allocateDirect(Codec.encodedBytesMax(piece));
        Compressor compressor = compressor(codec, level);
        return new RawLimit(
                codec + " raw",
                content.byteSize(),
                () -> {
                    for (ByteBuffer each : plain) {
                        sink = compressor.compress(each, target);
                    }
                });
    }

    /** Decompresses what {@link #compress} makes of the same arguments. */
    public static RawLimit decompress(Codec codec, int level, MemorySegment content, int piece) {
        Compressor compressor = compressor(codec, level);
        ByteBuffer[] plain = pieces(content, piece);
        ByteBuffer[] encoded = new ByteBuffer[plain.length];
        for (int i = 0; i < plain.length; i++) {
            ByteBuffer target = ByteBuffer.allocateDirect(Codec.encodedBytesMax(piece));
            encoded[i] = target.slice(0, compressor.compress(plain[i], target));
        }
        ByteBuffer target = ByteBuffer.allocateDirect(piece);
        Decompressor decompressor = decompressor(codec);
        return new RawLimit(
                codec + " raw",
                content.byteSize(),
                () -> {
                    for (ByteBuffer each : encoded) {
                        sink = decompressor.decompress(each, target);
                    }
                });
    }

    private static ByteBuffer[] pieces(MemorySegment content, int piece) {
        ByteBuffer[] pieces = new ByteBuffer[Math.toIntExact(content.byteSize() / piece)];
        for (int i = 0; i < pieces.length; i++) {
            pieces[i] = content.asSlice((long) i * piece, piece).asByteBuffer();
        }
        return pieces;
    }

    private interface Compressor {
        int compress(ByteBuffer plain, ByteBuffer target);
    }

    private interface Decompressor {
        int decompress(ByteBuffer encoded, ByteBuffer target);
    }

    // The contexts live as long as the fork that measures with them.
    private static Compressor compressor(Codec codec, int level) {
        return switch (codec) {
            case ZSTD -> {
                ZstdCompressCtx zstd = new ZstdCompressCtx().setLevel(level).setContentSize(false);
                yield (plain, target) ->
                        zstd.compressDirectByteBuffer(
                                target, 0, target.capacity(), plain, 0, plain.capacity());
            }
            case LZ4 -> {
                LZ4Compressor lz4 = LZ4Factory.nativeInstance().fastCompressor();
                yield (plain, target) ->
                        lz4.compress(plain, 0, plain.capacity(), target, 0, target.capacity());
            }
            case NONE -> throw new IllegalArgumentException("nothing compresses nothing");
        };
    }

    private static Decompressor decompressor(Codec codec) {
        return switch (codec) {
            case ZSTD -> {
                ZstdDecompressCtx zstd = new ZstdDecompressCtx();
                yield (encoded, target) ->
                        zstd.decompressDirectByteBuffer(
                                target, 0, target.capacity(), encoded, 0, encoded.capacity());
            }
            case LZ4 -> {
                LZ4SafeDecompressor lz4 = LZ4Factory.nativeInstance().safeDecompressor();
                yield (encoded, target) ->
                        lz4.decompress(
                                encoded, 0, encoded.capacity(), target, 0, target.capacity());
            }
            case NONE -> throw new IllegalArgumentException("nothing compresses nothing");
        };
    }
}

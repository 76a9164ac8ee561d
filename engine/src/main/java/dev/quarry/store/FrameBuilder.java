package dev.quarry.store;

import dev.quarry.chunk.Codec;
import dev.quarry.chunk.CompressionProbe;
import dev.quarry.chunk.Grid;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Gathers the new chunks of one thread into frames and hands them to a session. Its buffers are
 * native and used again for every frame.
 */
public final class FrameBuilder implements Closeable {

    /**
     * A frame that does not become at least this part smaller is stored as it is: decoding it would
     * cost more than reading it.
     */
    private static final int SAVING_DIVISOR = 32;

    private final FrameSink sink;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment plain;
    private final MemorySegment encoded;
    private final Codec.Encoder encoder;
    private final Codec codec;
    private final CompressionProbe probe = new CompressionProbe();
    private final byte[] ids;
    private final int[] offsets;
    private int chunks;
    private int length;

    FrameBuilder(FrameSink sink, StoreProperties properties) {
        this.sink = sink;
        this.plain = arena.allocate(properties.frameBytes(), Grid.BLOCK_BYTES);
        this.encoded =
                arena.allocate(Codec.encodedBytesMax(properties.frameBytes()), Grid.BLOCK_BYTES);
        int chunksMax = properties.frameBytes() / Grid.BLOCK_BYTES;
        this.ids = new byte[chunksMax * Grid.DIGEST_BYTES];
        this.offsets = new int[chunksMax + 1];
        this.codec = properties.codec();
        this.encoder = new Codec.Encoder(codec, properties.level());
    }

    /**
     * Adds a chunk that this thread has claimed; the bytes are copied.
     *
     * @param id 32 bytes
     * @param memory where its bytes are
     * @param position of the first of them
     * @param bytes whole blocks, at most a frame of them
     */
    public void add(byte[] id, MemorySegment memory, long position, int bytes) throws IOException {
        if (length + bytes > plain.byteSize()) {
            flush();
        }
        MemorySegment.copy(memory, position, plain, length, bytes);
        System.arraycopy(id, 0, ids, chunks * Grid.DIGEST_BYTES, Grid.DIGEST_BYTES);
        chunks++;
        length += bytes;
        offsets[chunks] = length;
    }

    /** Encodes what was added and writes it into a pack. */
    public void flush() throws IOException {
        if (chunks == 0) {
            return;
        }
        MemorySegment bytes = plain.asSlice(0, length);
        int size = length;
        if (codec != Codec.NONE && !probe.looksRandom(bytes.asByteBuffer())) {
            size = encoder.encode(bytes, encoded);
        }
        boolean pays = size < length - length / SAVING_DIVISOR;
        MemorySegment stored = pays ? encoded.asSlice(0, size) : bytes;
        sink.append(
                new EncodedFrame(
                        stored,
                        length,
                        Checksum.of(stored),
                        pays ? codec : Codec.NONE,
                        PackLayout.KIND_DATA,
                        ids,
                        offsets,
                        chunks));
        chunks = 0;
        length = 0;
    }

    @Override
    public void close() {
        encoder.close();
        arena.close();
    }
}

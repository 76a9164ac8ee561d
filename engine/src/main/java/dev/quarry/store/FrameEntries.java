package dev.quarry.store;

import dev.quarry.chunk.Grid;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The associated data of an encrypted frame: u32 plain bytes, u32 codec, u32 kind, u32 chunks, and
 * of each chunk its id, u32 offset and u32 length; little-endian.
 */
final class FrameEntries {

    private static final int HEAD_BYTES = 4 * Integer.BYTES;
    private static final int CHUNK_BYTES = Grid.DIGEST_BYTES + 2 * Integer.BYTES;

    private final byte[] bytes;
    private final ByteBuffer data;

    FrameEntries(int plainBytes, int codec, int kind, int chunks) {
        this.bytes = new byte[HEAD_BYTES + chunks * CHUNK_BYTES];
        this.data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        data.putInt(plainBytes).putInt(codec).putInt(kind).putInt(chunks);
    }

    /**
     * Adds a chunk.
     *
     * @param index where in {@code ids} its id begins
     */
    void add(byte[] ids, int index, int offset, int length) {
        data.put(ids, index, Grid.DIGEST_BYTES).putInt(offset).putInt(length);
    }

    /** All of them, when all chunks were added. */
    byte[] bytes() {
        return bytes;
    }
}

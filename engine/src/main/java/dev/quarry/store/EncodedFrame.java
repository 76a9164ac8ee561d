package dev.quarry.store;

import dev.quarry.chunk.Codec;
import dev.quarry.chunk.Grid;

import java.lang.foreign.MemorySegment;

/**
 * A frame as it goes into a pack. A view of a builder's buffers: valid until the builder goes on.
 *
 * @param stored bytes as they are stored
 * @param plainBytes how many they are decoded
 * @param crc CRC-32C of the stored bytes
 * @param ids of the chunks, 32 bytes each
 * @param offsets of the chunks in the plain bytes, and behind the last one the plain bytes' end
 */
record EncodedFrame(
        MemorySegment stored,
        int plainBytes,
        int crc,
        Codec codec,
        int kind,
        byte[] ids,
        int[] offsets,
        int chunkCount) {

    int storedBytes() {
        return Math.toIntExact(stored.byteSize());
    }

    /**
     * What an encrypted frame is bound to, besides its place: everything that the pack's tables say
     * of how it is decoded, and of its chunks.
     */
    byte[] associated() {
        FrameEntries entries = new FrameEntries(plainBytes, codec.code(), kind, chunkCount);
        for (int chunk = 0; chunk < chunkCount; chunk++) {
            entries.add(ids, chunk * Grid.DIGEST_BYTES, chunkOffset(chunk), chunkLength(chunk));
        }
        return entries.bytes();
    }

    int chunkOffset(int chunk) {
        return offsets[chunk];
    }

    int chunkLength(int chunk) {
        return offsets[chunk + 1] - offsets[chunk];
    }
}

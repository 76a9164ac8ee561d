package dev.quarry.store;

import dev.quarry.chunk.Codec;
import dev.quarry.chunk.CutterParameters;
import dev.quarry.chunk.Grid;

import java.io.IOException;

/**
 * Checks that a pack's tables are such as a writer makes: nothing overlaps, nothing is left out.
 */
final class PackTables {

    private final PackReader pack;
    private final int frameBytes;

    /**
     * @param frameBytes plain bytes of the store's frames at most
     */
    PackTables(PackReader pack, int frameBytes) {
        this.pack = pack;
        this.frameBytes = frameBytes;
    }

    void check() throws IOException {
        long position = PackLayout.HEADER_BYTES;
        for (int frame = 0; frame < pack.frames(); frame++) {
            if (pack.isTrimmed()) {
                // What lies between two frames was once one that nothing needed any more.
                position = Math.max(position, pack.framePosition(frame));
            }
            checkFrame(frame, position);
            position += pack.frameStoredBytes(frame);
        }
        if (position > pack.framesEnd() || (!pack.isTrimmed() && position < pack.framesEnd())) {
            throw pack.corrupt("has bytes that no frame holds at 0x" + Long.toHexString(position));
        }
        int chunk = 0;
        for (int frame = 0; frame < pack.frames(); frame++) {
            chunk = checkChunks(frame, chunk);
        }
        if (chunk != pack.chunks()) {
            throw pack.corrupt("has a chunk table that is not in the order of frames");
        }
    }

    private void checkFrame(int frame, long position) throws IOException {
        int stored = pack.frameStoredBytes(frame);
        int plain = pack.framePlainBytes(frame);
        int kind = pack.frameKind(frame);
        boolean isNode = kind == PackLayout.KIND_NODE;
        int limit = isNode ? ChunkStore.NODE_BYTES_MAX : frameBytes;
        int overhead = pack.frameOverhead();
        if (pack.framePosition(frame) != position
                || stored <= overhead
                || stored > Codec.encodedBytesMax(limit) + overhead
                || plain <= 0
                || plain > limit
                || (kind != PackLayout.KIND_DATA && !isNode)
                || (isNode
                        && (pack.frameCodec(frame) != Codec.NONE || stored != plain + overhead))) {
            throw pack.corrupt(
                    "has a frame that does not hold: number "
                            + frame
                            + ", at 0x"
                            + Long.toHexString(position));
        }
    }

    /**
     * Checks the chunks of a frame.
     *
     * @param first number of its first chunk
     * @return number of the next frame's first chunk
     */
    private int checkChunks(int frame, int first) throws IOException {
        boolean isNode = pack.frameKind(frame) == PackLayout.KIND_NODE;
        int end = 0;
        int chunk = first;
        while (chunk < pack.chunks() && pack.chunkFrame(chunk) == frame) {
            int length = pack.chunkLength(chunk);
            // What lies between two chunks was once a chunk that nothing needed any more.
            boolean holds =
                    pack.chunkOffset(chunk) >= end
                            && length > 0
                            && pack.chunkOffset(chunk) <= pack.framePlainBytes(frame) - length;
            boolean isOfItsKind =
                    isNode
                            ? chunk == first && length == pack.framePlainBytes(frame)
                            : length % Grid.BLOCK_BYTES == 0
                                    && length <= CutterParameters.CHUNK_BYTES_MAX;
            if (!holds || !isOfItsKind) {
                throw pack.corrupt("has a chunk that does not hold: number " + chunk);
            }
            end = pack.chunkOffset(chunk) + length;
            chunk++;
        }
        if (chunk == first) {
            throw pack.corrupt("has a frame without chunks: number " + frame);
        }
        return chunk;
    }
}

package dev.quarry.store;

import dev.quarry.chunk.Grid;
import dev.quarry.secret.FrameCipher;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.IntPredicate;

/**
 * Copies what is needed of packs into new ones: frames as they are where all of their chunks are
 * needed, the chunks of the others decoded and framed anew. The same packs in the same order give
 * the same frames. For one thread.
 */
final class PackRewriter implements Closeable {

    private final FrameSink sink;
    private final FrameReader reader;
    private final FrameBuilder builder;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment stored;
    private byte[] ids = new byte[256 * Grid.DIGEST_BYTES];
    private int[] offsets = new int[257];

    PackRewriter(FrameSink sink, StoreProperties properties) {
        this.sink = sink;
        this.reader = new FrameReader(properties.frameBytes());
        this.builder = new FrameBuilder(sink, properties);
        this.stored =
                arena.allocate(
                        Math.max(properties.frameBytes(), ChunkStore.NODE_BYTES_MAX)
                                + FrameCipher.OVERHEAD_BYTES,
                        Long.BYTES);
    }

    /**
     * Copies what is needed of one pack.
     *
     * @param isLive whether a chunk of it is needed
     * @throws StoreException of kind CORRUPT if something that is needed is damaged
     */
    void copy(PackReader pack, IntPredicate isLive) throws IOException {
        pack.checkFooter();
        for (int chunk = 0; chunk < pack.chunks(); ) {
            int frame = pack.chunkFrame(chunk);
            int end = chunk;
            int live = 0;
            while (end < pack.chunks() && pack.chunkFrame(end) == frame) {
                live += isLive.test(end) ? 1 : 0;
                end++;
            }
            if (live == end - chunk && isTight(pack, frame, chunk, end)) {
                copyFrame(pack, frame, chunk, end);
            } else if (live > 0) {
                copyChunks(pack, frame, chunk, end, isLive);
            }
            chunk = end;
        }
        builder.flush();
    }

    private static boolean isTight(PackReader pack, int frame, int from, int to) {
        int end = 0;
        for (int chunk = from; chunk < to; chunk++) {
            if (pack.chunkOffset(chunk) != end) {
                return false;
            }
            end += pack.chunkLength(chunk);
        }
        return end == pack.framePlainBytes(frame);
    }

    private void copyFrame(PackReader pack, int frame, int from, int to) throws IOException {
        int count = to - from;
        if (count >= offsets.length) {
            offsets = new int[count * 2];
            ids = new byte[count * 2 * Grid.DIGEST_BYTES];
        }
        byte[] id = new byte[Grid.DIGEST_BYTES];
        for (int i = 0; i < count; i++) {
            pack.copyId(from + i, id);
            System.arraycopy(id, 0, ids, i * Grid.DIGEST_BYTES, Grid.DIGEST_BYTES);
            offsets[i + 1] = pack.chunkOffset(from + i) + pack.chunkLength(from + i);
        }
        MemorySegment bytes = pack.readStored(frame, stored);
        sink.append(
                new EncodedFrame(
                        bytes,
                        pack.framePlainBytes(frame),
                        Checksum.of(bytes),
                        pack.frameCodec(frame),
                        pack.frameKind(frame),
                        ids,
                        offsets,
                        count));
    }

    private void copyChunks(PackReader pack, int frame, int from, int to, IntPredicate isLive)
            throws IOException {
        MemorySegment plain = reader.read(pack, frame);
        byte[] id = new byte[Grid.DIGEST_BYTES];
        for (int chunk = from; chunk < to; chunk++) {
            if (isLive.test(chunk)) {
                pack.copyId(chunk, id);
                builder.add(id, plain, pack.chunkOffset(chunk), pack.chunkLength(chunk));
            }
        }
    }

    @Override
    public void close() {
        reader.close();
        builder.close();
        arena.close();
    }
}

package dev.quarry.store;

import dev.quarry.chunk.Grid;
import dev.quarry.secret.FrameCipher;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Copies what is needed of packs into new ones: frames as they are where all of their chunks are
 * needed, the chunks of the others decoded and framed anew. The same packs in the same order give
 * the same frames. For one thread.
 */
final class PackRewriter implements Closeable {

    /** Read and written at once; what the processor's cache holds. */
    private static final int RUN_BYTES = 1 << 19;

    private final FrameSink sink;
    private final FrameReader reader;
    private final FrameBuilder builder;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment stored;

    /**
     * @param sink stays the caller's
     */
    PackRewriter(FrameSink sink, StoreProperties properties) {
        this.sink = sink;
        this.reader = new FrameReader(properties.frameBytes());
        this.builder = new FrameBuilder(sink, properties);
        int frameMax =
                Math.max(properties.frameBytes(), ChunkStore.NODE_BYTES_MAX)
                        + FrameCipher.OVERHEAD_BYTES;
        this.stored = arena.allocate(Math.max(RUN_BYTES, frameMax), Long.BYTES);
    }

    /**
     * Copies what is needed of one pack.
     *
     * @param isLive whether a chunk of it is needed
     * @throws StoreException of kind CORRUPT if something that is needed is damaged
     */
    void copy(PackReader pack, IntPredicate isLive) throws IOException {
        copy(pack, 0, pack.chunks(), isLive);
        flush();
    }

    /**
     * Copies what is needed of some frames; {@link #flush} writes the rest.
     *
     * @param from number of the first chunk of the first frame
     * @param to number of the first chunk behind the last frame
     * @param isLive whether a chunk of it is needed
     * @throws StoreException of kind CORRUPT if something that is needed is damaged
     */
    void copy(PackReader pack, int from, int to, IntPredicate isLive) throws IOException {
        pack.checkFooter();
        for (int chunk = from; chunk < to; ) {
            int end = endOfWhole(pack, chunk, to, isLive);
            if (end > chunk) {
                copyFrames(pack, chunk, end);
            } else {
                end = endOfFrame(pack, chunk, to);
                copyChunks(pack, chunk, end, isLive);
            }
            chunk = end;
        }
    }

    /** Writes what was taken out of frames and is not written yet. */
    void flush() throws IOException {
        builder.flush();
    }

    private static int endOfFrame(PackReader pack, int chunk, int to) {
        int frame = pack.chunkFrame(chunk);
        int end = chunk + 1;
        while (end < to && pack.chunkFrame(end) == frame) {
            end++;
        }
        return end;
    }

    /**
     * Where the frames end that are needed as they are, as many as are read at once; {@code from}
     * if the first is not one.
     */
    private int endOfWhole(PackReader pack, int from, int to, IntPredicate isLive) {
        int end = from;
        while (end < to) {
            int next = endOfFrame(pack, end, to);
            if (!isWhole(pack, end, next, isLive)
                    || (end > from && !isRun(pack, pack.chunkFrame(from), pack.chunkFrame(end)))) {
                break;
            }
            end = next;
        }
        return end;
    }

    /** Whether a frame can be read together with those before it. */
    private boolean isRun(PackReader pack, int first, int frame) {
        return pack.isRun(frame - 1, frame + 1)
                && pack.framePosition(frame) + pack.frameStoredBytes(frame)
                        <= pack.framePosition(first) + RUN_BYTES;
    }

    /** Whether all of a frame is needed, and there is nothing between its chunks. */
    private static boolean isWhole(PackReader pack, int from, int to, IntPredicate isLive) {
        int end = 0;
        for (int chunk = from; chunk < to; chunk++) {
            if (!isLive.test(chunk) || pack.chunkOffset(chunk) != end) {
                return false;
            }
            end += pack.chunkLength(chunk);
        }
        return end == pack.framePlainBytes(pack.chunkFrame(from));
    }

    private void copyFrames(PackReader pack, int from, int to) throws IOException {
        int first = pack.chunkFrame(from);
        int behind = pack.chunkFrame(to - 1) + 1;
        MemorySegment bytes =
                behind - first == 1
                        ? pack.readStored(first, stored)
                        : pack.readRun(first, behind, stored);
        List<EncodedFrame> frames = new ArrayList<>(behind - first);
        long at = 0;
        for (int chunk = from; chunk < to; ) {
            int end = endOfFrame(pack, chunk, to);
            int frame = pack.chunkFrame(chunk);
            int length = pack.frameStoredBytes(frame) - pack.frameOverhead();
            frames.add(frame(pack, frame, chunk, end, bytes.asSlice(at, length)));
            at += length;
            chunk = end;
        }
        sink.appendRun(frames, bytes);
    }

    private static EncodedFrame frame(
            PackReader pack, int frame, int from, int to, MemorySegment bytes) throws IOException {
        int count = to - from;
        byte[] ids = new byte[count * Grid.DIGEST_BYTES];
        int[] offsets = new int[count + 1];
        for (int i = 0; i < count; i++) {
            pack.copyId(from + i, ids, i * Grid.DIGEST_BYTES);
            offsets[i + 1] = pack.chunkOffset(from + i) + pack.chunkLength(from + i);
        }
        return new EncodedFrame(
                bytes,
                pack.framePlainBytes(frame),
                pack.frameCrc(frame),
                pack.frameCodec(frame),
                pack.frameKind(frame),
                ids,
                offsets,
                count);
    }

    private void copyChunks(PackReader pack, int from, int to, IntPredicate isLive)
            throws IOException {
        @Nullable MemorySegment plain = null;
        byte[] id = new byte[Grid.DIGEST_BYTES];
        for (int chunk = from; chunk < to; chunk++) {
            if (isLive.test(chunk)) {
                if (plain == null) {
                    plain = reader.read(pack, pack.chunkFrame(chunk));
                }
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

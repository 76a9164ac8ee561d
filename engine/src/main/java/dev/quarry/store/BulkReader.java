package dev.quarry.store;

import dev.quarry.job.CancelToken;
import dev.quarry.job.Workers;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Reads many chunks in the order in which they are stored, so that every frame is read and decoded
 * once however its chunks are scattered over the disk.
 */
final class BulkReader {

    /**
     * Requests that one piece of work has about: some MiB, so that threads end together and the
     * hand-out costs nothing.
     */
    private static final int PIECE_REQUESTS = 256;

    private static final int REQUEST_BITS = 24;
    private static final int CHUNK_BITS = 22;
    private static final int SLOTS_MAX = 1 << (Long.SIZE - 1 - REQUEST_BITS - CHUNK_BITS);

    private final ChunkIndex index;
    private final ChunkRequests requests;
    private final ChunkSink sink;

    /** Numbers of requests, sorted by where their chunks are stored. */
    private final int[] order;

    /** Where in {@link #order} each piece begins; a frame is never in two pieces. */
    private final int[] pieces;

    private final int frameBytes;

    /**
     * @param frameBytes plain bytes of the store's frames at most
     */
    BulkReader(ChunkIndex index, int frameBytes, ChunkRequests requests, ChunkSink sink)
            throws IOException {
        this.index = index;
        this.frameBytes = frameBytes;
        this.requests = requests;
        this.sink = sink;
        this.order = sort(requests);
        this.pieces = split();
    }

    /**
     * A pack lists its chunks in the order of its frames, so that locations sort as the bytes are
     * stored.
     */
    private static int[] sort(ChunkRequests requests) {
        int count = requests.count();
        int[] slots = new int[count];
        for (int i = 0; i < count; i++) {
            slots[i] = ChunkIndex.slotOf(requests.location(i));
        }
        int[] dense = Arrays.stream(slots).sorted().distinct().toArray();
        if (dense.length > SLOTS_MAX) {
            throw new IllegalStateException("chunks of " + dense.length + " packs at once");
        }
        long[] keys = new long[count];
        for (int i = 0; i < count; i++) {
            long slot = Arrays.binarySearch(dense, slots[i]);
            keys[i] =
                    (slot << CHUNK_BITS | ChunkIndex.chunkOf(requests.location(i))) << REQUEST_BITS
                            | i;
        }
        Arrays.sort(keys);
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            order[i] = (int) keys[i] & (1 << REQUEST_BITS) - 1;
        }
        return order;
    }

    private int[] split() throws IOException {
        int[] starts = new int[order.length / PIECE_REQUESTS + 2];
        int count = 0;
        for (int i = 0; i < order.length; ) {
            starts[count++] = i;
            i = Math.min(order.length, i + PIECE_REQUESTS);
            while (i < order.length
                    && isSameFrame(requests.location(order[i - 1]), requests.location(order[i]))) {
                i++;
            }
        }
        starts[count++] = order.length;
        return Arrays.copyOf(starts, count);
    }

    private boolean isSameFrame(long a, long b) throws IOException {
        if (ChunkIndex.slotOf(a) != ChunkIndex.slotOf(b)) {
            return false;
        }
        PackReader pack = index.checkedPack(ChunkIndex.slotOf(a));
        return pack.chunkFrame(ChunkIndex.chunkOf(a)) == pack.chunkFrame(ChunkIndex.chunkOf(b));
    }

    void run(int threads, CancelToken cancel) throws IOException {
        Workers.run(
                "quarry-read",
                pieces.length - 1L,
                threads,
                cancel,
                () -> new PieceReader(new FrameReader(frameBytes)));
    }

    /**
     * Reads all on the calling thread.
     *
     * @param frames stays the caller's
     */
    void run(FrameReader frames) throws IOException {
        PieceReader reader = new PieceReader(frames);
        for (int piece = 0; piece < pieces.length - 1; piece++) {
            reader.work(piece);
        }
    }

    /** One thread's part. */
    private final class PieceReader implements Workers.Worker {
        private final FrameReader frames;

        /**
         * @param frames is closed when this is
         */
        PieceReader(FrameReader frames) {
            this.frames = frames;
        }

        @Override
        public void work(long piece) throws IOException {
            int end = pieces[(int) piece + 1];
            for (int i = pieces[(int) piece]; i < end; ) {
                long location = requests.location(order[i]);
                PackReader pack = index.checkedPack(ChunkIndex.slotOf(location));
                int frame = pack.chunkFrame(ChunkIndex.chunkOf(location));
                MemorySegment plain = frames.read(pack, frame);
                i = deliver(i, end, location, pack, frame, plain);
            }
        }

        /**
         * Hands the chunks of one frame to the sink, runs that follow one another in frame and disk
         * at once.
         */
        private int deliver(
                int first, int end, long location, PackReader pack, int frame, MemorySegment plain)
                throws IOException {
            int i = first;
            while (i < end) {
                long at = requests.location(order[i]);
                int chunk = ChunkIndex.chunkOf(at);
                if (ChunkIndex.slotOf(at) != ChunkIndex.slotOf(location)
                        || pack.chunkFrame(chunk) != frame) {
                    return i;
                }
                long offset = requests.offset(order[i]);
                long start = pack.chunkOffset(chunk);
                long stop = start + pack.chunkLength(chunk);
                i++;
                while (i < end) {
                    long next = requests.location(order[i]);
                    int nextChunk = ChunkIndex.chunkOf(next);
                    if (ChunkIndex.slotOf(next) != ChunkIndex.slotOf(location)
                            || pack.chunkFrame(nextChunk) != frame
                            || pack.chunkOffset(nextChunk) != stop
                            || requests.offset(order[i]) != offset + (stop - start)) {
                        break;
                    }
                    stop += pack.chunkLength(nextChunk);
                    i++;
                }
                sink.accept(offset, plain.asSlice(start, stop - start));
            }
            return i;
        }

        @Override
        public void close() {
            frames.close();
        }
    }
}

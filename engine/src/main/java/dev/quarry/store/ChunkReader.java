package dev.quarry.store;

import java.io.Closeable;
import java.io.IOException;

/**
 * Reads a few chunks at a time. Between calls it keeps its buffers and the frame that it decoded
 * last, so that what is read in small pieces, one behind the other, is decoded once. For one thread
 * at a time.
 */
public final class ChunkReader implements Closeable {

    private final ChunkIndex index;
    private final int frameBytes;
    private final FrameReader frames;

    /**
     * @param frameBytes plain bytes of the store's frames at most
     */
    ChunkReader(ChunkIndex index, int frameBytes) {
        this.index = index;
        this.frameBytes = frameBytes;
        this.frames = new FrameReader(frameBytes);
    }

    /** Reads chunks as {@link ChunkStore.Reading#readAll} does, on the calling thread. */
    public void readAll(ChunkRequests requests, ChunkSink sink) throws IOException {
        new BulkReader(index, frameBytes, requests, sink).run(frames);
    }

    @Override
    public void close() {
        frames.close();
    }
}

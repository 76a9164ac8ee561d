package dev.quarry.store;

import dev.quarry.secret.FrameCipher;
import dev.quarry.secret.StoreKey;

import org.jspecify.annotations.Nullable;

/** Counts what packs of the frames it is given would take. For one thread. */
final class CountingSink implements FrameSink {

    private final ChunkSession.Limits limits;
    private final int overhead;
    private long bytes;
    private long position;
    private int chunks;

    /**
     * @param key of an encrypted store, or null
     */
    CountingSink(ChunkSession.Limits limits, @Nullable StoreKey key) {
        this.limits = limits;
        this.overhead = key == null ? 0 : FrameCipher.OVERHEAD_BYTES;
    }

    @Override
    public void append(EncodedFrame frame) {
        if (position == 0) {
            position = PackLayout.HEADER_BYTES;
            bytes += PackLayout.HEADER_BYTES + PackLayout.TRAILER_BYTES;
        }
        position += frame.storedBytes() + overhead;
        chunks += frame.chunkCount();
        bytes +=
                frame.storedBytes()
                        + overhead
                        + PackLayout.FRAME_ENTRY_BYTES
                        + (long) frame.chunkCount() * PackLayout.CHUNK_ENTRY_BYTES;
        if (limits.isFull(position, chunks)) {
            position = 0;
            chunks = 0;
        }
    }

    /** Bytes of all packs so far. */
    long bytes() {
        return bytes;
    }
}

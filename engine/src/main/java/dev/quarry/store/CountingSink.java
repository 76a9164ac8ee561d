package dev.quarry.store;

import dev.quarry.secret.FrameCipher;
import dev.quarry.secret.StoreKey;

import org.jspecify.annotations.Nullable;

/**
 * Counts what packs of the frames it is given would take, and remembers what they have. For one
 * thread, apart from {@link #claim}.
 */
final class CountingSink implements FrameSink {

    private final ChunkSession.Limits limits;
    private final int overhead;
    private long bytes;
    private long position;
    private int chunks;
    private final LongSet claimed = new LongSet();

    /**
     * @param key of an encrypted store, or null
     */
    CountingSink(ChunkSession.Limits limits, @Nullable StoreKey key) {
        this.limits = limits;
        this.overhead = key == null ? 0 : FrameCipher.OVERHEAD_BYTES;
    }

    /**
     * Whether an id was not claimed before, by its first eight bytes: among a billion ids one in
     * forty is then mistaken once. They take 16 to 32 bytes each.
     */
    synchronized boolean claim(byte[] id) {
        return claimed.add(Ids.prefix(id));
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

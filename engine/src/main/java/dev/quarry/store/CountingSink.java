package dev.quarry.store;

/** Counts what packs of the frames it is given would take. For one thread. */
final class CountingSink implements FrameSink {

    private final ChunkSession.Limits limits;
    private long bytes;
    private long position;
    private int chunks;

    CountingSink(ChunkSession.Limits limits) {
        this.limits = limits;
    }

    @Override
    public void append(EncodedFrame frame) {
        if (position == 0) {
            position = PackLayout.HEADER_BYTES;
            bytes += PackLayout.HEADER_BYTES + PackLayout.TRAILER_BYTES;
        }
        position += frame.storedBytes();
        chunks += frame.chunkCount();
        bytes +=
                frame.storedBytes()
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

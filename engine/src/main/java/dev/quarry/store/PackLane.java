package dev.quarry.store;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** One pack of a session that one thread fills. Closing it before {@link #end} discards it. */
final class PackLane implements FrameSink, Closeable {

    private final ChunkSession session;
    private final PackBuilder pack;
    private boolean isEnded;

    PackLane(ChunkSession session, PackBuilder pack) {
        this.session = session;
        this.pack = pack;
    }

    @Override
    public void append(EncodedFrame frame) throws IOException {
        PackBuilder.Place place = pack.reserve(frame);
        pack.written(place, pack.write(place, frame));
    }

    @Override
    public void appendRun(List<EncodedFrame> frames, MemorySegment bytes) throws IOException {
        pack.writeRun(frames, bytes);
    }

    @Override
    public void end() throws IOException {
        isEnded = true;
        if (pack.chunkCount() == 0) {
            pack.close();
        } else {
            session.seal(pack);
        }
    }

    @Override
    public void close() throws IOException {
        if (!isEnded) {
            pack.close();
        }
    }
}

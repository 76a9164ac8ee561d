package dev.quarry.store;

import dev.quarry.chunk.Codec;
import dev.quarry.secret.FrameCipher;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Reads and decodes frames into buffers of its own; for one thread. */
final class FrameReader implements AutoCloseable {

    private final int frameBytes;
    private final Codec.Decoder decoder = new Codec.Decoder();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment stored;
    private final MemorySegment plain;

    /** The frame that was decoded last, or null and what goes with it. */
    private @Nullable PackReader lastPack;

    private int lastFrame;
    private MemorySegment last;

    /**
     * @param frameBytes plain bytes of the store's frames at most
     */
    FrameReader(int frameBytes) {
        this.frameBytes = frameBytes;
        this.stored = arena.allocate(frameBytes + FrameCipher.OVERHEAD_BYTES, Long.BYTES);
        this.plain = arena.allocate(frameBytes, Long.BYTES);
        this.last = plain;
    }

    /** The plain bytes of a frame; valid until the next call. */
    MemorySegment read(PackReader pack, int frame) throws IOException {
        if (pack != lastPack || frame != lastFrame) {
            lastPack = null;
            last = decode(pack, frame);
            lastPack = pack;
            lastFrame = frame;
        }
        return last;
    }

    private MemorySegment decode(PackReader pack, int frame) throws IOException {
        int plainBytes = pack.framePlainBytes(frame);
        if (plainBytes < 0 || plainBytes > frameBytes) {
            throw pack.corrupt(
                    "has a frame of "
                            + plainBytes
                            + " bytes, and this store's have at most "
                            + frameBytes);
        }
        MemorySegment bytes = pack.readStored(frame, stored);
        MemorySegment target = plain.asSlice(0, plainBytes);
        Codec codec = pack.frameCodec(frame);
        try {
            decoder.decode(codec, bytes, target);
        } catch (IOException e) {
            throw pack.corrupt("has a damaged frame: " + e.getMessage(), e);
        }
        return target;
    }

    @Override
    public void close() {
        decoder.close();
        arena.close();
    }
}

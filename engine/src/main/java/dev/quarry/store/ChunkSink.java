package dev.quarry.store;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Takes the plain bytes of chunks; called by several threads at once. */
@FunctionalInterface
public interface ChunkSink {

    /**
     * @param offset as it was asked for with the first of the chunks
     * @param plain the bytes of one or more chunks that follow one another; valid during the call
     */
    void accept(long offset, MemorySegment plain) throws IOException;
}

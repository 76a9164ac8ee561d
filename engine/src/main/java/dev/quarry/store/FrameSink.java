package dev.quarry.store;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Takes encoded frames. */
interface FrameSink extends Closeable {

    /**
     * @param frame valid during the call
     */
    void append(EncodedFrame frame) throws IOException;

    /**
     * Appends frames that lie one behind the other.
     *
     * @param bytes those of all frames; valid during the call
     */
    default void appendRun(List<EncodedFrame> frames, MemorySegment bytes) throws IOException {
        for (EncodedFrame frame : frames) {
            append(frame);
        }
    }

    /** Nothing more comes. */
    default void end() throws IOException {}

    @Override
    default void close() throws IOException {}
}

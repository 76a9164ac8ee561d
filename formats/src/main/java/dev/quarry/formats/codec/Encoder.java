package dev.quarry.formats.codec;

import java.io.Closeable;
import java.lang.foreign.MemorySegment;

/**
 * Encodes units with one compression. Used by one thread at a time; holds native memory until it is
 * closed.
 */
public interface Encoder extends Closeable {

    /** What {@link #encode} returns if the result does not fit. */
    int TOO_LARGE = -1;

    /**
     * Encodes one unit.
     *
     * @param plain off-heap
     * @param encoded off-heap; receives the result from its beginning
     * @return bytes of the result, or {@link #TOO_LARGE} if it may not fit into {@code encoded}
     */
    int encode(MemorySegment plain, MemorySegment encoded);

    @Override
    void close();
}

package dev.quarry.formats.codec;

import java.io.Closeable;
import java.lang.foreign.MemorySegment;

/**
 * Decodes units of one compression. Used by one thread at a time; holds native memory until it is
 * closed.
 */
public interface Decoder extends Closeable {

    /**
     * Decodes one unit. What follows the end of the compressed data in {@code encoded} is ignored.
     *
     * @param encoded off-heap
     * @param plain off-heap; receives the unit from its beginning
     * @return bytes produced, at most {@code plain.byteSize()}
     * @throws MalformedUnitException if the data cannot be decoded, or gives more than {@code
     *     plain} can hold
     */
    int decode(MemorySegment encoded, MemorySegment plain) throws MalformedUnitException;

    @Override
    void close();
}

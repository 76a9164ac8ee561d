package dev.quarry.block;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The bytes of a guest disk, to be read. All methods but {@link #close} may be called by several
 * threads at once, and none of them keeps a reference to a caller's memory. Whoever opened a source
 * closes it; reading a closed source throws.
 */
public interface BlockSource extends Closeable {

    /**
     * Size of the disk in bytes; any value from 0, not only whole sectors. Constant for the life of
     * the source.
     */
    long size();

    /**
     * Fills {@code target} with the guest bytes from {@code offset}. Never reads short: data that
     * should be there and is not is an error, not zeros.
     *
     * @param offset first guest byte
     * @param target receives {@code target.byteSize()} bytes
     * @throws IndexOutOfBoundsException if the range is not within the disk
     * @throws IOException if the host cannot read, or the image is damaged ({@code ImageException})
     */
    void read(long offset, MemorySegment target) throws IOException;

    /**
     * What is known about the bytes from {@code offset} on, without reading their data. Extents are
     * ascending and contiguous: the one returned begins at {@code offset} and ends at or before
     * {@code limit}. It may be shorter than the range of its kind.
     *
     * @param offset first guest byte, below {@code limit}
     * @param limit guest byte to stop at, at most {@link #size}
     */
    Extent extentAt(long offset, long limit) throws IOException;

    @Override
    void close() throws IOException;
}

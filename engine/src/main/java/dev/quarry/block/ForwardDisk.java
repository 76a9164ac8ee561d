package dev.quarry.block;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A guest disk that can be read only once, from its first byte to its last: what comes through a
 * pipe, or out of a decompressor. For one thread at a time. {@link StreamedDisk} lets several
 * threads read it.
 */
public interface ForwardDisk extends Closeable {

    /** Size of a disk that only its end tells. */
    long UNKNOWN_SIZE = -1;

    /** Size in bytes, or {@link #UNKNOWN_SIZE}. */
    long size();

    /**
     * Steps over zeros that are known without reading data, if such come next.
     *
     * @return guest bytes that were stepped over; 0 if data or the end comes next
     */
    long skipZeros() throws IOException;

    /**
     * Reads on. Call {@link #skipZeros} before: it may be that zeros come next.
     *
     * @param target not empty; receives the next bytes from its beginning
     * @return guest bytes that were read, at least 1, or -1 at the end of the disk
     * @throws IOException if the input is damaged or ends before the disk does: never is that the
     *     end
     */
    int read(MemorySegment target) throws IOException;

    @Override
    void close() throws IOException;
}

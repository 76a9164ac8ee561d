package dev.quarry.store;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** An immutable blob opened for reading. Thread-safe except for {@link #close}. */
public interface Blob extends Closeable {

    /** Size in bytes. */
    long size();

    /** Fills {@code target} from {@code position}. */
    void read(long position, MemorySegment target) throws IOException;

    /**
     * A view of a range: mapped where the store is a local folder, read into memory elsewhere.
     *
     * @param arena the view is valid until it is closed, or the blob
     */
    MemorySegment view(long position, long length, Arena arena) throws IOException;

    @Override
    void close() throws IOException;
}

package dev.quarry.store;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** An immutable blob opened for reading. Thread-safe except for {@link #close}. */
public interface Blob extends Closeable {

    /** Size in bytes. */
    long size();

    /** Fills {@code target} from {@code position}. */
    void read(long position, MemorySegment target) throws IOException;

    /**
     * A view of a range, valid until the blob is closed: mapped where the store is a local folder,
     * read into memory elsewhere.
     */
    MemorySegment view(long position, long length) throws IOException;

    @Override
    void close() throws IOException;
}

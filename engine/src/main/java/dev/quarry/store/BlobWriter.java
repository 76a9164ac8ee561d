package dev.quarry.store;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** A blob that is being written. Closing it before {@link #publish} discards it. */
public interface BlobWriter extends Closeable {

    /** Writes at a position; several threads may do so at once on ranges that do not overlap. */
    void write(long position, MemorySegment source) throws IOException;

    /**
     * Makes what was written durable and ends the writing; it can be {@linkplain #publish
     * published} later.
     */
    void seal() throws IOException;

    /** Opens the sealed blob for reading, published or not. */
    Blob open() throws IOException;

    /**
     * Gives the sealed blob its name, durably.
     *
     * @throws BlobConflictException if the name is taken
     */
    void publish(String name) throws IOException;

    /**
     * As {@link #publish}, but durable only after {@link BlobStore#settle}: until then, after a
     * crash of the machine, it may be there, whole, or not.
     */
    default void place(String name) throws IOException {
        publish(name);
    }

    @Override
    void close() throws IOException;
}

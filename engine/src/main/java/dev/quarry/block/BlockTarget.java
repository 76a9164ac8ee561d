package dev.quarry.block;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A guest disk to be written once, in any order. {@link #write} and {@link #zero} may be called by
 * several threads at once on ranges that do not overlap; {@link #commit} and {@link #close} by one
 * thread, after the others are done. A range that was neither written nor zeroed has undefined
 * content: callers cover the whole disk.
 *
 * <p>What is written becomes visible under the target's name only with {@link #commit}; closing
 * without it discards a file and leaves a device half written.
 */
public interface BlockTarget extends Closeable {

    /** Size of the disk in bytes. */
    long size();

    /**
     * Writes all of {@code source} at {@code offset}. The memory is not kept.
     *
     * @throws IndexOutOfBoundsException if the range is not within the disk
     */
    void write(long offset, MemorySegment source) throws IOException;

    /**
     * Makes a range read as zeros, whatever the target held before. Costs nothing where the target
     * is known to be empty.
     *
     * @throws IndexOutOfBoundsException if the range is not within the disk
     */
    void zero(long offset, long length) throws IOException;

    /** Completes the disk, makes it durable and gives it its name. Called once, last. */
    void commit() throws IOException;

    @Override
    void close() throws IOException;
}

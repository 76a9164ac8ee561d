package dev.quarry.image;

import dev.quarry.storage.Preallocation;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * An image that is there and is changed in place: one layer of it. Guest ranges are whole
 * {@linkplain #unitBytes units}, but for the last one, which may end at the disk's end or fill its
 * unit.
 *
 * <p>Whenever the process dies, the image is consistent or has leaked clusters: what is new is made
 * durable before anything refers to it, and what is given up is freed last, in {@link #finish}.
 * Data of a unit that only this disk refers to is overwritten where it is.
 *
 * <p>{@link #runAt}, {@link #write} and {@link #zero} may be called by several threads at once, on
 * ranges that do not overlap, and the rest by one thread, while no other is at work. Closing it
 * without {@link #finish} leaves what was not flushed undone.
 */
public interface EditableImage extends Closeable {

    /** Guest bytes. */
    long size();

    /** Guest bytes of a unit: a cluster; or 1 where every byte stands for itself. */
    int unitBytes();

    /** How much of a range a layer decides about, rather than its backing file. */
    enum Share {
        NONE,
        /** Parts of each unit: reading through the layers tells. */
        PART,
        ALL
    }

    /**
     * A range of units of one kind.
     *
     * @param end guest byte behind it
     */
    record Run(long end, Share share) {}

    /**
     * The range from {@code offset} about which the same is true.
     *
     * @param offset first guest byte of a unit
     * @param limit guest byte to stop at
     */
    Run runAt(long offset, long limit) throws IOException;

    /** Writes whole units. */
    void write(long offset, MemorySegment source) throws IOException;

    /** Makes whole units read as zeros, whatever the backing file has there. */
    void zero(long offset, long length) throws IOException;

    /**
     * Changes the disk's size. The last unit of a disk that grows must hold zeros behind the old
     * end. What fails, because it is cancelled or the host's disk is full, leaves the old size, and
     * an image that is done with: it is to be closed.
     *
     * @param size guest bytes; what is cut off is lost
     * @param backingSize guest bytes of the backing file, or 0: what it has behind the old end is
     *     hidden
     * @param how gives every unit of the new part a place in the file; it reads as zeros
     */
    void resize(long size, long backingSize, Preallocation how) throws IOException;

    /**
     * Names another backing file, or none. Nothing else is changed: the content of the disk is then
     * what the new one makes of it.
     *
     * @param file as it shall stand in the image, or null
     * @param format its format, null if {@code file} is
     */
    void setBacking(@Nullable String file, @Nullable String format) throws IOException;

    /** Gives up everything that this layer has: its backing file decides everywhere. */
    void clear() throws IOException;

    /** Makes all changes so far durable, and reachable. */
    void flush() throws IOException;

    /** Flushes, and frees what is not needed any more. Called once, last. */
    void finish() throws IOException;
}

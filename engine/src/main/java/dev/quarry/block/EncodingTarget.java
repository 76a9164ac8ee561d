package dev.quarry.block;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A target that stores whole units encoded, one after the other: a compressed image. Several
 * threads encode, each into a {@link Batch} of its own; batches are appended in the order of their
 * offsets, so that the file is the same whatever the number of threads.
 *
 * <p>{@link #write} takes whole units only, encodes them on the caller's thread and appends them at
 * once; ranges must then ascend. {@link #zero} may be called in any order.
 */
public interface EncodingTarget extends BlockTarget {

    /**
     * Bytes of a unit, a power of two. Units begin at multiples of it; the last unit of the disk
     * may be cut at its end.
     */
    int unitBytes();

    /**
     * Makes a batch for one thread. Whoever made it closes it, before the target.
     *
     * @param plainBytesMax guest bytes that are added between two calls of {@link Batch#append} at
     *     most; memory is taken for so many
     */
    Batch newBatch(int plainBytesMax) throws IOException;

    /** Units that are encoded and not yet in the file. For one thread. */
    interface Batch extends Closeable {

        /**
         * Encodes units. The memory is not kept.
         *
         * @param offset begins a unit, behind everything that was added or appended before
         * @param data off-heap; whole units, but for the end of the disk
         */
        void add(long offset, MemorySegment data) throws IOException;

        /**
         * Appends what was added and empties the batch. Batches of a target are appended one at a
         * time, by ascending offsets; the caller sees to that.
         */
        void append() throws IOException;

        @Override
        void close();
    }
}

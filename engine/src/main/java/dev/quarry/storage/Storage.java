package dev.quarry.storage;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A host file, device or piece of memory that holds an image, to be read. Thread-safe except for
 * {@link #close}. A foreign file may shrink while it is read, so it is never mapped.
 */
public interface Storage extends Closeable {

    /** Ends messages about this storage: a path, or what stands for one. */
    String name();

    /** Size in bytes when it was opened. */
    long size();

    /**
     * Fills {@code target} with the bytes from {@code position}.
     *
     * @throws java.io.EOFException if the storage ends before, with the position in hex and {@link
     *     #name} in its message
     */
    void read(long position, MemorySegment target) throws IOException;

    /**
     * First position at or after {@code position} that may hold data, or {@code limit} if there is
     * none before it. Where the host cannot tell, everything is data.
     */
    long nextData(long position, long limit) throws IOException;

    /**
     * First position at or after {@code position} that is in a hole, or {@code limit} if there is
     * none before it.
     */
    long nextHole(long position, long limit) throws IOException;

    /**
     * Bytes that the storage takes on the host (allocated blocks), or {@link #size} where that is
     * unknown.
     */
    long allocatedBytes() throws IOException;

    /** The host files that it is read from: none if it is in memory. */
    default List<FileStorage> files() {
        return List.of();
    }

    /**
     * Opens a file that belongs to the same image and lies beside this one, such as an extent of a
     * split VMDK.
     *
     * @param fileName a bare file name: no separator, not {@code .} or {@code ..}
     * @throws java.nio.file.NoSuchFileException if there is none
     * @throws IOException if the name is not bare, or is a link that leaves the folder, or this
     *     storage has no folder
     */
    Storage openSibling(String fileName) throws IOException;

    @Override
    void close() throws IOException;
}

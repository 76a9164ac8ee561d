package dev.quarry.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A file of which parts are given back to the file system. For one thread. */
public final class SparseFile implements Closeable {

    private final Path path;
    private final int descriptor;

    /**
     * @throws NoSuchFileException if there is none
     * @throws FileSystemException if it cannot be opened, or not by this system's calls
     */
    SparseFile(Path path) throws IOException {
        this.path = path;
        this.descriptor =
                path.getFileSystem().equals(FileSystems.getDefault())
                        ? Linux.open(path.toAbsolutePath(), true)
                        : -1;
        if (descriptor < 0) {
            if (!Files.exists(path)) {
                throw new NoSuchFileException(path.toString());
            }
            throw new FileSystemException(path.toString(), null, "cannot be opened to punch holes");
        }
    }

    /** Bytes that the file takes on its file system. */
    public long allocatedBytes() throws IOException {
        long bytes = Linux.allocatedBytes(descriptor);
        if (bytes < 0) {
            throw new FileSystemException(path.toString(), null, "does not say what it takes");
        }
        return bytes;
    }

    /**
     * Gives back a range, which reads as zeros from then on. Durable when the system makes it so:
     * after a crash of the machine before that, the range may be as it was.
     */
    public void punch(long position, long length) throws IOException {
        if (length > 0 && !Linux.punchHole(descriptor, position, length)) {
            throw new FileSystemException(path.toString(), null, "no hole can be punched into it");
        }
    }

    @Override
    public void close() throws IOException {
        Linux.close(descriptor);
    }
}

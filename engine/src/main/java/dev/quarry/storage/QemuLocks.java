package dev.quarry.storage;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The locks by which QEMU keeps two programs from an image that one of them changes: single bytes
 * from 100 to 299 of its file, one for each thing that is done or must not be done with it.
 *
 * <p>QEMU has them on Linux only, where this has them, too.
 */
final class QemuLocks {

    private static final long POSITION = 100;
    private static final long BYTES = 200;

    private QemuLocks() {}

    /**
     * Takes all of them, until the descriptor is closed.
     *
     * @param descriptor of {@code path}, open for writing, or -1
     * @throws FileSystemException if another program has one of them
     */
    static void take(Path path, int descriptor) throws FileSystemException {
        if (!Linux.lock(descriptor, POSITION, BYTES)) {
            throw inUse(path);
        }
    }

    /**
     * Takes none, but refuses a file that is to be replaced while another program has one of them:
     * that would go on with a file that has no name any more.
     *
     * @param path of a file that need not be there
     * @throws AccessDeniedException if the file cannot be opened, so that nothing can be told
     */
    static void refuseInUse(Path path) throws FileSystemException {
        if (!Files.exists(path)) {
            return;
        }
        if (!Files.isReadable(path)) {
            throw new AccessDeniedException(path.toString());
        }
        int descriptor = Linux.open(path.toAbsolutePath(), false);
        try {
            if (Linux.isLocked(descriptor, POSITION, BYTES)) {
                throw inUse(path);
            }
        } finally {
            if (descriptor >= 0) {
                Linux.close(descriptor);
            }
        }
    }

    private static FileSystemException inUse(Path path) {
        return new FileSystemException(
                path.toString(), null, "is in use: another program has locked it");
    }
}

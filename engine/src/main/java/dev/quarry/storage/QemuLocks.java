package dev.quarry.storage;

import java.nio.file.FileSystemException;
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

    private static FileSystemException inUse(Path path) {
        return new FileSystemException(
                path.toString(), null, "is in use: another program has locked it");
    }
}

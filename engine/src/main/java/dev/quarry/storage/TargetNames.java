package dev.quarry.storage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/** Names of files that are to be made, and of what stands for them until they are complete. */
final class TargetNames {

    /** Links that are followed at most, as many as Linux follows. */
    private static final int LINKS_MAX = 40;

    /** Bytes of a name, in Linux's file systems. */
    private static final int NAME_BYTES_MAX = 255;

    /** Around the name: two dots, 16 digits, and ".tmp". */
    private static final int TEMPORARY_BYTES = 22;

    private TargetNames() {}

    /**
     * Where a file lies, or will lie: links are followed, to a file that is not there as well.
     *
     * @throws FileSystemLoopException if they go round in a circle
     */
    static Path real(Path path) throws IOException {
        if (Files.exists(path)) {
            return path.toRealPath();
        }
        Path real = path.toAbsolutePath();
        for (int i = 0; Files.isSymbolicLink(real); i++) {
            if (i == LINKS_MAX) {
                throw new FileSystemLoopException(path.toString());
            }
            real = real.resolveSibling(Files.readSymbolicLink(real));
        }
        return real;
    }

    /**
     * Refuses a name that no file can have, before anything is written under another.
     *
     * @throws FileSystemException with the reason that the system would give at the end
     */
    static void requireShort(Path real) throws FileSystemException {
        if (bytes(real) > NAME_BYTES_MAX) {
            throw new FileSystemException(real.toString(), null, "File name too long");
        }
    }

    private static int bytes(Path real) {
        return String.valueOf(real.getFileName()).getBytes(StandardCharsets.UTF_8).length;
    }

    /**
     * A name beside a file's that nobody else has, most likely. It tells whose it is where there is
     * room for that.
     */
    static Path temporary(Path real) {
        // Which only must not be taken: a SecureRandom costs a command 8 ms.
        String random = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
        boolean fits = bytes(real) <= NAME_BYTES_MAX - TEMPORARY_BYTES;
        String owner = fits ? real.getFileName() + "." : "";
        return real.resolveSibling("." + owner + random + ".tmp");
    }

    /**
     * Gives a file a name that nobody has, in the same file system, in the place of its own.
     *
     * @throws FileAlreadyExistsException if the name is taken
     */
    static void giveFree(Path file, Path target) throws IOException {
        try {
            // A hard link never replaces, and a rename would.
            Files.createLink(target, file);
        } catch (UnsupportedOperationException | FileSystemException e) {
            if (e instanceof FileAlreadyExistsException taken) {
                throw taken;
            }
            if (Files.exists(target)) {
                throw new FileAlreadyExistsException(target.toString());
            }
            Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
        }
        Files.deleteIfExists(file);
    }

    /** Says of a file what could not be done under a name that nobody has heard of. */
    static FileSystemException naming(FileSystemException e, Path real) {
        String name = real.toString();
        FileSystemException named =
                e instanceof AccessDeniedException
                        ? new AccessDeniedException(name, null, e.getReason())
                        : new FileSystemException(name, null, e.getReason());
        named.initCause(e);
        return named;
    }

    /** Says of a file's folder why no file can be made in it. */
    static FileSystemException namingFolder(FileSystemException e, Path real) {
        Path folder = real.getParent();
        if (folder == null) {
            return naming(e, real);
        }
        return e instanceof NoSuchFileException
                ? new NoSuchFileException(folder.toString())
                : naming(e, folder);
    }
}

package dev.quarry.storage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Owner, group and permissions of a file that is replaced: its successor takes them over, so that a
 * private image stays private when it is made anew.
 */
final class FileRights {

    private FileRights() {}

    /** Of a file; null if there is none, or its file system knows no such thing. */
    static @Nullable PosixFileAttributes of(Path file) throws IOException {
        PosixFileAttributeView view =
                Files.getFileAttributeView(file, PosixFileAttributeView.class);
        return view == null || !Files.exists(file) ? null : view.readAttributes();
    }

    /** What a successor begins with: nobody but its owner reads what is not complete. */
    static FileAttribute<?>[] ofSuccessor(@Nullable PosixFileAttributes replaced) {
        if (replaced == null) {
            return new FileAttribute<?>[0];
        }
        return new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(
                    Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE))
        };
    }

    /** Gives a complete successor what the file that it replaces has. */
    static void handDown(PosixFileAttributes replaced, Path successor) throws IOException {
        PosixFileAttributeView view =
                Files.getFileAttributeView(successor, PosixFileAttributeView.class);
        try {
            view.setGroup(replaced.group());
            view.setOwner(replaced.owner());
        } catch (FileSystemException e) {
            // Only a superuser gives a file to somebody else; it stays with who replaces it.
        }
        view.setPermissions(replaced.permissions());
    }
}

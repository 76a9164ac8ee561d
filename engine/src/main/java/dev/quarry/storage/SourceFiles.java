package dev.quarry.storage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * Files that a work reads: none of them may be written or replaced by it, whatever name it is known
 * by. Immutable.
 */
public final class SourceFiles {

    private static final SourceFiles NONE = new SourceFiles(Map.of());

    /** By what the host knows a file by, whichever of its names is used. */
    private final Map<Object, Path> files;

    private SourceFiles(Map<Object, Path> files) {
        this.files = Map.copyOf(files);
    }

    /** Nothing is read. */
    public static SourceFiles none() {
        return NONE;
    }

    /** Files that were opened. */
    public static SourceFiles of(Collection<FileStorage> storages) {
        Map<Object, Path> files = new HashMap<>();
        for (FileStorage storage : storages) {
            if (storage.fileKey() != null) {
                files.putIfAbsent(storage.fileKey(), storage.path());
            }
        }
        return new SourceFiles(files);
    }

    /** These and another one, if it is there. */
    public SourceFiles with(Path file) throws IOException {
        Object key = keyOf(file);
        if (key == null) {
            return this;
        }
        Map<Object, Path> more = new HashMap<>(files);
        more.put(key, file);
        return new SourceFiles(more);
    }

    /** All of these and of others. */
    public SourceFiles with(SourceFiles others) {
        Map<Object, Path> more = new HashMap<>(files);
        more.putAll(others.files);
        return new SourceFiles(more);
    }

    /**
     * Refuses a file that is one of these.
     *
     * @throws FileSystemException naming both
     */
    public void refuse(Path target) throws IOException {
        Object key = files.isEmpty() ? null : keyOf(target);
        Path read = key == null ? null : files.get(key);
        if (read != null) {
            throw new FileSystemException(
                    target.toString(),
                    null,
                    "cannot be written, because it is read (as " + read + ")");
        }
    }

    private static @Nullable Object keyOf(Path file) throws IOException {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        } catch (NoSuchFileException e) {
            return null;
        }
    }
}

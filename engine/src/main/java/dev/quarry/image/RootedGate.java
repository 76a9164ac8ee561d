package dev.quarry.image;

import dev.quarry.storage.FileStorage;
import dev.quarry.storage.Storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Allows the regular files under one folder, links resolved. */
final class RootedGate implements ReferenceGate {

    private static final Pattern PROTOCOL =
            Pattern.compile("^[A-Za-z][A-Za-z0-9+.-]*:.*", Pattern.DOTALL);
    private static final String FILE_PREFIX = "file:";

    private final Path root;

    RootedGate(Path root) throws IOException {
        this.root = root.toRealPath();
    }

    @Override
    public Storage open(Storage from, Role role, String reference) throws IOException {
        String name =
                reference.startsWith(FILE_PREFIX) && !reference.startsWith("file://")
                        ? reference.substring(FILE_PREFIX.length())
                        : reference;
        if (PROTOCOL.matcher(name).matches()) {
            throw refused(from, role, reference, "names a protocol");
        }
        if (!(from instanceof FileStorage file)) {
            throw refused(from, role, reference, "has no folder to be found in");
        }
        Path real;
        try {
            real = file.path().toAbsolutePath().resolveSibling(name).toRealPath();
        } catch (InvalidPathException e) {
            throw refused(from, role, reference, "is no file name");
        } catch (NoSuchFileException e) {
            throw new ImageException(
                    ImageException.Kind.REFERENCE_MISSING,
                    from.name(),
                    -1,
                    "the " + role.words() + " '" + reference + "' is not there",
                    e);
        }
        if (!real.startsWith(root)) {
            throw refused(from, role, reference, "lies outside of " + root);
        }
        if (!Files.isRegularFile(real)) {
            throw refused(from, role, reference, "is no regular file");
        }
        return FileStorage.open(real);
    }

    private static ImageException refused(Storage from, Role role, String reference, String why) {
        return new ImageException(
                ImageException.Kind.REFERENCE_REFUSED,
                from.name(),
                -1,
                "the " + role.words() + " '" + reference + "' " + why);
    }
}

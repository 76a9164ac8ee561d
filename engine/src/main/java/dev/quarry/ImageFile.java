package dev.quarry;

import dev.quarry.image.ReferenceGate;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

/**
 * An image file that a caller names.
 *
 * @param path the file
 * @param format its format, or null to find out from its beginning: never do so for a disk that a
 *     guest could write
 * @param gate what the image may refer to
 */
public record ImageFile(Path path, @Nullable String format, ReferenceGate gate) {

    /** An image whose format is found from its beginning, and that may refer to nothing. */
    public static ImageFile of(Path path) {
        return new ImageFile(path, null, ReferenceGate.deny());
    }

    public ImageFile withFormat(@Nullable String value) {
        return new ImageFile(path, value, gate);
    }

    public ImageFile withGate(ReferenceGate value) {
        return new ImageFile(path, format, value);
    }
}

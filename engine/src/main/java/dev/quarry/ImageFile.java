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
 * @param snapshot the internal snapshot that is meant, by its id or name, or null for the disk as
 *     it is; for what reads
 * @param member name or id of the disk that is meant in an appliance that has several, or null; for
 *     what reads
 */
public record ImageFile(
        Path path,
        @Nullable String format,
        ReferenceGate gate,
        @Nullable String snapshot,
        @Nullable String member) {

    /** The disk as it is. */
    public ImageFile(Path path, @Nullable String format, ReferenceGate gate) {
        this(path, format, gate, null, null);
    }

    /** An image whose format is found from its beginning, and that may refer to nothing. */
    public static ImageFile of(Path path) {
        return new ImageFile(path, null, ReferenceGate.deny());
    }

    public ImageFile withFormat(@Nullable String value) {
        return new ImageFile(path, value, gate, snapshot, member);
    }

    public ImageFile withGate(ReferenceGate value) {
        return new ImageFile(path, format, value, snapshot, member);
    }

    public ImageFile withSnapshot(@Nullable String value) {
        return new ImageFile(path, format, gate, value, member);
    }

    public ImageFile withMember(@Nullable String value) {
        return new ImageFile(path, format, gate, snapshot, value);
    }
}

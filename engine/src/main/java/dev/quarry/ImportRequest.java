package dev.quarry;

import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.ImageHardware;
import dev.quarry.catalog.model.Tags;
import dev.quarry.image.ReferenceGate;

import org.jspecify.annotations.Nullable;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;

/**
 * What to import, and as what. Made with {@link #of} and refined with the {@code with} methods.
 *
 * @param file the image
 * @param input the image's bytes in their order, closed by the import, or null to read them from
 *     {@code file}, which then only names them
 * @param format its format, or null to find out from its beginning: name it for a disk that a guest
 *     could write
 * @param internal id or name of an internal snapshot of the image, or null for the disk as it is
 * @param member name or id of the disk to import of an appliance that has several, or null
 * @param gate what the image may refer to
 * @param name of the machine image to register, or null for a snapshot alone
 * @param description for people, of snapshot and image, or null
 * @param tags of snapshot and image
 * @param hardware the machine that the image needs
 * @param rootDeviceName the device that the disk becomes
 * @param mappings further devices of the image
 */
public record ImportRequest(
        Path file,
        @Nullable InputStream input,
        @Nullable String format,
        @Nullable String internal,
        @Nullable String member,
        ReferenceGate gate,
        @Nullable String name,
        @Nullable String description,
        Tags tags,
        ImageHardware hardware,
        String rootDeviceName,
        List<BlockDeviceMapping> mappings) {

    /** The root device of an image that does not say: EC2's usual one. */
    public static final String ROOT_DEVICE_NAME = "/dev/sda1";

    public ImportRequest {
        mappings = List.copyOf(mappings);
    }

    /**
     * An import of a file as a snapshot, its format found from its beginning, and nothing that it
     * refers to allowed.
     */
    public static ImportRequest of(Path file) {
        return new ImportRequest(
                file,
                null,
                null,
                null,
                null,
                ReferenceGate.deny(),
                null,
                null,
                Tags.none(),
                ImageHardware.defaults(),
                ROOT_DEVICE_NAME,
                List.of());
    }

    /** Reads the image from a stream. The bytes are taken once; nothing is kept on disk. */
    public ImportRequest withInput(@Nullable InputStream value) {
        return new ImportRequest(
                file,
                value,
                format,
                internal,
                member,
                gate,
                name,
                description,
                tags,
                hardware,
                rootDeviceName,
                mappings);
    }

    public ImportRequest withFormat(@Nullable String value) {
        return new ImportRequest(
                file,
                input,
                value,
                internal,
                member,
                gate,
                name,
                description,
                tags,
                hardware,
                rootDeviceName,
                mappings);
    }

    /** Imports an internal snapshot of the image. */
    public ImportRequest withInternalSnapshot(@Nullable String value) {
        return new ImportRequest(
                file,
                input,
                format,
                value,
                member,
                gate,
                name,
                description,
                tags,
                hardware,
                rootDeviceName,
                mappings);
    }

    /** Imports one of the disks of an appliance. */
    public ImportRequest withMember(@Nullable String value) {
        return new ImportRequest(
                file,
                input,
                format,
                internal,
                value,
                gate,
                name,
                description,
                tags,
                hardware,
                rootDeviceName,
                mappings);
    }

    public ImportRequest withGate(ReferenceGate value) {
        return new ImportRequest(
                file,
                input,
                format,
                internal,
                member,
                value,
                name,
                description,
                tags,
                hardware,
                rootDeviceName,
                mappings);
    }

    /** Registers a machine image of that name, too. */
    public ImportRequest withName(@Nullable String value) {
        return new ImportRequest(
                file,
                input,
                format,
                internal,
                member,
                gate,
                value,
                description,
                tags,
                hardware,
                rootDeviceName,
                mappings);
    }

    public ImportRequest withDescription(@Nullable String value) {
        return new ImportRequest(
                file,
                input,
                format,
                internal,
                member,
                gate,
                name,
                value,
                tags,
                hardware,
                rootDeviceName,
                mappings);
    }

    public ImportRequest withTags(Tags value) {
        return new ImportRequest(
                file,
                input,
                format,
                internal,
                member,
                gate,
                name,
                description,
                value,
                hardware,
                rootDeviceName,
                mappings);
    }

    public ImportRequest withHardware(ImageHardware value) {
        return new ImportRequest(
                file,
                input,
                format,
                internal,
                member,
                gate,
                name,
                description,
                tags,
                value,
                rootDeviceName,
                mappings);
    }

    public ImportRequest withRootDeviceName(String value) {
        return new ImportRequest(
                file,
                input,
                format,
                internal,
                member,
                gate,
                name,
                description,
                tags,
                hardware,
                value,
                mappings);
    }

    public ImportRequest withMappings(List<BlockDeviceMapping> value) {
        return new ImportRequest(
                file,
                input,
                format,
                internal,
                member,
                gate,
                name,
                description,
                tags,
                hardware,
                rootDeviceName,
                value);
    }
}

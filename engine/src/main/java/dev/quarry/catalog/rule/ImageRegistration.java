package dev.quarry.catalog.rule;

import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.ImageHardware;
import dev.quarry.catalog.model.ImageOrigin;
import dev.quarry.catalog.model.Tags;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What is asked for when an image is registered. Nothing is checked yet.
 *
 * @param name required (4.6.2)
 * @param description for people, or null
 * @param hardware the machine that it needs
 * @param rootDeviceName the device to boot from, or null for the one that the mapping has
 * @param mappings may be incomplete in what has a default
 * @param origin a manifest's place makes it an instance-store image; or where it was made from
 * @param tags its tags
 */
public record ImageRegistration(
        String name,
        @Nullable String description,
        ImageHardware hardware,
        @Nullable String rootDeviceName,
        List<BlockDeviceMapping> mappings,
        ImageOrigin origin,
        Tags tags) {

    public ImageRegistration {
        mappings = List.copyOf(mappings);
    }

    /** A registration with all defaults: x86_64, hvm. */
    public static ImageRegistration of(String name, List<BlockDeviceMapping> mappings) {
        return new ImageRegistration(
                name,
                null,
                ImageHardware.defaults(),
                null,
                mappings,
                ImageOrigin.NONE,
                Tags.none());
    }

    public ImageRegistration withDescription(@Nullable String value) {
        return new ImageRegistration(name, value, hardware, rootDeviceName, mappings, origin, tags);
    }

    public ImageRegistration withHardware(ImageHardware value) {
        return new ImageRegistration(
                name, description, value, rootDeviceName, mappings, origin, tags);
    }

    public ImageRegistration withRootDeviceName(@Nullable String value) {
        return new ImageRegistration(name, description, hardware, value, mappings, origin, tags);
    }

    public ImageRegistration withOrigin(ImageOrigin value) {
        return new ImageRegistration(
                name, description, hardware, rootDeviceName, mappings, value, tags);
    }

    public ImageRegistration withTags(Tags value) {
        return new ImageRegistration(
                name, description, hardware, rootDeviceName, mappings, origin, value);
    }

    /** EC2's name of the operation that such an image comes from. */
    public String action() {
        return origin.sourceInstanceId() != null ? "CreateImage" : "RegisterImage";
    }
}

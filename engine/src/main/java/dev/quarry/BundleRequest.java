package dev.quarry;

import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.Architecture;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.image.ReferenceGate;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.List;

/**
 * Which disk to bundle, and as what (4.6.3). Made with {@link #of} and refined with the {@code
 * with} methods.
 *
 * @param file the image
 * @param format as its owner knows it, or null to find out
 * @param gate what the image may refer to
 * @param folder for the manifest and the parts
 * @param imageName stem of their names
 * @param user account that bundles
 * @param architecture of the machine
 * @param rootDeviceName device of the disk
 * @param mappings further devices: instance-store disks only
 */
public record BundleRequest(
        Path file,
        @Nullable String format,
        ReferenceGate gate,
        Path folder,
        String imageName,
        String user,
        Architecture architecture,
        String rootDeviceName,
        List<BlockDeviceMapping> mappings) {

    public BundleRequest {
        mappings = List.copyOf(mappings);
    }

    /** A bundle called {@code image}, of an x86_64 machine that boots from /dev/sda1. */
    public static BundleRequest of(Path file, Path folder) {
        return new BundleRequest(
                file,
                null,
                ReferenceGate.deny(),
                folder,
                "image",
                Actor.DEFAULT_ACCOUNT,
                Architecture.X86_64,
                "/dev/sda1",
                List.of());
    }

    public BundleRequest withFormat(@Nullable String value) {
        return new BundleRequest(
                file, value, gate, folder, imageName, user, architecture, rootDeviceName, mappings);
    }

    public BundleRequest withGate(ReferenceGate value) {
        return new BundleRequest(
                file,
                format,
                value,
                folder,
                imageName,
                user,
                architecture,
                rootDeviceName,
                mappings);
    }

    public BundleRequest withImageName(String value) {
        return new BundleRequest(
                file, format, gate, folder, value, user, architecture, rootDeviceName, mappings);
    }

    public BundleRequest withUser(String value) {
        return new BundleRequest(
                file,
                format,
                gate,
                folder,
                imageName,
                value,
                architecture,
                rootDeviceName,
                mappings);
    }

    /** The machine, its root device, and its instance-store disks. */
    public BundleRequest withMachine(
            Architecture machine, String root, List<BlockDeviceMapping> further) {
        return new BundleRequest(
                file, format, gate, folder, imageName, user, machine, root, further);
    }
}

package dev.quarry.volume;

import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.Tags;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What to launch, and where to. Made with {@link #of} and refined with the {@code with} methods.
 *
 * @param imageId the image
 * @param folder where files go; made if it is not there
 * @param mappings the caller's own, merged with the image's
 * @param mode how volumes are written
 * @param targets device name to a file or block device that takes the volume as a raw disk
 * @param instanceStoreBytes sizes of the machine's instance-store disks: {@code ephemeral0} is the
 *     first
 * @param tags of the launch and its volumes
 */
public record LaunchRequest(
        String imageId,
        Path folder,
        List<BlockDeviceMapping> mappings,
        VolumeMode mode,
        Map<String, Path> targets,
        List<Long> instanceStoreBytes,
        Tags tags) {

    public LaunchRequest {
        mappings = List.copyOf(mappings);
        targets = Map.copyOf(targets);
        instanceStoreBytes = List.copyOf(instanceStoreBytes);
    }

    /** A launch into raw files by the image's own mapping. */
    public static LaunchRequest of(String imageId, Path folder) {
        return new LaunchRequest(
                imageId, folder, List.of(), VolumeMode.RAW, Map.of(), List.of(), Tags.none());
    }

    public LaunchRequest withFolder(Path value) {
        return new LaunchRequest(imageId, value, mappings, mode, targets, instanceStoreBytes, tags);
    }

    public LaunchRequest withMappings(List<BlockDeviceMapping> value) {
        return new LaunchRequest(imageId, folder, value, mode, targets, instanceStoreBytes, tags);
    }

    public LaunchRequest withMode(VolumeMode value) {
        return new LaunchRequest(
                imageId, folder, mappings, value, targets, instanceStoreBytes, tags);
    }

    public LaunchRequest withTargets(Map<String, Path> value) {
        return new LaunchRequest(imageId, folder, mappings, mode, value, instanceStoreBytes, tags);
    }

    public LaunchRequest withInstanceStore(List<Long> value) {
        return new LaunchRequest(imageId, folder, mappings, mode, targets, value, tags);
    }

    public LaunchRequest withTags(Tags value) {
        return new LaunchRequest(
                imageId, folder, mappings, mode, targets, instanceStoreBytes, value);
    }
}

package dev.quarry.volume;

import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Tags;

import java.nio.file.Path;
import java.util.List;

/**
 * What a launch will write, decided without touching a disk.
 *
 * @param image what is launched
 * @param folder absolute path of the folder for files
 * @param volumes the root first, then in the order of the mapping
 * @param notices what the caller should hear: mappings that are ignored
 * @param tags of the launch and its volumes
 */
public record LaunchPlan(
        MachineImage image,
        Path folder,
        List<PlannedVolume> volumes,
        List<String> notices,
        Tags tags) {

    public LaunchPlan {
        volumes = List.copyOf(volumes);
        notices = List.copyOf(notices);
    }

    /** Guest bytes of all disks. */
    public long totalBytes() {
        return volumes.stream().mapToLong(PlannedVolume::sizeBytes).reduce(0, Math::addExact);
    }
}

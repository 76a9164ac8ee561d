package dev.quarry.volume;

import dev.quarry.catalog.model.JsonObject;
import dev.quarry.catalog.model.MachineImage;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What a launch came to.
 *
 * @param launchId {@code i-…}
 * @param image what was launched
 * @param description the file that describes it, {@code launch.json}
 * @param volumes the root first
 * @param notices what the caller should hear
 */
public record LaunchResult(
        String launchId, MachineImage image, Path description, List<LaunchedVolume> volumes, List<String> notices) {

    public LaunchResult {
        volumes = List.copyOf(volumes);
        notices = List.copyOf(notices);
    }

    /** What stands in {@code launch.json}. */
    public Map<String, Object> toJson() {
        return new JsonObject()
                .put("InstanceId", launchId)
                .put("ImageId", image.id())
                .put("RootDeviceName", image.rootDeviceName())
                .put("Devices", volumes.stream().map(LaunchResult::device).toList())
                .putIfAny("Notices", notices)
                .map();
    }

    private static Map<String, Object> device(LaunchedVolume volume) {
        PlannedVolume planned = volume.planned();
        JsonObject json = new JsonObject()
                .put("DeviceName", planned.deviceName())
                .put("VolumeId", volume.volumeId())
                .put("VirtualName", planned.virtualName())
                .put("SnapshotId", planned.snapshotId())
                .put("File", planned.path().toString())
                .put("Format", planned.mode().format())
                .put("Base", volume.base() == null ? null : volume.base().toString())
                .put("SizeBytes", planned.sizeBytes());
        if (planned.performance() != null) {
            json.put("VolumeType", planned.performance().type());
        }
        return json.put("DeleteOnTermination", planned.deleteOnTermination()).map();
    }
}

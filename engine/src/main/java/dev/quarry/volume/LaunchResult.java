package dev.quarry.volume;

import dev.quarry.catalog.model.JsonObject;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.VolumePerformance;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What a launch came to.
 *
 * @param launchId {@code i-…}
 * @param image what was launched
 * @param launchTime when
 * @param description the file that describes it, {@code launch.json}
 * @param volumes the root first
 * @param notices what the caller should hear
 */
public record LaunchResult(
        String launchId,
        MachineImage image,
        Instant launchTime,
        Path description,
        List<LaunchedVolume> volumes,
        List<String> notices) {

    /**
     * Name of the file that describes a launch; written last, so that its presence says that the
     * launch is complete.
     */
    public static final String FILE_NAME = "launch.json";

    /** Version of {@code launch.json}; programs that read it check it. */
    public static final int VERSION = 1;

    public LaunchResult {
        volumes = List.copyOf(volumes);
        notices = List.copyOf(notices);
    }

    /** What stands in {@code launch.json}; described in {@code engine/docs/catalog-format.md}. */
    public Map<String, Object> toJson() {
        return new JsonObject()
                .put("Version", VERSION)
                .put("InstanceId", launchId)
                .put("ImageId", image.id())
                .put("LaunchTime", launchTime)
                .put("Architecture", image.hardware().architecture())
                .put("BootMode", image.hardware().bootMode())
                .put("RootDeviceName", image.rootDeviceName())
                .put("Devices", volumes.stream().map(LaunchResult::device).toList())
                .putIfAny("Notices", notices)
                .map();
    }

    private static Map<String, Object> device(LaunchedVolume volume) {
        PlannedVolume planned = volume.planned();
        Path base = volume.base();
        JsonObject json =
                new JsonObject()
                        .put("DeviceName", planned.deviceName())
                        .put("VolumeId", volume.volumeId())
                        .put("VirtualName", planned.virtualName())
                        .put("SnapshotId", planned.snapshotId())
                        .put("File", planned.path().toString())
                        .put("Format", planned.mode().format())
                        .put("Base", base == null ? null : base.toString())
                        .put("BaseFormat", base == null ? null : "raw")
                        .put("SizeBytes", planned.sizeBytes());
        VolumePerformance performance = planned.performance();
        if (performance != null) {
            json.put("VolumeType", performance.type())
                    .put("Iops", performance.iops())
                    .put("Throughput", performance.throughput());
        }
        return json.put("DeleteOnTermination", planned.deleteOnTermination()).map();
    }
}

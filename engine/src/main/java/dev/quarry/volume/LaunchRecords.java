package dev.quarry.volume;

import dev.quarry.catalog.model.Attachment;
import dev.quarry.catalog.model.Launch;
import dev.quarry.catalog.model.LaunchState;
import dev.quarry.catalog.model.ProductCode;
import dev.quarry.catalog.model.Volume;
import dev.quarry.catalog.model.VolumeFile;
import dev.quarry.catalog.model.VolumePerformance;
import dev.quarry.catalog.model.VolumeState;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What the catalogue keeps of a launch. Pure.
 *
 * @param launch the launch
 * @param volumes its volumes, without instance-store disks
 */
record LaunchRecords(Launch launch, List<Volume> volumes) {

    /**
     * @param account who launched
     */
    static LaunchRecords of(LaunchPlan plan, LaunchResult result, String account) {
        List<Volume> volumes = new ArrayList<>();
        List<Launch.Device> devices = new ArrayList<>();
        for (LaunchedVolume launched : result.volumes()) {
            PlannedVolume planned = launched.planned();
            devices.add(
                    new Launch.Device(
                            planned.deviceName(),
                            launched.volumeId(),
                            planned.virtualName(),
                            planned.path().toString()));
            VolumePerformance performance = planned.performance();
            String id = launched.volumeId();
            if (id != null && performance != null) {
                volumes.add(volume(plan, result, launched, id, performance, account));
            }
        }
        Launch launch =
                new Launch(
                        result.launchId(),
                        plan.image().id(),
                        account,
                        result.launchTime(),
                        LaunchState.RUNNING,
                        plan.image().hardware(),
                        plan.image().rootDeviceName(),
                        plan.folder().toString(),
                        devices,
                        plan.image().access().productCodes(),
                        plan.tags());
        return new LaunchRecords(launch, volumes);
    }

    private static Volume volume(
            LaunchPlan plan,
            LaunchResult result,
            LaunchedVolume launched,
            String id,
            VolumePerformance performance,
            String account) {
        PlannedVolume planned = launched.planned();
        Path base = launched.base();
        return new Volume(
                id,
                account,
                planned.sizeBytes(),
                performance,
                planned.snapshotId(),
                planned.encryption(),
                VolumeState.IN_USE,
                result.launchTime(),
                new VolumeFile(
                        planned.path().toString(),
                        planned.mode().format(),
                        base == null ? null : base.toString(),
                        base == null ? null : planned.root()),
                new Attachment(
                        result.launchId(),
                        planned.deviceName(),
                        planned.deleteOnTermination(),
                        result.launchTime()),
                productCodes(plan, planned),
                plan.tags());
    }

    /**
     * Rules 4.5.8 and 4.7.3: a volume has the codes of its snapshot, and the root volume those of
     * the image too.
     */
    private static List<ProductCode> productCodes(LaunchPlan plan, PlannedVolume planned) {
        Set<ProductCode> codes = new LinkedHashSet<>(planned.productCodes());
        if (planned.deviceName().equals(plan.image().rootDeviceName())) {
            codes.addAll(plan.image().access().productCodes());
        }
        return List.copyOf(codes);
    }
}

package dev.quarry.catalog.mapping;

import static dev.quarry.catalog.mapping.MappingRules.bad;

import dev.quarry.catalog.model.Assignment;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.SnapshotFacts;
import dev.quarry.catalog.model.VolumeType;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The merge of an image's mapping with a launch's own (4.5). Pure; the image is never changed.
 * Where the rules leave something open, our readings are:
 *
 * <ul>
 *   <li>Naming the image's own snapshot again is no change of it, even on the root.
 *   <li>A request that changes a volume's type takes Iops and Throughput from the request alone:
 *       they go with the type.
 *   <li>A volume may be made smaller than the image's VolumeSize, but never smaller than the
 *       image's snapshot.
 *   <li>An instance-store disk can be mapped to one device only.
 *   <li>VolumeInitializationRate can be given for the root: it changes how the volume comes to be,
 *       not the volume.
 * </ul>
 */
public final class MappingMerge {

    private final MachineImage image;
    private final Map<String, SnapshotFacts> snapshots;
    private final Map<String, MergedMapping.Device> devices = new LinkedHashMap<>();
    private final List<String> suppressed = new ArrayList<>();

    private MappingMerge(MachineImage image, Map<String, SnapshotFacts> requested) {
        this.image = image;
        this.snapshots = new HashMap<>(image.snapshots());
        this.snapshots.putAll(requested);
    }

    /**
     * Merges and checks the result.
     *
     * @param request entries that may be incomplete
     * @param requested facts of the snapshots that the request names and the caller may use
     * @throws CatalogException of code InvalidBlockDeviceMapping, InvalidSnapshot.NotFound or
     *     InvalidSnapshotID.Malformed
     */
    public static MergedMapping merge(
            MachineImage image,
            List<BlockDeviceMapping> request,
            Map<String, SnapshotFacts> requested)
            throws CatalogException {
        MappingRules.checkRequest(request, image.hardware().virtualizationType());
        MappingMerge merge = new MappingMerge(image, requested);
        for (BlockDeviceMapping mapping : image.mappings()) {
            merge.devices.put(
                    mapping.deviceName(),
                    from(mapping.deviceName(), mapping.assignment(), Origin.IMAGE));
        }
        for (BlockDeviceMapping entry : request) {
            merge.apply(entry);
        }
        return merge.finish();
    }

    private boolean isRoot(String device) {
        return device.equals(image.rootDeviceName());
    }

    private void apply(BlockDeviceMapping entry) throws CatalogException {
        String device = entry.deviceName();
        MergedMapping.Device present = devices.get(device);
        if (isRoot(device) && !(entry.assignment() instanceof Ebs && present != null)) {
            throw bad(
                    device,
                    "is the root: its size, type, encryption and DeleteOnTermination may change,"
                            + " nothing else");
        }
        switch (entry.assignment()) {
            case Assignment.NoDevice none -> {
                if (devices.remove(device) != null) {
                    suppressed.add(device);
                }
            }
            case Assignment.VirtualName virtual ->
                    devices.put(device, from(device, virtual, Origin.REQUEST));
            case Ebs ebs -> {
                if (present != null && present.assignment() instanceof Ebs imageEbs) {
                    checkSnapshot(device, imageEbs, ebs);
                    devices.put(device, mergeFields(device, imageEbs, ebs));
                } else {
                    devices.put(device, from(device, ebs, Origin.REQUEST));
                }
            }
        }
    }

    /** Rule 4.5.7: what may become of the image's snapshot. */
    private void checkSnapshot(String device, Ebs imageEbs, Ebs requested) throws CatalogException {
        String newId = requested.snapshotId();
        SnapshotFacts old = MappingRules.facts(imageEbs, snapshots);
        if (newId == null || newId.equals(imageEbs.snapshotId())) {
            return;
        }
        if (isRoot(device)) {
            throw bad(device, "is the root: its SnapshotId may not change");
        }
        SnapshotFacts replacement = MappingRules.facts(requested, snapshots);
        if (old != null && replacement != null && replacement.sizeGib() < old.sizeGib()) {
            throw bad(
                    device,
                    "snapshot "
                            + newId
                            + " of "
                            + replacement.sizeGib()
                            + " GiB is smaller than the image's "
                            + imageEbs.snapshotId()
                            + " of "
                            + old.sizeGib()
                            + " GiB: a volume may only grow");
        }
    }

    /** Rule 4.5.3. */
    private static MergedMapping.Device mergeFields(String device, Ebs imageEbs, Ebs request) {
        VolumeType newType = request.volumeType();
        boolean typeChanges = newType != null && newType != MappingRules.typeOf(imageEbs);
        Ebs kept =
                typeChanges ? imageEbs.toBuilder().iops(null).throughput(null).build() : imageEbs;
        Ebs merged =
                new Ebs(
                        either(request.snapshotId(), kept.snapshotId()),
                        either(request.volumeSize(), kept.volumeSize()),
                        either(newType, kept.volumeType()),
                        either(request.deleteOnTermination(), kept.deleteOnTermination()),
                        either(request.encrypted(), kept.encrypted()),
                        either(request.kmsKeyId(), kept.kmsKeyId()),
                        either(request.iops(), kept.iops()),
                        either(request.throughput(), kept.throughput()),
                        either(
                                request.volumeInitializationRate(),
                                kept.volumeInitializationRate()));
        Map<String, Origin> origins = new LinkedHashMap<>();
        Map<String, Object> asked = request.toJson();
        for (String field : merged.toJson().keySet()) {
            origins.put(field, asked.containsKey(field) ? Origin.REQUEST : Origin.IMAGE);
        }
        return new MergedMapping.Device(device, merged, null, origins);
    }

    private static <T> @Nullable T either(@Nullable T request, @Nullable T image) {
        return request != null ? request : image;
    }

    private static MergedMapping.Device from(String device, Assignment assignment, Origin origin) {
        Map<String, Origin> origins = new LinkedHashMap<>();
        switch (assignment) {
            case Ebs ebs -> ebs.toJson().keySet().forEach(field -> origins.put(field, origin));
            case Assignment.VirtualName virtual -> origins.put("VirtualName", origin);
            case Assignment.NoDevice none -> {}
        }
        return new MergedMapping.Device(device, assignment, null, origins);
    }

    private MergedMapping finish() throws CatalogException {
        List<BlockDeviceMapping> merged =
                devices.values().stream().map(MergedMapping.Device::mapping).toList();
        MappingRules.checkComplete(
                merged,
                image.rootDeviceName(),
                image.hardware().virtualizationType(),
                snapshots,
                MappingRules.Use.LAUNCH);
        List<MergedMapping.Device> complete = new ArrayList<>();
        for (MergedMapping.Device device : devices.values()) {
            complete.add(
                    device.assignment() instanceof Ebs ebs ? withDefaults(device, ebs) : device);
        }
        return new MergedMapping(image.rootDeviceName(), complete, suppressed);
    }

    /** Fills in what neither said (4.2.1, 4.2.2, 4.2.4, 4.2.5, 4.2.10). */
    private MergedMapping.Device withDefaults(MergedMapping.Device device, Ebs ebs)
            throws CatalogException {
        Ebs full = MappingDefaults.complete(ebs, isRoot(device.deviceName()));
        Map<String, Origin> origins = new LinkedHashMap<>();
        for (String field : full.toJson().keySet()) {
            origins.put(field, device.origins().getOrDefault(field, Origin.DEFAULT));
        }
        Long snapshotBytes = null;
        if (full.volumeSize() == null) {
            origins.put("VolumeSize", Origin.SNAPSHOT);
            SnapshotFacts facts = MappingRules.facts(full, snapshots);
            snapshotBytes = facts == null ? null : facts.sizeBytes();
        }
        return new MergedMapping.Device(device.deviceName(), full, snapshotBytes, origins);
    }
}

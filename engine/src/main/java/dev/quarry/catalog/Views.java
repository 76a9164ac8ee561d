package dev.quarry.catalog;

import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.Attachment;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.CatalogObject;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.Encryption;
import dev.quarry.catalog.model.Gibibytes;
import dev.quarry.catalog.model.ImageHardware;
import dev.quarry.catalog.model.ImageLifecycle;
import dev.quarry.catalog.model.ImageOrigin;
import dev.quarry.catalog.model.JsonObject;
import dev.quarry.catalog.model.Launch;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.ProductCode;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotFacts;
import dev.quarry.catalog.model.SnapshotState;
import dev.quarry.catalog.model.StoreSettings;
import dev.quarry.catalog.model.Volume;
import dev.quarry.catalog.model.VolumeFile;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Objects as EC2's describe operations show them, as JSON maps in EC2's names and order. Sizes are
 * in GiB, rounded up; {@code SizeBytes}, {@code Root} and {@code ContentDigest} are ours, and
 * exact. What is not the viewer's business is left out: tags, and when an image was last launched,
 * are shown to the owner alone (4.7.2, 4.6.4).
 */
public final class Views {

    private static final String HYPERVISOR = "xen";

    private Views() {}

    /**
     * Any object; the caller puts it into {@code Images}, {@code Snapshots}, {@code Volumes} or
     * {@code Instances}.
     */
    public static Map<String, Object> of(
            CatalogObject object, Actor viewer, StoreSettings settings) {
        if (object instanceof MachineImage image) {
            return image(image, viewer, settings);
        }
        if (object instanceof Snapshot snapshot) {
            return snapshot(snapshot, viewer);
        }
        return object instanceof Volume volume ? volume(volume) : launch((Launch) object);
    }

    /** The name of the list that EC2 shows objects of a kind in. */
    public static String listName(CatalogObject object) {
        if (object instanceof MachineImage) {
            return "Images";
        }
        if (object instanceof Snapshot) {
            return "Snapshots";
        }
        return object instanceof Volume ? "Volumes" : "Instances";
    }

    /** An element of {@code Images}. */
    public static Map<String, Object> image(
            MachineImage image, Actor viewer, StoreSettings settings) {
        ImageHardware hardware = image.hardware();
        ImageOrigin origin = image.origin();
        ImageLifecycle lifecycle = image.lifecycle();
        boolean owner = viewer.owns(image);
        boolean windows = hardware.platform() != null;
        return new JsonObject()
                .put("ImageId", image.id())
                .put("Name", image.name())
                .put("Description", image.description())
                .put("OwnerId", image.ownerId())
                .put("ImageOwnerAlias", settings.aliasOf(image.ownerId()))
                .put("ImageLocation", image.location())
                .put("State", image.state())
                .put(
                        "StateReason",
                        image.stateReason() == null ? null : image.stateReason().toJson())
                .put("CreationDate", image.creationDate())
                .put("Public", image.access().isPublic())
                .putIfAny("ProductCodes", ProductCode.toJson(image.access().productCodes()))
                .put("Architecture", hardware.architecture())
                .put("ImageType", hardware.imageType())
                .put("KernelId", hardware.kernelId())
                .put("RamdiskId", hardware.ramdiskId())
                .put("Platform", hardware.platform())
                .put("PlatformDetails", windows ? "Windows" : "Linux/UNIX")
                .put("UsageOperation", windows ? "RunInstances:0002" : "RunInstances")
                .put("RootDeviceName", image.rootDeviceName())
                .put("RootDeviceType", image.isEbsBacked() ? "ebs" : "instance-store")
                .put("VirtualizationType", hardware.virtualizationType())
                .put("Hypervisor", HYPERVISOR)
                .put("EnaSupport", hardware.enaSupport())
                .put("SriovNetSupport", hardware.sriovNetSupport())
                .put("BootMode", hardware.bootMode())
                .put("TpmSupport", hardware.tpmSupport())
                .put("ImdsSupport", hardware.imdsSupport())
                .put("DeprecationTime", lifecycle.deprecationTime())
                .put("DeregistrationProtection", lifecycle.protection())
                .put(
                        "DeregistrationProtectionCooldownEnd",
                        owner ? lifecycle.protectionCooldownEnd() : null)
                .put("LastLaunchedTime", owner ? lifecycle.lastLaunchedTime() : null)
                .put("RecycleBinEnterTime", lifecycle.recycleBinEnterTime())
                .put("RecycleBinExitTime", lifecycle.recycleBinExitTime())
                .put("SourceInstanceId", origin.sourceInstanceId())
                .put("NoReboot", origin.noReboot())
                .put("SourceImageId", origin.sourceImageId())
                .put("SourceImageRegion", origin.sourceImageRegion())
                .put("BlockDeviceMappings", mappings(image))
                .putIfAny("Tags", owner ? image.tags().toJson() : List.of())
                .map();
    }

    /** The image's mappings with what follows from their snapshots: size and encryption. */
    public static List<Map<String, Object>> mappings(MachineImage image) {
        List<Map<String, Object>> list = new ArrayList<>();
        for (BlockDeviceMapping mapping : image.mappings()) {
            list.add(effective(image, mapping).toJson());
        }
        return list;
    }

    private static BlockDeviceMapping effective(MachineImage image, BlockDeviceMapping mapping) {
        Ebs ebs = mapping.ebs();
        if (ebs == null) {
            return mapping;
        }
        Ebs.Builder full = ebs.toBuilder();
        SnapshotFacts facts =
                ebs.snapshotId() == null ? null : image.snapshots().get(ebs.snapshotId());
        if (facts != null) {
            full.encrypted(facts.encryption().encrypted());
            if (ebs.volumeSize() == null) {
                full.volumeSize(facts.sizeGib());
            }
        } else if (ebs.encrypted() == null) {
            full.encrypted(false);
        }
        return BlockDeviceMapping.ebs(mapping.deviceName(), full.build());
    }

    /** An element of {@code Snapshots}. */
    public static Map<String, Object> snapshot(Snapshot snapshot, Actor viewer) {
        JsonObject object =
                new JsonObject()
                        .put("SnapshotId", snapshot.id())
                        .put("OwnerId", snapshot.ownerId())
                        .put("Description", snapshot.description())
                        .put("VolumeSize", Gibibytes.roundedUp(snapshot.sizeBytes()))
                        .put("SizeBytes", snapshot.sizeBytes())
                        .put("Root", snapshot.root())
                        .put("ContentDigest", snapshot.contentDigest())
                        .put("State", snapshot.state())
                        .put("StateMessage", snapshot.stateMessage())
                        .put("Progress", snapshot.state() == SnapshotState.PENDING ? "0%" : "100%")
                        .put("StartTime", snapshot.startTime())
                        .put("SourceFile", snapshot.source().file())
                        .put("SourceFormat", snapshot.source().format())
                        .put("VolumeId", snapshot.source().volumeId());
        putEncryption(object, snapshot.encryption());
        return object.putIfAny("ProductCodes", ProductCode.toJson(snapshot.productCodes()))
                .putIfAny("Tags", viewer.owns(snapshot) ? snapshot.tags().toJson() : List.of())
                .map();
    }

    /** An element of {@code Volumes}. */
    public static Map<String, Object> volume(Volume volume) {
        VolumeFile file = volume.file();
        Attachment attachment = volume.attachment();
        JsonObject object =
                new JsonObject()
                        .put("VolumeId", volume.id())
                        .put("Size", Gibibytes.roundedUp(volume.sizeBytes()))
                        .put("SizeBytes", volume.sizeBytes())
                        .put("SnapshotId", volume.snapshotId())
                        .put("State", volume.state())
                        .put("CreateTime", volume.createTime())
                        .put("VolumeType", volume.performance().type())
                        .put("Iops", volume.performance().iops())
                        .put("Throughput", volume.performance().throughput());
        putEncryption(object, volume.encryption());
        List<Map<String, Object>> attachments = new ArrayList<>();
        if (attachment != null) {
            attachments.add(
                    new JsonObject()
                            .put("VolumeId", volume.id())
                            .put("State", "attached")
                            .putAll(attachment.toJson())
                            .map());
        }
        return object.put("Attachments", attachments)
                .put("File", file.path())
                .put("Format", file.format())
                .put("BaseFile", file.basePath())
                .putIfAny("ProductCodes", ProductCode.toJson(volume.productCodes()))
                .putIfAny("Tags", volume.tags().toJson())
                .map();
    }

    /**
     * An element of {@code Instances}: what EC2 would show of the instance that has these volumes.
     */
    public static Map<String, Object> launch(Launch launch) {
        List<Map<String, Object>> devices = new ArrayList<>();
        for (Launch.Device device : launch.devices()) {
            JsonObject object = new JsonObject().put("DeviceName", device.deviceName());
            if (device.volumeId() == null) {
                object.put("VirtualName", device.virtualName());
            } else {
                object.put("Ebs", new JsonObject().put("VolumeId", device.volumeId()).map());
            }
            devices.add(object.put("File", device.path()).map());
        }
        return new JsonObject()
                .put("InstanceId", launch.id())
                .put("ImageId", launch.imageId())
                .put("LaunchTime", launch.launchTime())
                .put("State", new JsonObject().put("Name", launch.state()).map())
                .put("RootDeviceName", launch.rootDeviceName())
                .put("Folder", launch.folder())
                .put("BlockDeviceMappings", devices)
                .putIfAny("ProductCodes", ProductCode.toJson(launch.productCodes()))
                .putIfAny("Tags", launch.tags().toJson())
                .map();
    }

    private static void putEncryption(JsonObject object, Encryption encryption) {
        object.put("Encrypted", encryption.encrypted()).put("KmsKeyId", encryption.kmsKeyId());
    }
}

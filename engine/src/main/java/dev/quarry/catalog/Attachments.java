package dev.quarry.catalog;

import dev.quarry.catalog.mapping.DeviceNames;
import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.Attachment;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Launch;
import dev.quarry.catalog.model.LaunchState;
import dev.quarry.catalog.model.Volume;
import dev.quarry.catalog.model.VolumeState;
import dev.quarry.catalog.rule.AccessRules;
import dev.quarry.catalog.rule.CreateImageRules;
import dev.quarry.store.BlobConflictException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which volume belongs to which launch, and how that ends (4.5.9, 4.5.10). Records alone: files are
 * deleted by the caller, between the two steps of what deletes volumes, so that a file that is left
 * over still has a record. Thread-safe.
 *
 * <p>A volume's document says what it is attached to; that of the launch only lists where to look.
 * A volume is listed before it is attached, and afterwards the list is looked at again: who
 * attaches another volume to the same device, or terminates the launch, may have come in between.
 */
public final class Attachments {

    private final Tables tables;
    private final Actor actor;

    Attachments(Tables tables, Actor actor) {
        this.tables = tables;
        this.actor = actor;
    }

    /** The volumes that are attached to a launch, in the order of its devices. */
    public List<Volume> volumesOf(Launch launch) throws IOException {
        List<Volume> volumes = new ArrayList<>();
        for (Launch.Device device : launch.devices()) {
            Volume volume = listedVolume(device);
            if (volume != null && isAttached(volume, launch, device)) {
                volumes.add(volume);
            }
        }
        return volumes;
    }

    private @Nullable Volume listedVolume(Launch.Device device) throws IOException {
        String id = device.volumeId();
        return id == null
                ? null
                : tables.volumes.find(id).map(Documents.Stored::object).orElse(null);
    }

    private static boolean isAttached(Volume volume, Launch launch, Launch.Device device) {
        return belongs(volume, launch) && isDevice(volume, device.deviceName());
    }

    private static boolean belongs(Volume volume, Launch launch) {
        Attachment attachment = volume.attachment();
        return attachment != null && attachment.launchId().equals(launch.id());
    }

    /** Whose the files of disks are now. */
    public DiskFiles files() throws IOException {
        return DiskFiles.of(tables);
    }

    /** What an image made of a launch would have (4.6.1). */
    public CreateImageRules.Plan planImage(String launchId, List<BlockDeviceMapping> request)
            throws IOException {
        Launch launch = tables.visible(tables.launches, launchId, actor).object();
        List<Volume> volumes = volumesOf(launch);
        DiskFiles files = files();
        for (Volume volume : volumes) {
            if (!files.isOf(volume)) {
                throw new CatalogException(
                        ErrorCode.INCORRECT_STATE,
                        "volume "
                                + volume.id()
                                + " has lost its file to a later one: "
                                + volume.file().path());
            }
        }
        return CreateImageRules.plan(launch, volumes, request);
    }

    /**
     * Attaches a volume to a launch. It stays when the launch is terminated, unless told later.
     *
     * @throws CatalogException of code VolumeInUse, IncorrectInstanceState, or
     *     InvalidParameterValue if the device is taken or is no device
     */
    public Volume attach(String volumeId, String launchId, String deviceName) throws IOException {
        tables.visible(tables.volumes, volumeId, actor);
        Launch launch =
                tables.change(
                        tables.launches,
                        launchId,
                        actor,
                        "AttachVolume",
                        present -> listed(present, volumeId, deviceName),
                        "VolumeId",
                        volumeId,
                        "Device",
                        deviceName);
        Attachment attachment = new Attachment(launch.id(), deviceName, false, tables.now());
        Volume attached =
                tables.change(
                        tables.volumes,
                        volumeId,
                        actor,
                        "AttachVolume",
                        volume -> {
                            if (volume.state() != VolumeState.AVAILABLE) {
                                throw inUse(volume);
                            }
                            return volume.withState(VolumeState.IN_USE, attachment);
                        },
                        "InstanceId",
                        launchId);
        lookAgain(volumeId, attachment);
        return attached;
    }

    private Launch listed(Launch launch, String volumeId, String deviceName) throws IOException {
        requireRunning(launch);
        DeviceNames.check(deviceName, launch.hardware().virtualizationType());
        Volume volume = tables.visible(tables.volumes, volumeId, actor).object();
        if (volume.state() != VolumeState.AVAILABLE) {
            throw inUse(volume);
        }
        List<Launch.Device> devices = new ArrayList<>();
        for (Launch.Device device : launch.devices()) {
            Volume present = listedVolume(device);
            boolean isTaken = isTaken(device, present, launch);
            if (isTaken && device.deviceName().equals(deviceName)) {
                throw taken(launch, deviceName);
            }
            // Who has listed one that is available may be about to attach it.
            boolean isAvailable = present != null && present.state() == VolumeState.AVAILABLE;
            if (isTaken || (isAvailable && !isEntry(device, volumeId, deviceName))) {
                devices.add(device);
            }
        }
        devices.add(new Launch.Device(deviceName, volumeId, null, volume.file().path()));
        return launch.withState(launch.state(), devices);
    }

    private static boolean isTaken(Launch.Device device, @Nullable Volume listed, Launch launch) {
        return device.volumeId() == null || (listed != null && isAttached(listed, launch, device));
    }

    private static boolean isEntry(Launch.Device device, String volumeId, String deviceName) {
        return volumeId.equals(device.volumeId()) && device.deviceName().equals(deviceName);
    }

    /** Detaches again what another volume has the device of, or whose launch was terminated. */
    private void lookAgain(String volumeId, Attachment attachment) throws IOException {
        Documents.Stored<Launch> stored =
                tables.visible(tables.launches, attachment.launchId(), actor);
        Launch launch = stored.object();
        String deviceName = attachment.deviceName();
        boolean isListed = false;
        boolean isDisputed = false;
        List<Launch.Device> devices = new ArrayList<>();
        for (Launch.Device device : launch.devices()) {
            if (isEntry(device, volumeId, deviceName)) {
                isListed = true;
                devices.add(device);
            } else if (!device.deviceName().equals(deviceName)) {
                devices.add(device);
            } else {
                isDisputed |= isTaken(device, listedVolume(device), launch);
            }
        }
        if (isListed && !isDisputed && launch.state() == LaunchState.RUNNING) {
            if (devices.size() < launch.devices().size()) {
                dropOthers(stored, launch.withState(launch.state(), devices));
            }
            return;
        }
        tables.change(
                tables.volumes,
                volumeId,
                actor,
                "DetachVolume",
                volume ->
                        attachment.equals(volume.attachment())
                                ? volume.withState(VolumeState.AVAILABLE, null)
                                : volume);
        requireRunning(launch);
        throw taken(launch, deviceName);
    }

    /** From the device that a volume has got; who has listed another one there looks again, too. */
    private void dropOthers(Documents.Stored<Launch> stored, Launch without) throws IOException {
        try {
            tables.replace(tables.launches, stored, without, null);
        } catch (BlobConflictException _) {
            // They are attached to nothing here, and do no harm.
        }
    }

    private static CatalogException taken(Launch launch, String deviceName) {
        return new CatalogException(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "device " + deviceName + " of launch " + launch.id() + " is taken");
    }

    private static void requireRunning(Launch launch) throws CatalogException {
        if (launch.state() != LaunchState.RUNNING) {
            throw new CatalogException(
                    ErrorCode.INCORRECT_INSTANCE_STATE,
                    "launch " + launch.id() + " is " + launch.state().spelling());
        }
    }

    private static CatalogException inUse(Volume volume) {
        Attachment attachment = volume.attachment();
        return new CatalogException(
                ErrorCode.VOLUME_IN_USE,
                "volume "
                        + volume.id()
                        + " is "
                        + volume.state().spelling()
                        + (attachment == null ? "" : ", as a device of " + attachment.launchId()));
    }

    /**
     * Detaches a volume; its file stays where it is.
     *
     * @throws CatalogException of code InvalidAttachment.NotFound, or OperationNotPermitted for the
     *     root volume
     */
    public Volume detach(String volumeId) throws IOException {
        return tables.change(
                tables.volumes,
                volumeId,
                actor,
                "DetachVolume",
                volume -> {
                    Attachment attachment = volume.attachment();
                    if (attachment == null || volume.state() != VolumeState.IN_USE) {
                        throw new CatalogException(
                                ErrorCode.INVALID_ATTACHMENT_NOT_FOUND,
                                "volume " + volumeId + " is attached to nothing");
                    }
                    Optional<Documents.Stored<Launch>> launch =
                            tables.launches.find(attachment.launchId());
                    if (launch.isPresent()
                            && launch.get().object().state() == LaunchState.RUNNING
                            && launch.get()
                                    .object()
                                    .rootDeviceName()
                                    .equals(attachment.deviceName())) {
                        throw new CatalogException(
                                ErrorCode.OPERATION_NOT_PERMITTED,
                                "volume "
                                        + volumeId
                                        + " is the root of running launch "
                                        + attachment.launchId());
                    }
                    return volume.withState(VolumeState.AVAILABLE, null);
                });
    }

    /**
     * The one thing of an attached volume that can be changed: whether it goes with its launch
     * (4.5.9).
     *
     * @param request devices with DeleteOnTermination; one that says nothing means true
     */
    public void setDeleteOnTermination(String launchId, List<BlockDeviceMapping> request)
            throws IOException {
        Launch launch = tables.visible(tables.launches, launchId, actor).object();
        requireRunning(launch);
        List<Volume> volumes = volumesOf(launch);
        Map<String, Boolean> deletes = new LinkedHashMap<>();
        for (BlockDeviceMapping entry : request) {
            boolean delete = CreateImageRules.onlyDeleteOnTermination(entry);
            Volume volume =
                    volumes.stream()
                            .filter(found -> isDevice(found, entry.deviceName()))
                            .findFirst()
                            .orElseThrow(() ->
                                    new CatalogException(
                                            ErrorCode.INVALID_BLOCK_DEVICE_MAPPING,
                                            "launch "
                                                    + launchId
                                                    + " has no volume on "
                                                    + entry.deviceName()));
            deletes.put(volume.id(), delete);
        }
        for (Map.Entry<String, Boolean> volume : deletes.entrySet()) {
            tables.change(
                    tables.volumes,
                    volume.getKey(),
                    actor,
                    "ModifyInstanceAttribute",
                    present -> withDelete(present, launch, volume.getValue()));
        }
    }

    private static boolean isDevice(Volume volume, String deviceName) {
        Attachment attachment = volume.attachment();
        return attachment != null && attachment.deviceName().equals(deviceName);
    }

    private static Volume withDelete(Volume volume, Launch launch, boolean delete)
            throws CatalogException {
        Attachment attachment = volume.attachment();
        if (attachment == null || !belongs(volume, launch)) {
            throw new CatalogException(
                    ErrorCode.INVALID_ATTACHMENT_NOT_FOUND,
                    "volume " + volume.id() + " was detached meanwhile");
        }
        return volume.withState(
                volume.state(),
                new Attachment(
                        attachment.launchId(),
                        attachment.deviceName(),
                        delete,
                        attachment.attachTime()));
    }

    /**
     * The first step of terminating a launch (4.5.10): volumes that go with it are being deleted
     * from here on, the others are detached. Begun again, it goes on where it was cut off.
     *
     * @return the launch as it was, and the volumes whose files are to be deleted
     */
    public Ending beginTermination(String launchId) throws IOException {
        Launch launch =
                tables.change(
                        tables.launches,
                        launchId,
                        actor,
                        "TerminateInstances",
                        present -> present.withState(LaunchState.TERMINATED, present.devices()));
        List<Volume> deleting = new ArrayList<>();
        for (Volume volume : volumesOf(launch)) {
            Volume ended =
                    tables.change(
                            tables.volumes,
                            volume.id(),
                            actor,
                            "TerminateInstances",
                            present -> released(present, launch));
            if (ended.state() == VolumeState.DELETING) {
                deleting.add(ended);
            }
        }
        return new Ending(launch, deleting, files());
    }

    /**
     * What a termination has to delete.
     *
     * @param launch with its devices
     * @param volumes whose files go
     * @param files says which of them are others' now
     */
    public record Ending(Launch launch, List<Volume> volumes, DiskFiles files) {
        public Ending {
            volumes = List.copyOf(volumes);
        }
    }

    private static Volume released(Volume volume, Launch launch) {
        Attachment attachment = volume.attachment();
        if (attachment == null || !belongs(volume, launch)) {
            return volume;
        }
        return attachment.deleteOnTermination() || volume.state() == VolumeState.DELETING
                ? volume.withState(VolumeState.DELETING, attachment)
                : volume.withState(VolumeState.AVAILABLE, null);
    }

    /** The last step of terminating a launch: the files are gone, and now the records go. */
    public void endTermination(Ending ending) throws IOException {
        for (Volume volume : ending.volumes()) {
            removeDeleting(volume.id());
        }
        tables.change(
                tables.launches,
                ending.launch().id(),
                actor,
                "TerminateInstances",
                present -> present.withState(LaunchState.TERMINATED, List.of()));
    }

    /** The first step of deleting a volume: its file is to be deleted. */
    public Volume beginDeletion(String volumeId) throws IOException {
        return tables.change(
                tables.volumes,
                volumeId,
                actor,
                "DeleteVolume",
                volume -> {
                    if (volume.state() != VolumeState.AVAILABLE
                            && volume.state() != VolumeState.DELETING) {
                        throw inUse(volume);
                    }
                    return volume.withState(VolumeState.DELETING, volume.attachment());
                });
    }

    /** The last step of deleting a volume. */
    public void endDeletion(String volumeId) throws IOException {
        removeDeleting(volumeId);
    }

    private void removeDeleting(String volumeId) throws IOException {
        for (int attempt = 0; attempt < Tables.ATTEMPTS_MAX; attempt++) {
            Optional<Documents.Stored<Volume>> stored = tables.volumes.find(volumeId);
            if (stored.isEmpty()) {
                return;
            }
            Volume volume = stored.get().object();
            AccessRules.requireOwner(volume, actor);
            try {
                tables.remove(
                        tables.volumes,
                        tables.replace(
                                tables.volumes,
                                stored.get(),
                                volume.withState(VolumeState.DELETED, null),
                                null));
                return;
            } catch (BlobConflictException _) {
                // Tagged meanwhile.
            }
        }
        throw Tables.busy(volumeId);
    }
}

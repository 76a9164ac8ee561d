package dev.quarry.volume;

import dev.quarry.catalog.LaunchSubject;
import dev.quarry.catalog.mapping.EncryptionRules;
import dev.quarry.catalog.mapping.MappingRules;
import dev.quarry.catalog.mapping.MergedMapping;
import dev.quarry.catalog.mapping.VolumeLimits;
import dev.quarry.catalog.model.Assignment;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.Encryption;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Gibibytes;
import dev.quarry.catalog.model.ObjectKind;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.VolumePerformance;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Decides which disk of a launch goes where and how large it is. Pure: the same input gives the
 * same plan. A volume has its VolumeSize in GiB, or without one the exact size of its snapshot
 * (4.2.1, 4.5.8).
 */
public final class LaunchPlanner {

    private static final String DEVICE_FOLDER = "/dev/";

    /** qemu cuts a qcow2 disk to whole sectors; we pad it instead, so that nothing is lost. */
    private static final int SECTOR_BYTES = 512;

    private final LaunchSubject subject;
    private final LaunchRequest request;
    private final Path folder;
    private final @Nullable Long bundleBytes;
    private final List<PlannedVolume> volumes = new ArrayList<>();
    private final List<String> notices = new ArrayList<>();
    private final Map<Path, String> taken = new HashMap<>();

    private LaunchPlanner(
            LaunchSubject subject, LaunchRequest request, @Nullable Long bundleBytes) {
        this.subject = subject;
        this.request = request;
        this.bundleBytes = bundleBytes;
        this.folder = request.folder().toAbsolutePath().normalize();
        taken.put(folder.resolve(LaunchResult.FILE_NAME), LaunchResult.FILE_NAME);
    }

    /**
     * Plans a launch.
     *
     * @param subject the image with its mapping merged and valid
     * @throws CatalogException if a target names a device that the launch does not have, two disks
     *     would have one path, or an instance-store disk has no possible size
     */
    public static LaunchPlan plan(LaunchSubject subject, LaunchRequest request)
            throws CatalogException {
        return new LaunchPlanner(subject, request, null).plan();
    }

    /**
     * Plans a launch of an image whose root comes from a bundle (4.6.3), or of any other.
     *
     * @param bundleBytes bytes of the bundled disk, or null for an image with a root snapshot
     */
    public static LaunchPlan plan(
            LaunchSubject subject, LaunchRequest request, @Nullable Long bundleBytes)
            throws CatalogException {
        return new LaunchPlanner(subject, request, bundleBytes).plan();
    }

    private LaunchPlan plan() throws CatalogException {
        checkInstanceStore();
        String root = subject.mapping().rootDeviceName();
        Set<Integer> used = new HashSet<>();
        if (bundleBytes != null) {
            volumes.add(
                    place(
                            root,
                            PlannedVolume.BUNDLE_ROOT,
                            null,
                            bundleBytes,
                            null,
                            Encryption.NONE,
                            true));
        }
        for (MergedMapping.Device device : subject.mapping().devices()) {
            PlannedVolume volume =
                    switch (device.assignment()) {
                        case Ebs ebs -> volume(device.deviceName(), ebs);
                        case Assignment.VirtualName virtual ->
                                instanceStore(device.deviceName(), virtual, used);
                        case Assignment.NoDevice _ -> null;
                    };
            if (volume != null) {
                volumes.add(device.deviceName().equals(root) ? 0 : volumes.size(), volume);
            }
        }
        checkTargets();
        for (int number = 0; number < request.instanceStoreBytes().size(); number++) {
            if (!used.contains(number)) {
                notices.add(
                        "instance-store disk ephemeral"
                                + number
                                + " is mapped to no device and not made");
            }
        }
        return new LaunchPlan(subject.image(), folder, volumes, notices, request.tags());
    }

    private void checkInstanceStore() throws CatalogException {
        List<Long> sizes = request.instanceStoreBytes();
        int most = VolumeLimits.EPHEMERAL_NUMBER_MAX + 1;
        if (sizes.size() > most) {
            throw invalid(sizes.size() + " instance-store disks exceed " + most);
        }
        for (long size : sizes) {
            if (size < 1 || size > Snapshot.SIZE_BYTES_MAX) {
                throw invalid("an instance-store disk of " + size + " bytes cannot be made");
            }
        }
    }

    private void checkTargets() throws CatalogException {
        Set<String> devices = new TreeSet<>();
        volumes.forEach(volume -> devices.add(volume.deviceName()));
        for (String device : request.targets().keySet()) {
            if (!devices.contains(device)) {
                throw invalid(
                        "there is a target for "
                                + device
                                + ", which the launch does not have: it has "
                                + String.join(", ", devices));
            }
        }
    }

    private PlannedVolume volume(String deviceName, Ebs ebs) throws CatalogException {
        String snapshotId = ebs.snapshotId();
        Snapshot snapshot = snapshotId == null ? null : subject.snapshots().get(snapshotId);
        if (snapshotId != null && snapshot == null) {
            throw ObjectKind.SNAPSHOT.notFound(snapshotId);
        }
        Integer gib = ebs.volumeSize();
        long snapshotBytes = snapshot == null ? 0 : snapshot.sizeBytes();
        boolean isRoot = deviceName.equals(subject.mapping().rootDeviceName());
        Boolean delete = ebs.deleteOnTermination();
        Encryption encryption =
                EncryptionRules.result(
                        snapshot == null ? null : snapshot.facts(),
                        ebs,
                        subject.account(),
                        subject.encryption());
        return place(
                deviceName,
                null,
                snapshot,
                gib == null ? snapshotBytes : Gibibytes.toBytes(gib),
                new VolumePerformance(MappingRules.typeOf(ebs), ebs.iops(), ebs.throughput()),
                encryption,
                delete == null ? isRoot : delete);
    }

    /** Rule 4.4.1: a mapping without a disk is ignored. */
    private @Nullable PlannedVolume instanceStore(
            String deviceName, Assignment.VirtualName virtual, Set<Integer> used)
            throws CatalogException {
        int number = MappingRules.ephemeralNumber(deviceName, virtual);
        if (number >= request.instanceStoreBytes().size()) {
            notices.add(
                    deviceName
                            + "="
                            + virtual.name()
                            + " is ignored: the launch has "
                            + request.instanceStoreBytes().size()
                            + " instance-store disks");
            return null;
        }
        used.add(number);
        return place(
                deviceName,
                virtual.name(),
                null,
                request.instanceStoreBytes().get(number),
                null,
                Encryption.NONE,
                true);
    }

    private PlannedVolume place(
            String deviceName,
            @Nullable String virtualName,
            @Nullable Snapshot snapshot,
            long sizeBytes,
            @Nullable VolumePerformance performance,
            Encryption encryption,
            boolean deleteOnTermination)
            throws CatalogException {
        Path target = request.targets().get(deviceName);
        VolumeMode mode = mode(target, snapshot);
        Path path =
                target != null
                        ? target.toAbsolutePath().normalize()
                        : folder.resolve(fileName(deviceName, mode));
        String other = taken.putIfAbsent(path, deviceName);
        if (other != null) {
            throw invalid(other + " and " + deviceName + " would both be " + path);
        }
        return new PlannedVolume(
                deviceName,
                virtualName,
                snapshot == null ? null : snapshot.id(),
                snapshot == null ? null : snapshot.root(),
                snapshot == null ? 0 : snapshot.sizeBytes(),
                padded(deviceName, sizeBytes, mode),
                mode,
                path,
                target != null,
                performance,
                encryption,
                deleteOnTermination,
                snapshot == null ? List.of() : snapshot.productCodes());
    }

    /** A target takes a whole raw disk; an empty disk has nothing to lie over. */
    private VolumeMode mode(@Nullable Path target, @Nullable Snapshot snapshot) {
        if (target != null) {
            return VolumeMode.RAW;
        }
        return request.mode() == VolumeMode.OVERLAY && snapshot == null
                ? VolumeMode.QCOW2
                : request.mode();
    }

    private long padded(String deviceName, long sizeBytes, VolumeMode mode) {
        long padded = Math.ceilDiv(sizeBytes, SECTOR_BYTES) * SECTOR_BYTES;
        if (mode == VolumeMode.RAW || padded == sizeBytes) {
            return sizeBytes;
        }
        notices.add(
                deviceName
                        + " of "
                        + sizeBytes
                        + " bytes is padded with zeros to "
                        + padded
                        + ": a qcow2 disk has whole sectors");
        return padded;
    }

    /**
     * A file name from a device name. The rules let only letters and digits pass (4.3.1, 4.3.2);
     * what does not is kept out here once more, because the name becomes part of a path.
     */
    private static String fileName(String deviceName, VolumeMode mode) throws CatalogException {
        String plain =
                deviceName.startsWith(DEVICE_FOLDER)
                        ? deviceName.substring(DEVICE_FOLDER.length())
                        : deviceName;
        boolean isSafe =
                !plain.isEmpty()
                        && plain.chars()
                                .allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'));
        if (!isSafe) {
            throw invalid("device name '" + deviceName + "' gives no file name");
        }
        return plain + "." + mode.format();
    }

    private static CatalogException invalid(String reason) {
        return new CatalogException(ErrorCode.INVALID_PARAMETER_VALUE, reason);
    }
}

package dev.quarry.volume;

import dev.quarry.catalog.LaunchSubject;
import dev.quarry.catalog.mapping.MergedMapping;
import dev.quarry.catalog.model.Assignment;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.Encryption;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Gibibytes;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.VolumePerformance;
import dev.quarry.catalog.model.VolumeType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Decides which disk of a launch goes where and how large it is. Pure: the same input gives the same plan. */
public final class LaunchPlanner {

    private static final String DEVICE_FOLDER = "/dev/";
    private static final String EPHEMERAL = "ephemeral";

    private final LaunchSubject subject;
    private final LaunchRequest request;
    private final Path folder;
    private final List<PlannedVolume> volumes = new ArrayList<>();
    private final List<String> notices = new ArrayList<>();
    private final Set<String> fileNames = new HashSet<>();

    private LaunchPlanner(LaunchSubject subject, LaunchRequest request) {
        this.subject = subject;
        this.request = request;
        this.folder = request.folder().toAbsolutePath().normalize();
    }

    /**
     * Plans a launch.
     *
     * @param subject the image with its mapping merged and valid
     * @throws CatalogException if a target names a device that the launch does not have, or two targets are one
     */
    public static LaunchPlan plan(LaunchSubject subject, LaunchRequest request) throws CatalogException {
        return new LaunchPlanner(subject, request).plan();
    }

    private LaunchPlan plan() throws CatalogException {
        checkTargets();
        String root = subject.mapping().rootDeviceName();
        for (MergedMapping.Device device : subject.mapping().devices()) {
            PlannedVolume volume = planned(device);
            if (volume != null) {
                volumes.add(device.deviceName().equals(root) ? 0 : volumes.size(), volume);
            }
        }
        return new LaunchPlan(subject.image(), folder, volumes, notices, request.tags());
    }

    private void checkTargets() throws CatalogException {
        Set<String> devices = new HashSet<>();
        subject.mapping().devices().forEach(device -> devices.add(device.deviceName()));
        Set<Path> paths = new HashSet<>();
        for (Map.Entry<String, Path> target : request.targets().entrySet()) {
            if (!devices.contains(target.getKey())) {
                throw new CatalogException(
                        ErrorCode.INVALID_PARAMETER_VALUE,
                        "target for " + target.getKey() + ", which the launch does not have (it has "
                                + String.join(", ", devices.stream().sorted().toList()) + ")");
            }
            if (!paths.add(target.getValue().toAbsolutePath().normalize())) {
                throw new CatalogException(
                        ErrorCode.INVALID_PARAMETER_VALUE, "two devices have the target " + target.getValue());
            }
        }
    }

    private @Nullable PlannedVolume planned(MergedMapping.Device device) throws CatalogException {
        return switch (device.assignment()) {
            case Ebs ebs -> volume(device.deviceName(), ebs);
            case Assignment.VirtualName virtual -> instanceStore(device.deviceName(), virtual.name());
            case Assignment.NoDevice _ -> null;
        };
    }

    private PlannedVolume volume(String deviceName, Ebs ebs) throws CatalogException {
        String snapshotId = ebs.snapshotId();
        Snapshot snapshot = snapshotId == null ? null : subject.snapshots().get(snapshotId);
        if (snapshotId != null && snapshot == null) {
            throw new CatalogException(
                    ErrorCode.INVALID_SNAPSHOT_NOT_FOUND, "snapshot " + snapshotId + " of " + deviceName + " is not there");
        }
        long snapshotBytes = snapshot == null ? 0 : snapshot.sizeBytes();
        Integer gib = ebs.volumeSize();
        long size = gib == null ? snapshotBytes : Gibibytes.toBytes(gib);
        VolumeType type = ebs.volumeType() == null ? VolumeType.DEFAULT : ebs.volumeType();
        boolean isRoot = deviceName.equals(subject.mapping().rootDeviceName());
        boolean delete = ebs.deleteOnTermination() == null ? isRoot : ebs.deleteOnTermination();
        boolean encrypted = Boolean.TRUE.equals(ebs.encrypted())
                || (snapshot != null && snapshot.encryption().encrypted());
        return place(
                deviceName,
                null,
                snapshot,
                size,
                new VolumePerformance(type, ebs.iops(), ebs.throughput()),
                encrypted ? new Encryption(true, ebs.kmsKeyId()) : Encryption.NONE,
                delete);
    }

    private @Nullable PlannedVolume instanceStore(String deviceName, String virtualName) {
        int number = Integer.parseInt(virtualName.substring(EPHEMERAL.length()));
        if (number >= request.instanceStoreBytes().size()) {
            notices.add(deviceName + "=" + virtualName + " is ignored: the launch has "
                    + request.instanceStoreBytes().size() + " instance-store disks");
            return null;
        }
        return place(
                deviceName,
                virtualName,
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
            boolean deleteOnTermination) {
        Path target = request.targets().get(deviceName);
        VolumeMode mode = target != null ? VolumeMode.RAW : request.mode();
        if (mode == VolumeMode.OVERLAY && snapshot == null) {
            mode = VolumeMode.QCOW2;
        }
        Path path = target != null
                ? target.toAbsolutePath().normalize()
                : folder.resolve(fileName(deviceName, mode));
        return new PlannedVolume(
                deviceName,
                virtualName,
                snapshot == null ? null : snapshot.id(),
                snapshot == null ? null : snapshot.root(),
                snapshot == null ? 0 : snapshot.sizeBytes(),
                sizeBytes,
                mode,
                path,
                target != null,
                performance,
                encryption,
                deleteOnTermination);
    }

    /** A file name from a device name: its last part, with nothing in it that a path could use. */
    private String fileName(String deviceName, VolumeMode mode) {
        String plain = deviceName.startsWith(DEVICE_FOLDER) ? deviceName.substring(DEVICE_FOLDER.length()) : deviceName;
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < plain.length(); i++) {
            char c = plain.charAt(i);
            boolean isSafe = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
            name.append(isSafe ? c : '_');
        }
        String base = name.toString();
        String ending = "." + mode.format();
        String candidate = base + ending;
        // Two names that differ in characters alone that a file name loses; case counts, but not everywhere.
        for (int i = 2; !fileNames.add(candidate.toLowerCase(Locale.ROOT)); i++) {
            candidate = base + "-" + i + ending;
        }
        return candidate;
    }
}

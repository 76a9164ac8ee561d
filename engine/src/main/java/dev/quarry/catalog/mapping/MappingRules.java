package dev.quarry.catalog.mapping;

import dev.quarry.catalog.model.Assignment;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.ObjectKind;
import dev.quarry.catalog.model.SnapshotFacts;
import dev.quarry.catalog.model.VirtualizationType;
import dev.quarry.catalog.model.VolumeType;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a block device mapping must keep to (4.2 to 4.4). A request is checked as it came ({@link
 * #checkRequest}); a mapping that is complete, because it is registered or merged, is checked in
 * full ({@link #checkComplete}). The first rule that is broken is thrown as
 * InvalidBlockDeviceMapping, with the device.
 */
public final class MappingRules {

    /** What a mapping is for; some fields are allowed in one place only. */
    public enum Use {
        REGISTER,
        CREATE_IMAGE,
        LAUNCH
    }

    /** As many as there are names; a longer list is a mistake or an attack. */
    public static final int ENTRIES_MAX = 128;

    private static final Pattern EPHEMERAL = Pattern.compile("ephemeral(0|[1-9][0-9]?)");

    private MappingRules() {}

    /**
     * Checks what can be said of entries that may be incomplete: names, numbers, kinds, each device
     * once.
     */
    public static void checkRequest(
            List<BlockDeviceMapping> mappings, VirtualizationType virtualization)
            throws CatalogException {
        if (mappings.size() > ENTRIES_MAX) {
            throw new CatalogException(
                    ErrorCode.INVALID_BLOCK_DEVICE_MAPPING,
                    mappings.size() + " entries exceed " + ENTRIES_MAX);
        }
        Set<String> names = new HashSet<>();
        for (BlockDeviceMapping mapping : mappings) {
            String device = mapping.deviceName();
            DeviceNames.check(device, virtualization);
            if (!names.add(device)) {
                throw bad(device, "is mapped twice");
            }
            // Not a switch, whose class the JVM makes at run time: every import comes here.
            if (mapping.assignment() instanceof Ebs ebs) {
                checkShape(device, ebs);
            } else if (mapping.assignment() instanceof Assignment.VirtualName virtual) {
                ephemeralNumber(device, virtual);
            }
        }
    }

    private static void checkShape(String device, Ebs ebs) throws CatalogException {
        String snapshotId = ebs.snapshotId();
        if (snapshotId != null) {
            ObjectKind.SNAPSHOT.check(snapshotId);
        }
        checkPositive(device, "VolumeSize", ebs.volumeSize());
        checkPositive(device, "Iops", ebs.iops());
        checkPositive(device, "Throughput", ebs.throughput());
        checkPositive(device, "VolumeInitializationRate", ebs.volumeInitializationRate());
        if (ebs.kmsKeyId() != null && ebs.kmsKeyId().isBlank()) {
            throw bad(device, "KmsKeyId is empty");
        }
    }

    private static void checkPositive(String device, String field, @Nullable Integer value)
            throws CatalogException {
        if (value != null && value < 1) {
            throw bad(device, field + " " + value + " is below 1");
        }
    }

    /**
     * Checks a mapping whose entries are complete.
     *
     * @param mappings without NoDevice entries
     * @param rootDeviceName the device that is booted from; it need not be mapped
     * @param snapshots facts of every snapshot that the caller may use
     * @throws CatalogException of code InvalidBlockDeviceMapping, or InvalidSnapshot.NotFound for a
     *     snapshot that is not among {@code snapshots}
     */
    public static void checkComplete(
            List<BlockDeviceMapping> mappings,
            String rootDeviceName,
            VirtualizationType virtualization,
            Map<String, SnapshotFacts> snapshots,
            Use use)
            throws CatalogException {
        checkRequest(mappings, virtualization);
        List<String> names = new ArrayList<>();
        Map<String, String> ephemerals = new HashMap<>();
        for (BlockDeviceMapping mapping : mappings) {
            String device = mapping.deviceName();
            names.add(device);
            if (mapping.assignment() instanceof Ebs ebs) {
                checkVolume(device, ebs, snapshots, use);
                if (device.equals(rootDeviceName)) {
                    checkBoot(device, ebs);
                }
            } else if (mapping.assignment() instanceof Assignment.VirtualName virtual) {
                String other = ephemerals.putIfAbsent(virtual.name(), device);
                if (other != null) {
                    throw bad(device, virtual.name() + " is mapped to " + other + " already");
                }
            } else {
                throw new IllegalArgumentException("NoDevice in a complete mapping: " + device);
            }
        }
        DeviceNames.checkTogether(names, virtualization);
    }

    /** Rules 4.2.1 to 4.2.8 for one volume. */
    private static void checkVolume(
            String device, Ebs ebs, Map<String, SnapshotFacts> snapshots, Use use)
            throws CatalogException {
        SnapshotFacts snapshot = facts(ebs, snapshots);
        Integer volumeSize = ebs.volumeSize();
        if (snapshot == null && volumeSize == null) {
            throw bad(device, "needs a SnapshotId or a VolumeSize");
        }
        if (snapshot != null && volumeSize != null && volumeSize < snapshot.sizeGib()) {
            throw bad(
                    device,
                    "VolumeSize "
                            + volumeSize
                            + " GiB is smaller than snapshot "
                            + ebs.snapshotId()
                            + " of "
                            + snapshot.sizeGib()
                            + " GiB: a volume may only grow");
        }
        int sizeGib = volumeSize != null ? volumeSize : snapshot == null ? 0 : snapshot.sizeGib();
        checkLimits(device, ebs, sizeGib);
        checkInitializationRate(device, ebs, use);
        checkEncryption(device, ebs, snapshot, use);
    }

    /**
     * The snapshot of a volume, or null if it has none.
     *
     * @throws CatalogException of code InvalidSnapshot.NotFound if it is not among {@code
     *     snapshots}
     */
    static @Nullable SnapshotFacts facts(Ebs ebs, Map<String, SnapshotFacts> snapshots)
            throws CatalogException {
        String snapshotId = ebs.snapshotId();
        if (snapshotId == null) {
            return null;
        }
        SnapshotFacts facts = snapshots.get(snapshotId);
        if (facts == null) {
            throw ObjectKind.SNAPSHOT.notFound(snapshotId);
        }
        return facts;
    }

    /** Rules 4.2.3 to 4.2.5. */
    private static void checkLimits(String device, Ebs ebs, int sizeGib) throws CatalogException {
        VolumeLimits limits = VolumeLimits.of(typeOf(ebs));
        String type = limits.type().spelling();
        if (!limits.sizeGib().holds(sizeGib)) {
            throw bad(
                    device,
                    article(type) + " volume has " + limits.sizeGib() + " GiB, not " + sizeGib);
        }
        Integer iops = ebs.iops();
        if (iops == null && limits.iopsUse() == VolumeLimits.IopsUse.REQUIRED) {
            throw bad(device, article(type) + " volume needs Iops of " + limits.iops());
        }
        checkRange(device, type, "Iops", iops, limits.iops());
        checkRange(device, type, "Throughput", ebs.throughput(), limits.throughput());
    }

    private static String article(String type) {
        return (type.startsWith("i") ? "an " : "a ") + type;
    }

    private static void checkRange(
            String device,
            String type,
            String field,
            @Nullable Integer value,
            VolumeLimits.@Nullable Range range)
            throws CatalogException {
        if (value == null) {
            return;
        }
        if (range == null) {
            throw bad(device, article(type) + " volume takes no " + field);
        }
        if (!range.holds(value)) {
            throw bad(
                    device,
                    field + " of " + article(type) + " volume is " + range + ", not " + value);
        }
    }

    /** Rule 4.2.6. */
    private static void checkInitializationRate(String device, Ebs ebs, Use use)
            throws CatalogException {
        Integer rate = ebs.volumeInitializationRate();
        if (rate == null) {
            return;
        }
        if (use != Use.LAUNCH) {
            throw bad(device, "VolumeInitializationRate is given at launch, not for an image");
        }
        if (ebs.snapshotId() == null) {
            throw bad(device, "VolumeInitializationRate needs a SnapshotId");
        }
        if (!VolumeLimits.INITIALIZATION_RATE.holds(rate)) {
            throw bad(
                    device,
                    "VolumeInitializationRate is "
                            + VolumeLimits.INITIALIZATION_RATE
                            + " MiB/s, not "
                            + rate);
        }
    }

    /** Rules 4.2.7 and 4.2.8. */
    private static void checkEncryption(
            String device, Ebs ebs, @Nullable SnapshotFacts snapshot, Use use)
            throws CatalogException {
        boolean encrypted = Boolean.TRUE.equals(ebs.encrypted());
        if (ebs.kmsKeyId() != null) {
            if (use != Use.LAUNCH) {
                throw bad(device, "KmsKeyId is given at launch, not for an image");
            }
            if (!encrypted) {
                throw bad(device, "KmsKeyId without Encrypted=true");
            }
        }
        if (snapshot == null || ebs.encrypted() == null) {
            return;
        }
        if (use != Use.LAUNCH) {
            throw bad(device, "Encrypted must be left out where there is a SnapshotId");
        }
        if (!encrypted && snapshot.encryption().encrypted()) {
            throw bad(
                    device,
                    "Encrypted=false for the encrypted snapshot "
                            + ebs.snapshotId()
                            + ": encryption can never be removed");
        }
    }

    /** Rule 4.2.2. */
    private static void checkBoot(String device, Ebs ebs) throws CatalogException {
        VolumeType type = typeOf(ebs);
        if (VolumeLimits.of(type).boot() == VolumeLimits.Boot.IMPOSSIBLE) {
            throw bad(device, "a " + type.spelling() + " volume cannot be booted from");
        }
    }

    /** The type of a volume: gp2 if it does not say (4.2.2). */
    public static VolumeType typeOf(Ebs ebs) {
        return ebs.volumeType() == null ? VolumeType.DEFAULT : ebs.volumeType();
    }

    /**
     * The N of {@code ephemeralN} (4.4.1).
     *
     * @throws CatalogException if the name is another, or N beyond 23
     */
    public static int ephemeralNumber(String device, Assignment.VirtualName virtual)
            throws CatalogException {
        if (EPHEMERAL.matcher(virtual.name()).matches()) {
            int number = Integer.parseInt(virtual.name().substring("ephemeral".length()));
            if (number <= VolumeLimits.EPHEMERAL_NUMBER_MAX) {
                return number;
            }
        }
        throw bad(
                device,
                "VirtualName '"
                        + virtual.name()
                        + "' is not ephemeral0 to ephemeral"
                        + VolumeLimits.EPHEMERAL_NUMBER_MAX);
    }

    static CatalogException bad(String device, String reason) {
        return new CatalogException(
                ErrorCode.INVALID_BLOCK_DEVICE_MAPPING, "device " + device + ": " + reason);
    }
}

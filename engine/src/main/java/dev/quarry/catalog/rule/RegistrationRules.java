package dev.quarry.catalog.rule;

import dev.quarry.catalog.mapping.DeviceNames;
import dev.quarry.catalog.mapping.MappingDefaults;
import dev.quarry.catalog.mapping.MappingRules;
import dev.quarry.catalog.model.Assignment;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.ImageHardware;
import dev.quarry.catalog.model.ProductCode;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotFacts;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** What can be registered (4.1.3, 4.3.4, 4.6.2, 4.6.3). */
public final class RegistrationRules {

    public static final int NAME_CHARS_MIN = 3;
    public static final int NAME_CHARS_MAX = 128;
    public static final int DESCRIPTION_CHARS_MAX = 255;
    public static final int UEFI_DATA_CHARS_MAX = 64_000;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9()\\[\\] ./\\-'@_]*");
    private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

    private RegistrationRules() {}

    /**
     * A registration with its defaults filled in and its rules kept.
     *
     * @param rootDeviceName the device that is booted from
     * @param mappings complete
     * @param snapshots facts of the snapshots that they name
     * @param productCodes those of the snapshots (4.6.2)
     */
    public record Checked(
            String rootDeviceName,
            List<BlockDeviceMapping> mappings,
            Map<String, SnapshotFacts> snapshots,
            List<ProductCode> productCodes) {}

    /**
     * Checks a registration as a whole.
     *
     * @param snapshots those that the registration names and the account may use, by id
     * @throws CatalogException naming the first rule that is broken
     */
    public static Checked check(ImageRegistration registration, Map<String, Snapshot> snapshots)
            throws CatalogException {
        checkName(registration.name());
        checkDescription(registration.description());
        checkHardware(registration.hardware());
        List<String> names =
                registration.mappings().stream().map(BlockDeviceMapping::deviceName).toList();
        String root = registration.rootDeviceName();
        if (root == null) {
            root = DeviceNames.rootAmong(names);
        }
        DeviceNames.checkRoot(root, registration.hardware().virtualizationType());
        MappingRules.checkRequest(
                registration.mappings(), registration.hardware().virtualizationType());
        List<BlockDeviceMapping> mappings = MappingDefaults.forImage(registration.mappings(), root);
        Map<String, SnapshotFacts> facts = new TreeMap<>();
        snapshots.forEach((id, snapshot) -> facts.put(id, snapshot.facts()));
        MappingRules.checkComplete(
                mappings,
                root,
                registration.hardware().virtualizationType(),
                facts,
                MappingRules.Use.REGISTER);
        if (registration.origin().imageLocation() == null) {
            checkEbsRoot(root, mappings);
        } else {
            checkInstanceStore(mappings);
        }
        return new Checked(root, mappings, facts, productCodes(snapshots));
    }

    /** Rule 4.1.3 for a name. */
    public static void checkName(String name) throws CatalogException {
        if (name.length() < NAME_CHARS_MIN || name.length() > NAME_CHARS_MAX) {
            throw new CatalogException(
                    ErrorCode.INVALID_AMI_NAME_MALFORMED,
                    "image name '"
                            + name
                            + "' has "
                            + name.length()
                            + " characters, not "
                            + NAME_CHARS_MIN
                            + " to "
                            + NAME_CHARS_MAX);
        }
        if (!NAME.matcher(name).matches()) {
            throw new CatalogException(
                    ErrorCode.INVALID_AMI_NAME_MALFORMED,
                    "image name '"
                            + name
                            + "' has other characters than A-Z a-z 0-9 ( ) [ ] space . / - ' @ _");
        }
    }

    /** Rule 4.1.3 for a description. */
    public static void checkDescription(@Nullable String description) throws CatalogException {
        if (description != null && description.length() > DESCRIPTION_CHARS_MAX) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "description of "
                            + description.length()
                            + " characters exceeds "
                            + DESCRIPTION_CHARS_MAX);
        }
    }

    private static void checkHardware(ImageHardware hardware) throws CatalogException {
        checkOneValue("Platform", hardware.platform(), "windows");
        checkOneValue("SriovNetSupport", hardware.sriovNetSupport(), "simple");
        checkOneValue("TpmSupport", hardware.tpmSupport(), "v2.0");
        checkOneValue("ImdsSupport", hardware.imdsSupport(), "v2.0");
        String uefiData = hardware.uefiData();
        if (uefiData != null && uefiData.length() > UEFI_DATA_CHARS_MAX) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "UefiData of "
                            + uefiData.length()
                            + " characters exceeds "
                            + UEFI_DATA_CHARS_MAX);
        }
    }

    private static void checkOneValue(String field, @Nullable String value, String only)
            throws CatalogException {
        if (value != null && !value.equals(only)) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    field + " '" + value + "' is not " + only + ", the only value there is");
        }
    }

    /** Rule 4.3.4: the root's entry names the snapshot that is booted from. */
    private static void checkEbsRoot(String root, List<BlockDeviceMapping> mappings)
            throws CatalogException {
        for (BlockDeviceMapping mapping : mappings) {
            if (mapping.deviceName().equals(root)) {
                Ebs ebs = mapping.ebs();
                if (ebs == null || ebs.snapshotId() == null) {
                    throw new CatalogException(
                            ErrorCode.INVALID_BLOCK_DEVICE_MAPPING,
                            "root device " + root + " needs a SnapshotId");
                }
                return;
            }
        }
        throw new CatalogException(
                ErrorCode.INVALID_BLOCK_DEVICE_MAPPING,
                "root device " + root + " is not in the block device mapping");
    }

    /**
     * Rule 4.6.3: the root comes from the bundle, and only instance-store disks can be mapped
     * beside it.
     */
    private static void checkInstanceStore(List<BlockDeviceMapping> mappings)
            throws CatalogException {
        for (BlockDeviceMapping mapping : mappings) {
            if (!(mapping.assignment() instanceof Assignment.VirtualName)) {
                throw new CatalogException(
                        ErrorCode.INVALID_BLOCK_DEVICE_MAPPING,
                        "device "
                                + mapping.deviceName()
                                + ": an instance-store image maps instance-store disks only");
            }
        }
    }

    private static List<ProductCode> productCodes(Map<String, Snapshot> snapshots) {
        Set<ProductCode> codes = new LinkedHashSet<>();
        snapshots.values().forEach(snapshot -> codes.addAll(snapshot.productCodes()));
        return new ArrayList<>(codes);
    }

    /** What a snapshot must be to enter the catalogue. */
    public static void check(SnapshotRegistration registration) throws CatalogException {
        checkDescription(registration.description());
        if (!SHA_256.matcher(registration.root()).matches()
                || !SHA_256.matcher(registration.contentDigest()).matches()) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "root '"
                            + registration.root()
                            + "' and digest '"
                            + registration.contentDigest()
                            + "' should be 64 hex digits each");
        }
        if (registration.sizeBytes() < 0 || registration.sizeBytes() > Snapshot.SIZE_BYTES_MAX) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "snapshot of "
                            + registration.sizeBytes()
                            + " bytes, not 0 to "
                            + Snapshot.SIZE_BYTES_MAX);
        }
    }
}

package dev.quarry.catalog.model;

import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One entry of a block device mapping.
 *
 * @param deviceName as the caller spells it; entries are told apart by the exact string (rule
 *     4.5.1)
 * @param assignment what the device is
 */
public record BlockDeviceMapping(String deviceName, Assignment assignment) {

    /** The fields under EC2's names. */
    public static final Set<String> FIELDS =
            Collections.unmodifiableSet(
                    new LinkedHashSet<>(List.of("DeviceName", "Ebs", "VirtualName", "NoDevice")));

    public static BlockDeviceMapping ebs(String deviceName, Ebs ebs) {
        return new BlockDeviceMapping(deviceName, ebs);
    }

    public static BlockDeviceMapping ephemeral(String deviceName, int number) {
        return new BlockDeviceMapping(deviceName, new Assignment.VirtualName("ephemeral" + number));
    }

    public static BlockDeviceMapping none(String deviceName) {
        return new BlockDeviceMapping(deviceName, new Assignment.NoDevice());
    }

    /** The volume, or null if the device is none. */
    public @Nullable Ebs ebs() {
        return assignment instanceof Ebs ebs ? ebs : null;
    }

    /** EC2's form; NoDevice is the empty string there. */
    public Map<String, Object> toJson() {
        JsonObject object = new JsonObject().put("DeviceName", deviceName);
        if (assignment instanceof Ebs ebs) {
            object.put("Ebs", ebs.toJson());
        } else if (assignment instanceof Assignment.VirtualName virtual) {
            object.put("VirtualName", virtual.name());
        } else {
            object.put("NoDevice", "");
        }
        return object.map();
    }

    /**
     * Reads one entry.
     *
     * @throws CatalogException of code InvalidBlockDeviceMapping unless there is exactly one of
     *     Ebs, VirtualName and NoDevice
     */
    public static BlockDeviceMapping fromJson(JsonFields fields) throws CatalogException {
        String deviceName = fields.string("DeviceName");
        JsonFields ebs = fields.optionalObject("Ebs");
        String virtualName = fields.optionalString("VirtualName");
        // Any value suppresses the device (4.5.2), so any string is one; a null is no value.
        String noDevice = fields.optionalString("NoDevice");
        int given =
                (ebs == null ? 0 : 1) + (virtualName == null ? 0 : 1) + (noDevice == null ? 0 : 1);
        if (given != 1) {
            throw new CatalogException(
                    ErrorCode.INVALID_BLOCK_DEVICE_MAPPING,
                    "device "
                            + deviceName
                            + " has "
                            + given
                            + " of Ebs, VirtualName and NoDevice, not exactly one");
        }
        if (ebs != null) {
            return ebs(deviceName, Ebs.fromJson(ebs));
        }
        return virtualName == null
                ? none(deviceName)
                : new BlockDeviceMapping(deviceName, new Assignment.VirtualName(virtualName));
    }
}

package dev.quarry.catalog;

import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Grantee;
import dev.quarry.catalog.model.ImageHardware;
import dev.quarry.catalog.model.JsonObject;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.ProductCode;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.rule.AccessRules;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Single attributes as EC2's describe operations show them (4.6.4). Pure. */
public final class AttributeViews {

    /** The attributes of an image that can be asked for. */
    public static final List<String> IMAGE_ATTRIBUTES =
            List.of(
                    "description",
                    "kernel",
                    "ramdisk",
                    "launchPermission",
                    "productCodes",
                    "blockDeviceMapping",
                    "sriovNetSupport",
                    "bootMode",
                    "tpmSupport",
                    "uefiData",
                    "lastLaunchedTime",
                    "imdsSupport",
                    "deregistrationProtection");

    private AttributeViews() {}

    /**
     * One attribute of an image that the viewer may see. Whom it is shared with, and when it was
     * last launched, is its owner's business.
     */
    public static Map<String, Object> image(MachineImage image, String attribute, Actor viewer)
            throws CatalogException {
        ImageHardware hardware = image.hardware();
        JsonObject object = new JsonObject().put("ImageId", image.id());
        switch (attribute) {
            case "description" -> object.put("Description", value(image.description()));
            case "kernel" -> object.put("KernelId", value(hardware.kernelId()));
            case "ramdisk" -> object.put("RamdiskId", value(hardware.ramdiskId()));
            case "launchPermission" -> {
                AccessRules.requireOwner(image, viewer);
                object.put("LaunchPermissions", grantees(image.access().launchPermissions()));
            }
            case "productCodes" ->
                    object.put("ProductCodes", ProductCode.toJson(image.access().productCodes()));
            case "blockDeviceMapping" ->
                    object.put(
                            "BlockDeviceMappings",
                            image.mappings().stream()
                                    .map(mapping -> withoutEncrypted(mapping).toJson())
                                    .toList());
            case "sriovNetSupport" ->
                    object.put("SriovNetSupport", value(hardware.sriovNetSupport()));
            case "bootMode" ->
                    object.put(
                            "BootMode",
                            value(
                                    hardware.bootMode() == null
                                            ? null
                                            : hardware.bootMode().spelling()));
            case "tpmSupport" -> object.put("TpmSupport", value(hardware.tpmSupport()));
            case "uefiData" -> object.put("UefiData", value(hardware.uefiData()));
            case "lastLaunchedTime" -> {
                AccessRules.requireOwner(image, viewer);
                object.put(
                        "LastLaunchedTime",
                        value(
                                image.lifecycle().lastLaunchedTime() == null
                                        ? null
                                        : JsonObject.time(image.lifecycle().lastLaunchedTime())));
            }
            case "imdsSupport" -> object.put("ImdsSupport", value(hardware.imdsSupport()));
            case "deregistrationProtection" ->
                    object.put(
                            "DeregistrationProtection",
                            value(image.lifecycle().protection().spelling()));
            default ->
                    throw new CatalogException(
                            ErrorCode.INVALID_PARAMETER_VALUE,
                            "attribute '"
                                    + attribute
                                    + "' is none of "
                                    + String.join(", ", IMAGE_ATTRIBUTES));
        }
        return object.map();
    }

    private static BlockDeviceMapping withoutEncrypted(BlockDeviceMapping mapping) {
        Ebs ebs = mapping.ebs();
        return ebs == null
                ? mapping
                : BlockDeviceMapping.ebs(
                        mapping.deviceName(), ebs.toBuilder().encrypted(null).build());
    }

    /** EC2 wraps single values. */
    private static Map<String, Object> value(@Nullable String value) {
        return value == null ? new LinkedHashMap<>() : new JsonObject().put("Value", value).map();
    }

    private static List<Map<String, Object>> grantees(List<Grantee> grantees) {
        return grantees.stream().map(Grantee::toJson).toList();
    }

    /** One attribute of a snapshot: createVolumePermission, for its owner, or productCodes. */
    public static Map<String, Object> snapshot(Snapshot snapshot, String attribute, Actor viewer)
            throws CatalogException {
        JsonObject object = new JsonObject().put("SnapshotId", snapshot.id());
        switch (attribute) {
            case "createVolumePermission" -> {
                AccessRules.requireOwner(snapshot, viewer);
                object.put("CreateVolumePermissions", grantees(snapshot.createVolumePermissions()));
            }
            case "productCodes" ->
                    object.put("ProductCodes", ProductCode.toJson(snapshot.productCodes()));
            default ->
                    throw new CatalogException(
                            ErrorCode.INVALID_PARAMETER_VALUE,
                            "attribute '"
                                    + attribute
                                    + "' is neither createVolumePermission nor productCodes");
        }
        return object.map();
    }
}

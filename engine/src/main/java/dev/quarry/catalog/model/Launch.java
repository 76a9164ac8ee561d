package dev.quarry.catalog.model;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One volume set made from an image.
 *
 * @param id {@code i-…}, as EC2 names what has such a set
 * @param imageId the image
 * @param ownerId the account that launched
 * @param launchTime when it was made
 * @param state whether it is in use
 * @param hardware the machine that the image needs; an image that is made of the launch has it too
 * @param rootDeviceName the device that is booted from
 * @param folder absolute path of the folder that its files are in
 * @param devices its devices, the root first
 * @param productCodes products that came with the image
 * @param tags seen by the owner alone
 */
public record Launch(
        String id,
        String imageId,
        String ownerId,
        Instant launchTime,
        LaunchState state,
        ImageHardware hardware,
        String rootDeviceName,
        String folder,
        List<Device> devices,
        List<ProductCode> productCodes,
        Tags tags)
        implements CatalogObject {

    /**
     * A device of a launch: a volume, which has a document of its own, or an instance-store disk,
     * which has none.
     *
     * @param deviceName the device
     * @param volumeId the volume, or null for an instance-store disk
     * @param virtualName {@code ephemeralN}, or null for a volume
     * @param path absolute path of its file or device
     */
    public record Device(
            String deviceName,
            @Nullable String volumeId,
            @Nullable String virtualName,
            String path) {

        public Device {
            if ((volumeId == null) == (virtualName == null)) {
                throw new IllegalArgumentException(
                        deviceName + " is a volume or an instance-store disk");
            }
        }

        Map<String, Object> toJson() {
            return new JsonObject()
                    .put("DeviceName", deviceName)
                    .put("VolumeId", volumeId)
                    .put("VirtualName", virtualName)
                    .put("Path", path)
                    .map();
        }

        static Device fromJson(JsonFields fields) throws CatalogException {
            return new Device(
                    fields.string("DeviceName"),
                    fields.optionalString("VolumeId"),
                    fields.optionalString("VirtualName"),
                    fields.string("Path"));
        }
    }

    public Launch {
        devices = List.copyOf(devices);
        productCodes = List.copyOf(productCodes);
    }

    public Launch withState(LaunchState newState, List<Device> newDevices) {
        return new Launch(
                id,
                imageId,
                ownerId,
                launchTime,
                newState,
                hardware,
                rootDeviceName,
                folder,
                newDevices,
                productCodes,
                tags);
    }

    @Override
    public Launch withTags(Tags newTags) {
        return new Launch(
                id,
                imageId,
                ownerId,
                launchTime,
                state,
                hardware,
                rootDeviceName,
                folder,
                devices,
                productCodes,
                newTags);
    }

    @Override
    public Map<String, Object> toJson() {
        JsonObject object =
                new JsonObject()
                        .put("InstanceId", id)
                        .put("ImageId", imageId)
                        .put("OwnerId", ownerId)
                        .put("LaunchTime", launchTime)
                        .put("State", state);
        hardware.putTo(object);
        return object.put("RootDeviceName", rootDeviceName)
                .put("Folder", folder)
                .put("Devices", devices.stream().map(Device::toJson).toList())
                .putIfAny("ProductCodes", ProductCode.toJson(productCodes))
                .putIfAny("Tags", tags.toJson())
                .map();
    }

    public static Launch fromJson(JsonFields fields) throws CatalogException {
        List<Device> devices = new ArrayList<>();
        for (JsonFields device : fields.objects("Devices")) {
            devices.add(Device.fromJson(device));
        }
        return new Launch(
                fields.string("InstanceId"),
                fields.string("ImageId"),
                fields.string("OwnerId"),
                fields.time("LaunchTime"),
                fields.oneOf("State", LaunchState.class),
                ImageHardware.fromJson(fields),
                fields.string("RootDeviceName"),
                fields.string("Folder"),
                devices,
                ProductCode.fromJson(fields.objects("ProductCodes")),
                Tags.fromJson(fields.objects("Tags")));
    }
}

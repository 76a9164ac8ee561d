package dev.quarry.catalog.mapping;

import dev.quarry.catalog.model.Assignment;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.JsonObject;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a launch makes of an image's mapping and its own (4.5): complete, valid, and explained.
 *
 * @param rootDeviceName the device that is booted from
 * @param devices what is there, in the image's order and then the request's; no NoDevice
 * @param suppressed devices of the image that the request removed
 */
public record MergedMapping(String rootDeviceName, List<Device> devices, List<String> suppressed) {

    public MergedMapping {
        devices = List.copyOf(devices);
        suppressed = List.copyOf(suppressed);
    }

    /**
     * One device of the merged mapping.
     *
     * @param deviceName the device
     * @param assignment a volume with all defaults filled in, or an instance-store disk. A volume
     *     without VolumeSize has the exact size of its snapshot
     * @param snapshotBytes that size, or null where VolumeSize or a disk says it
     * @param origins field, under EC2's name, to where its value comes from
     */
    public record Device(
            String deviceName,
            Assignment assignment,
            @Nullable Long snapshotBytes,
            Map<String, Origin> origins) {

        public Device {
            origins = Collections.unmodifiableMap(new LinkedHashMap<>(origins));
        }

        public BlockDeviceMapping mapping() {
            return new BlockDeviceMapping(deviceName, assignment);
        }
    }

    /** The mapping without its explanation. */
    public List<BlockDeviceMapping> mappings() {
        return devices.stream().map(Device::mapping).toList();
    }

    /** The explanation: each device with its fields and where each came from. */
    public Map<String, Object> toJson() {
        List<Object> list = new ArrayList<>();
        for (Device device : devices) {
            JsonObject origins = new JsonObject();
            device.origins().forEach(origins::put);
            list.add(
                    new JsonObject()
                            .putAll(device.mapping().toJson())
                            .put("SizeBytes", device.snapshotBytes())
                            .put("Origins", origins.map())
                            .map());
        }
        return new JsonObject()
                .put("RootDeviceName", rootDeviceName)
                .put("BlockDeviceMappings", list)
                .putIfAny("Suppressed", suppressed)
                .map();
    }
}

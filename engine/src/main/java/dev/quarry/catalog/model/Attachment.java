package dev.quarry.catalog.model;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Map;

/**
 * That a volume belongs to a launch.
 *
 * @param launchId the launch
 * @param deviceName the device that it is there
 * @param deleteOnTermination whether terminating the launch deletes the volume
 * @param attachTime since when
 */
public record Attachment(
        String launchId, String deviceName, boolean deleteOnTermination, Instant attachTime) {

    /** EC2's form. */
    public Map<String, Object> toJson() {
        return new JsonObject()
                .put("InstanceId", launchId)
                .put("Device", deviceName)
                .put("DeleteOnTermination", deleteOnTermination)
                .put("AttachTime", attachTime)
                .map();
    }

    static @Nullable Attachment fromJson(@Nullable JsonFields fields) throws CatalogException {
        return fields == null
                ? null
                : new Attachment(
                        fields.string("InstanceId"),
                        fields.string("Device"),
                        fields.bool("DeleteOnTermination"),
                        fields.time("AttachTime"));
    }
}

package dev.quarry.catalog.model;

import org.jspecify.annotations.Nullable;

/**
 * How fast a volume is meant to be. Recorded, not enforced.
 *
 * @param type volume type
 * @param iops operations a second, or null if the type has none of its own
 * @param throughput MiB a second, or null if the type has none of its own
 */
public record VolumePerformance(
        VolumeType type, @Nullable Integer iops, @Nullable Integer throughput) {

    void putTo(JsonObject object) {
        object.put("VolumeType", type).put("Iops", iops).put("Throughput", throughput);
    }

    static VolumePerformance fromJson(JsonFields fields) throws CatalogException {
        return new VolumePerformance(
                fields.oneOf("VolumeType", VolumeType.class),
                fields.optionalInt("Iops"),
                fields.optionalInt("Throughput"));
    }
}

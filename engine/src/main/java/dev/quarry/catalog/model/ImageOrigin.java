package dev.quarry.catalog.model;

import org.jspecify.annotations.Nullable;

/**
 * Where an image comes from.
 *
 * @param imageLocation path of the manifest of an instance-store image, or null
 * @param sourceInstanceId the launch that it was created from, or null
 * @param sourceImageId the image that it was copied from, or that its launch came from, or null
 * @param sourceImageRegion the region of that image, or null
 */
public record ImageOrigin(
        @Nullable String imageLocation,
        @Nullable String sourceInstanceId,
        @Nullable String sourceImageId,
        @Nullable String sourceImageRegion) {

    public static final ImageOrigin NONE = new ImageOrigin(null, null, null, null);

    void putTo(JsonObject object) {
        object.put("ImageLocation", imageLocation)
                .put("SourceInstanceId", sourceInstanceId)
                .put("SourceImageId", sourceImageId)
                .put("SourceImageRegion", sourceImageRegion);
    }

    static ImageOrigin fromJson(JsonFields fields) throws CatalogException {
        return new ImageOrigin(
                fields.optionalString("ImageLocation"),
                fields.optionalString("SourceInstanceId"),
                fields.optionalString("SourceImageId"),
                fields.optionalString("SourceImageRegion"));
    }
}

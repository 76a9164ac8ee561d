package dev.quarry.catalog.model;

import org.jspecify.annotations.Nullable;

/**
 * Where an image comes from.
 *
 * @param imageLocation path of the manifest of an instance-store image, or null
 * @param manifestDigest SHA-256 of that manifest when it was registered, hex, or null: any later
 *     change of the bundle invalidates the image (4.6.2)
 * @param sourceInstanceId the launch that it was created from, or null
 * @param noReboot whether that launch was running on when its volumes were read, so that they are
 *     only as consistent as after a crash (4.6.1); null if there was none
 * @param sourceImageId the image that it was copied from, or that its launch came from, or null
 * @param sourceImageRegion the region of that image, or null
 */
public record ImageOrigin(
        @Nullable String imageLocation,
        @Nullable String manifestDigest,
        @Nullable String sourceInstanceId,
        @Nullable Boolean noReboot,
        @Nullable String sourceImageId,
        @Nullable String sourceImageRegion) {

    public static final ImageOrigin NONE = new ImageOrigin(null, null, null, null, null, null);

    /** An instance-store image. */
    public static ImageOrigin manifest(String location, String digest) {
        return new ImageOrigin(location, digest, null, null, null, null);
    }

    /** A copy of an image. */
    public static ImageOrigin copy(String imageId, String region) {
        return new ImageOrigin(null, null, null, null, imageId, region);
    }

    void putTo(JsonObject object) {
        object.put("ImageLocation", imageLocation)
                .put("ManifestDigest", manifestDigest)
                .put("SourceInstanceId", sourceInstanceId)
                .put("NoReboot", noReboot)
                .put("SourceImageId", sourceImageId)
                .put("SourceImageRegion", sourceImageRegion);
    }

    static ImageOrigin fromJson(JsonFields fields) throws CatalogException {
        return new ImageOrigin(
                fields.optionalString("ImageLocation"),
                fields.optionalString("ManifestDigest"),
                fields.optionalString("SourceInstanceId"),
                fields.optionalBool("NoReboot"),
                fields.optionalString("SourceImageId"),
                fields.optionalString("SourceImageRegion"));
    }
}

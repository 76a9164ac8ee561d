package dev.quarry.catalog.model;

import org.jspecify.annotations.Nullable;

/**
 * Where the content of a snapshot comes from; each part is null if it does not apply.
 *
 * @param file name of the file that was imported, without its folders
 * @param format that file's format
 * @param volumeId the volume that it was taken of
 * @param snapshotId the snapshot that it was copied from
 * @param region the region of that snapshot
 */
public record SnapshotSource(
        @Nullable String file,
        @Nullable String format,
        @Nullable String volumeId,
        @Nullable String snapshotId,
        @Nullable String region) {

    public static final SnapshotSource NONE = new SnapshotSource(null, null, null, null, null);

    /** A snapshot of an imported file. */
    public static SnapshotSource file(String file, String format) {
        return new SnapshotSource(file, format, null, null, null);
    }

    /** A snapshot of a volume. */
    public static SnapshotSource volume(String volumeId) {
        return new SnapshotSource(null, null, volumeId, null, null);
    }

    void putTo(JsonObject object) {
        object.put("SourceFile", file)
                .put("SourceFormat", format)
                .put("VolumeId", volumeId)
                .put("SourceSnapshotId", snapshotId)
                .put("SourceRegion", region);
    }

    static SnapshotSource fromJson(JsonFields fields) throws CatalogException {
        return new SnapshotSource(
                fields.optionalString("SourceFile"),
                fields.optionalString("SourceFormat"),
                fields.optionalString("VolumeId"),
                fields.optionalString("SourceSnapshotId"),
                fields.optionalString("SourceRegion"));
    }
}

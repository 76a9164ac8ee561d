package dev.quarry.catalog.model;

import org.jspecify.annotations.Nullable;

import java.util.Map;

/**
 * Where the bytes of a volume are. Whoever opens a volume later goes by this record and never by
 * the file's own header: a guest can write any header onto its disk.
 *
 * @param path absolute path of the file or device
 * @param format {@code raw} or {@code qcow2}
 * @param basePath absolute path of the read-only raw base of an overlay, or null
 * @param baseRoot root of the snapshot that the base holds, hex, or null
 */
public record VolumeFile(
        String path, String format, @Nullable String basePath, @Nullable String baseRoot) {

    public VolumeFile {
        if ((basePath == null) != (baseRoot == null)) {
            throw new IllegalArgumentException("a base has a path and a root, or there is none");
        }
    }

    Map<String, Object> toJson() {
        return new JsonObject()
                .put("Path", path)
                .put("Format", format)
                .put("BasePath", basePath)
                .put("BaseRoot", baseRoot)
                .map();
    }

    static VolumeFile fromJson(JsonFields fields) throws CatalogException {
        return new VolumeFile(
                fields.string("Path"),
                fields.string("Format"),
                fields.optionalString("BasePath"),
                fields.optionalString("BaseRoot"));
    }
}

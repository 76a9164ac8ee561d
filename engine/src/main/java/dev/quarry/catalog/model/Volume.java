package dev.quarry.catalog.model;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * A volume that a launch made.
 *
 * @param id {@code vol-…}
 * @param ownerId the account that it belongs to
 * @param sizeBytes exact size of the disk that a guest sees
 * @param performance type and limits
 * @param snapshotId the snapshot that it began as, or null if it began empty
 * @param encryption whether it counts as encrypted
 * @param state where it is in its life
 * @param createTime when it was made
 * @param file where its bytes are
 * @param attachment the launch that it belongs to, or null
 * @param productCodes products that came with the snapshot or image
 * @param tags seen by the owner alone
 */
public record Volume(
        String id,
        String ownerId,
        long sizeBytes,
        VolumePerformance performance,
        @Nullable String snapshotId,
        Encryption encryption,
        VolumeState state,
        Instant createTime,
        VolumeFile file,
        @Nullable Attachment attachment,
        List<ProductCode> productCodes,
        Tags tags)
        implements CatalogObject {

    public Volume {
        productCodes = List.copyOf(productCodes);
    }

    public Volume withState(VolumeState newState, @Nullable Attachment newAttachment) {
        return new Volume(
                id,
                ownerId,
                sizeBytes,
                performance,
                snapshotId,
                encryption,
                newState,
                createTime,
                file,
                newAttachment,
                productCodes,
                tags);
    }

    @Override
    public Volume withTags(Tags newTags) {
        return new Volume(
                id,
                ownerId,
                sizeBytes,
                performance,
                snapshotId,
                encryption,
                state,
                createTime,
                file,
                attachment,
                productCodes,
                newTags);
    }

    @Override
    public Map<String, Object> toJson() {
        JsonObject object =
                new JsonObject()
                        .put("VolumeId", id)
                        .put("OwnerId", ownerId)
                        .put("SizeBytes", sizeBytes);
        performance.putTo(object);
        object.put("SnapshotId", snapshotId);
        encryption.putTo(object);
        return object.put("State", state)
                .put("CreateTime", createTime)
                .put("File", file.toJson())
                .put("Attachment", attachment == null ? null : attachment.toJson())
                .putIfAny("ProductCodes", ProductCode.toJson(productCodes))
                .putIfAny("Tags", tags.toJson())
                .map();
    }

    public static Volume fromJson(JsonFields fields) throws CatalogException {
        return new Volume(
                fields.string("VolumeId"),
                fields.string("OwnerId"),
                fields.size("SizeBytes"),
                VolumePerformance.fromJson(fields),
                fields.optionalString("SnapshotId"),
                Encryption.fromJson(fields),
                fields.oneOf("State", VolumeState.class),
                fields.time("CreateTime"),
                VolumeFile.fromJson(fields.object("File")),
                Attachment.fromJson(fields.optionalObject("Attachment")),
                ProductCode.fromJson(fields.objects("ProductCodes")),
                Tags.fromJson(fields.objects("Tags")));
    }
}

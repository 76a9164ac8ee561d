package dev.quarry.catalog.model;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * The content of a volume at one time.
 *
 * @param id {@code snap-…}
 * @param root root of the content's tree in the chunk store, hex
 * @param contentDigest digest of the content that no format, cutter or codec changes, hex
 * @param sizeBytes exact size; EC2-shaped views round it up to GiB
 * @param ownerId the account that it belongs to
 * @param description for people, or null
 * @param state where it is in its life
 * @param stateMessage more about the state, or null
 * @param startTime when it was taken
 * @param source where its content comes from
 * @param encryption whether it is encrypted
 * @param createVolumePermissions whom it is shared with
 * @param productCodes products that go over to volumes and images
 * @param tags seen by the owner alone
 */
public record Snapshot(
        String id,
        String root,
        String contentDigest,
        long sizeBytes,
        String ownerId,
        @Nullable String description,
        SnapshotState state,
        @Nullable String stateMessage,
        Instant startTime,
        SnapshotSource source,
        Encryption encryption,
        List<Grantee> createVolumePermissions,
        List<ProductCode> productCodes,
        Tags tags)
        implements CatalogObject {

    /**
     * 1 EiB: above what any format here can hold in a real file, and far from overflowing a long.
     */
    public static final long SIZE_BYTES_MAX = 1L << 60;

    /** Root and digest of a snapshot that has no content yet: its blocks are still to come. */
    public static final String NO_ROOT = "0".repeat(64);

    public Snapshot {
        if (sizeBytes < 0 || sizeBytes > SIZE_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "snapshot of " + sizeBytes + " bytes, not 0 to " + SIZE_BYTES_MAX);
        }
        createVolumePermissions = List.copyOf(createVolumePermissions);
        productCodes = List.copyOf(productCodes);
    }

    /** What an image that maps this snapshot keeps of it. */
    public SnapshotFacts facts() {
        return new SnapshotFacts(sizeBytes, encryption, ownerId);
    }

    public Snapshot withState(SnapshotState newState, @Nullable String message) {
        return new Snapshot(
                id,
                root,
                contentDigest,
                sizeBytes,
                ownerId,
                description,
                newState,
                message,
                startTime,
                source,
                encryption,
                createVolumePermissions,
                productCodes,
                tags);
    }

    /** Whether there is content in the chunk store. */
    public boolean hasContent() {
        return !root.equals(NO_ROOT);
    }

    public Snapshot withEncryption(Encryption newEncryption) {
        return new Snapshot(
                id,
                root,
                contentDigest,
                sizeBytes,
                ownerId,
                description,
                state,
                stateMessage,
                startTime,
                source,
                newEncryption,
                createVolumePermissions,
                productCodes,
                tags);
    }

    public Snapshot withProductCodes(List<ProductCode> newCodes) {
        return new Snapshot(
                id,
                root,
                contentDigest,
                sizeBytes,
                ownerId,
                description,
                state,
                stateMessage,
                startTime,
                source,
                encryption,
                createVolumePermissions,
                newCodes,
                tags);
    }

    public Snapshot withContent(String newRoot, String newDigest, SnapshotState newState) {
        return new Snapshot(
                id,
                newRoot,
                newDigest,
                sizeBytes,
                ownerId,
                description,
                newState,
                null,
                startTime,
                source,
                encryption,
                createVolumePermissions,
                productCodes,
                tags);
    }

    public Snapshot withCreateVolumePermissions(List<Grantee> newPermissions) {
        return new Snapshot(
                id,
                root,
                contentDigest,
                sizeBytes,
                ownerId,
                description,
                state,
                stateMessage,
                startTime,
                source,
                encryption,
                newPermissions,
                productCodes,
                tags);
    }

    @Override
    public Snapshot withTags(Tags newTags) {
        return new Snapshot(
                id,
                root,
                contentDigest,
                sizeBytes,
                ownerId,
                description,
                state,
                stateMessage,
                startTime,
                source,
                encryption,
                createVolumePermissions,
                productCodes,
                newTags);
    }

    @Override
    public Map<String, Object> toJson() {
        JsonObject object =
                new JsonObject()
                        .put("SnapshotId", id)
                        .put("Root", root)
                        .put("ContentDigest", contentDigest)
                        .put("SizeBytes", sizeBytes)
                        .put("OwnerId", ownerId)
                        .put("Description", description)
                        .put("State", state)
                        .put("StateMessage", stateMessage)
                        .put("StartTime", startTime);
        source.putTo(object);
        encryption.putTo(object);
        return object.putIfAny("CreateVolumePermissions", Grantee.toJson(createVolumePermissions))
                .putIfAny("ProductCodes", ProductCode.toJson(productCodes))
                .putIfAny("Tags", tags.toJson())
                .map();
    }

    public static Snapshot fromJson(JsonFields fields) throws CatalogException {
        return new Snapshot(
                fields.string("SnapshotId"),
                fields.string("Root"),
                fields.string("ContentDigest"),
                fields.size("SizeBytes"),
                fields.string("OwnerId"),
                fields.optionalString("Description"),
                fields.oneOf("State", SnapshotState.class),
                fields.optionalString("StateMessage"),
                fields.time("StartTime"),
                SnapshotSource.fromJson(fields),
                Encryption.fromJson(fields),
                Grantee.fromJson(fields.objects("CreateVolumePermissions")),
                ProductCode.fromJson(fields.objects("ProductCodes")),
                Tags.fromJson(fields.objects("Tags")));
    }
}

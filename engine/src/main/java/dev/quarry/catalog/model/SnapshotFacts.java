package dev.quarry.catalog.model;

import java.util.Map;

/**
 * What the rules need to know of a snapshot. An image keeps the facts of the snapshots that it
 * maps, so that it can be shown, searched and merged without reading them; neither ever changes.
 *
 * @param sizeBytes exact size
 * @param encryption whether it is encrypted
 * @param ownerId the account that it belongs to
 */
public record SnapshotFacts(long sizeBytes, Encryption encryption, String ownerId) {

    /** The size that EC2 would show: whole GiB. */
    public int sizeGib() {
        return Gibibytes.roundedUp(sizeBytes);
    }

    Map<String, Object> toJson() {
        JsonObject object = new JsonObject().put("SizeBytes", sizeBytes);
        encryption.putTo(object);
        return object.put("OwnerId", ownerId).map();
    }

    static SnapshotFacts fromJson(JsonFields fields) throws CatalogException {
        return new SnapshotFacts(
                fields.size("SizeBytes"), Encryption.fromJson(fields), fields.string("OwnerId"));
    }
}

package dev.quarry.catalog.model;

import java.util.Map;

/** What has an id, an owner and tags, and is kept as one document. */
public sealed interface CatalogObject permits MachineImage, Snapshot, Volume, Launch {

    String id();

    /** The account that the object belongs to. */
    String ownerId();

    Tags tags();

    /** The same object with other tags. */
    CatalogObject withTags(Tags newTags);

    /** The whole object as it is stored. Fresh, insertion-ordered, the caller's. */
    Map<String, Object> toJson();
}

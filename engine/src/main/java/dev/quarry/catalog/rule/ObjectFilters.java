package dev.quarry.catalog.rule;

import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.Attachment;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.CatalogObject;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Gibibytes;
import dev.quarry.catalog.model.JsonObject;
import dev.quarry.catalog.model.ProductCode;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotState;
import dev.quarry.catalog.model.Volume;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The filters of snapshots and of volumes, in EC2's names, with the wildcards of images (4.10.3).
 *
 * @param <T> what they look at
 */
public final class ObjectFilters<T extends CatalogObject> {

    /** Those of snapshots. */
    public static final ObjectFilters<Snapshot> SNAPSHOTS = new ObjectFilters<>();

    /** Those of volumes. */
    public static final ObjectFilters<Volume> VOLUMES = new ObjectFilters<>();

    static {
        SNAPSHOTS.one("description", Snapshot::description);
        SNAPSHOTS.one("encrypted", s -> Boolean.toString(s.encryption().encrypted()));
        SNAPSHOTS.one("owner-id", Snapshot::ownerId);
        SNAPSHOTS.one("progress", s -> s.state() == SnapshotState.PENDING ? "0%" : "100%");
        SNAPSHOTS.many(
                "product-code",
                s -> s.productCodes().stream().map(ProductCode::productCodeId).toList());
        SNAPSHOTS.one("snapshot-id", Snapshot::id);
        SNAPSHOTS.one("start-time", s -> JsonObject.time(s.startTime()));
        SNAPSHOTS.one("status", s -> s.state().spelling());
        SNAPSHOTS.one("volume-id", s -> s.source().volumeId());
        SNAPSHOTS.one("volume-size", s -> Integer.toString(Gibibytes.roundedUp(s.sizeBytes())));
        attachment("attach-time", a -> JsonObject.time(a.attachTime()));
        attachment("delete-on-termination", a -> Boolean.toString(a.deleteOnTermination()));
        attachment("device", Attachment::deviceName);
        attachment("instance-id", Attachment::launchId);
        attachment("status", _ -> "attached");
        VOLUMES.one("create-time", v -> JsonObject.time(v.createTime()));
        VOLUMES.one("encrypted", v -> Boolean.toString(v.encryption().encrypted()));
        VOLUMES.many(
                "product-code",
                v -> v.productCodes().stream().map(ProductCode::productCodeId).toList());
        VOLUMES.one("size", v -> Integer.toString(Gibibytes.roundedUp(v.sizeBytes())));
        VOLUMES.one("snapshot-id", Volume::snapshotId);
        VOLUMES.one("status", v -> v.state().spelling());
        VOLUMES.one("volume-id", Volume::id);
        VOLUMES.one("volume-type", v -> v.performance().type().spelling());
    }

    private final Map<String, Function<T, List<String>>> fields = new TreeMap<>();

    private ObjectFilters() {}

    private static void attachment(String name, Function<Attachment, String> field) {
        VOLUMES.one(
                "attachment." + name,
                v -> v.attachment() == null ? null : field.apply(v.attachment()));
    }

    private void one(String name, Function<T, @Nullable String> field) {
        fields.put(
                name,
                object -> {
                    String value = field.apply(object);
                    return value == null ? List.of() : List.of(value);
                });
    }

    private void many(String name, Function<T, List<String>> field) {
        fields.put(name, field);
    }

    /**
     * Refuses filters that there are not.
     *
     * @throws CatalogException of code InvalidParameterValue
     */
    public void check(Map<String, List<String>> filters) throws CatalogException {
        int values = 0;
        for (Map.Entry<String, List<String>> filter : filters.entrySet()) {
            String name = filter.getKey();
            if (!isTag(name) && !fields.containsKey(name)) {
                throw new CatalogException(
                        ErrorCode.INVALID_PARAMETER_VALUE,
                        "there is no filter '"
                                + name
                                + "': there are tag:KEY, tag-key, "
                                + String.join(", ", fields.keySet()));
            }
            values += filter.getValue().size();
        }
        if (values > ImageFilters.VALUES_MAX) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    values + " values of filters exceed " + ImageFilters.VALUES_MAX);
        }
    }

    private static boolean isTag(String name) {
        return name.equals("tag-key")
                || (name.startsWith(ImageFilters.TAG) && name.length() > ImageFilters.TAG.length());
    }

    /**
     * Whether an object fits every filter.
     *
     * @param filters checked
     * @param viewer sees the tags of its own objects alone (4.7.2)
     */
    public boolean fit(Map<String, List<String>> filters, T object, Actor viewer) {
        for (Map.Entry<String, List<String>> filter : filters.entrySet()) {
            List<String> values = values(filter.getKey(), object, viewer);
            boolean fits =
                    filter.getValue().stream()
                            .map(Wildcard::new)
                            .anyMatch(pattern -> values.stream().anyMatch(pattern::matches));
            if (!fits) {
                return false;
            }
        }
        return true;
    }

    private List<String> values(String name, T object, Actor viewer) {
        Function<T, List<String>> field = fields.get(name);
        if (field != null) {
            return field.apply(object);
        }
        if (!viewer.owns(object)) {
            return List.of();
        }
        Map<String, String> tags = object.tags().values();
        if (name.equals("tag-key")) {
            return List.copyOf(tags.keySet());
        }
        String value = tags.get(name.substring(ImageFilters.TAG.length()));
        return value == null ? List.of() : List.of(value);
    }
}

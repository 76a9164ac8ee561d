package dev.quarry.catalog.model;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One entry of the audit log: who did what to which object.
 *
 * @param id a random number, in hex
 * @param time when, in milliseconds
 * @param account who
 * @param action EC2's name of the operation
 * @param resourceId the object that it was done to
 * @param ownerId whose object that is
 * @param details more, as strings; seen by {@code account} alone
 */
public record CatalogEvent(
        String id,
        Instant time,
        String account,
        String action,
        String resourceId,
        String ownerId,
        Map<String, String> details) {

    public CatalogEvent {
        details = Collections.unmodifiableMap(new LinkedHashMap<>(details));
    }

    /** Whether an account may know of it: who did it, and whose object it is. */
    public boolean isVisibleTo(Actor actor) {
        return account.equals(actor.account()) || ownerId.equals(actor.account());
    }

    /** The whole event as it is stored. */
    public Map<String, Object> toJson() {
        return json(true);
    }

    /** The event as an account that may know of it is shown it. */
    public Map<String, Object> toJson(Actor viewer) {
        return json(account.equals(viewer.account()));
    }

    private Map<String, Object> json(boolean whole) {
        return new JsonObject()
                .put("EventId", id)
                .put("EventTime", time)
                .put("AccountId", account)
                .put("EventName", action)
                .put("ResourceId", resourceId)
                .put("OwnerId", ownerId)
                .put("Details", !whole || details.isEmpty() ? null : new LinkedHashMap<>(details))
                .map();
    }

    public static CatalogEvent fromJson(JsonFields fields) throws CatalogException {
        Map<String, String> details = new LinkedHashMap<>();
        JsonFields more = fields.optionalObject("Details");
        if (more != null) {
            for (String key : more.keys()) {
                details.put(key, more.string(key));
            }
        }
        return new CatalogEvent(
                fields.string("EventId"),
                fields.time("EventTime"),
                fields.string("AccountId"),
                fields.string("EventName"),
                fields.string("ResourceId"),
                fields.string("OwnerId"),
                details);
    }
}

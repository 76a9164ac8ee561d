package dev.quarry.catalog.model;

import org.jspecify.annotations.Nullable;

import java.util.Map;

/**
 * Why an object is in its state.
 *
 * @param code for programs
 * @param message for people
 */
public record StateReason(String code, String message) {

    public Map<String, Object> toJson() {
        return new JsonObject().put("Code", code).put("Message", message).map();
    }

    static @Nullable StateReason fromJson(@Nullable JsonFields fields) throws CatalogException {
        return fields == null
                ? null
                : new StateReason(fields.string("Code"), fields.string("Message"));
    }
}

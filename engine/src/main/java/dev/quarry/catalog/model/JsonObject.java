package dev.quarry.catalog.model;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A JSON object in the making: fields in the order they are put, absent ones left out. Not
 * thread-safe.
 */
public final class JsonObject {

    /** EC2's way of writing a time; milliseconds are what it keeps. */
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private final Map<String, Object> map = new LinkedHashMap<>();

    /** Puts a field, unless the value is null. */
    public JsonObject put(String key, @Nullable Object value) {
        if (value != null) {
            map.put(key, value);
        }
        return this;
    }

    public JsonObject put(String key, @Nullable Spelled value) {
        return put(key, value == null ? null : (Object) value.spelling());
    }

    public JsonObject put(String key, @Nullable Instant value) {
        return put(key, value == null ? null : (Object) time(value));
    }

    /** Puts an array, unless it is empty. */
    public JsonObject putIfAny(String key, List<?> values) {
        return put(key, values.isEmpty() ? null : values);
    }

    public JsonObject putAll(Map<String, Object> fields) {
        map.putAll(fields);
        return this;
    }

    /** The map itself: the caller's from now on. */
    public Map<String, Object> map() {
        return map;
    }

    public static String time(Instant value) {
        return TIME.format(value);
    }
}

package dev.quarry.catalog.model;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A JSON object that was read, taken apart field by field. Every method checks the type of what
 * stands there; a field that is there with the wrong type is an error, never a default.
 */
public final class JsonFields {

    private final Map<?, ?> values;
    private final String where;
    private final ErrorCode code;

    private JsonFields(Map<?, ?> values, String where, ErrorCode code) {
        this.values = values;
        this.where = where;
        this.code = code;
    }

    /**
     * Takes a value that should be an object.
     *
     * @param value what {@link Json#read} gave
     * @param where ends messages
     * @param code what a failure is called
     * @throws CatalogException if the value is no object
     */
    public static JsonFields of(@Nullable Object value, String where, ErrorCode code)
            throws CatalogException {
        if (value instanceof Map<?, ?> map) {
            return new JsonFields(map, where, code);
        }
        throw new CatalogException(code, "should be a JSON object: " + where);
    }

    /** Where this object stands, for messages. */
    public String where() {
        return where;
    }

    public boolean has(String key) {
        return values.containsKey(key);
    }

    /** The names of the fields, in the order they were read. */
    public List<String> keys() {
        return values.keySet().stream().map(String::valueOf).toList();
    }

    /**
     * Refuses fields that nobody would read.
     *
     * @throws CatalogException if there is a field that is not in {@code known}
     */
    public void requireOnly(Set<String> known) throws CatalogException {
        for (Object key : values.keySet()) {
            if (!(key instanceof String name) || !known.contains(name)) {
                throw failure(
                        "unknown field '" + key + "' (known: " + String.join(", ", known) + ")");
            }
        }
    }

    public @Nullable String optionalString(String key) throws CatalogException {
        Object value = values.get(key);
        if (value == null || value instanceof String) {
            return (String) value;
        }
        throw wrongType(key, "a string");
    }

    public String string(String key) throws CatalogException {
        return present(key, optionalString(key));
    }

    public @Nullable Long optionalNumber(String key) throws CatalogException {
        Object value = values.get(key);
        if (value == null || value instanceof Long) {
            return (Long) value;
        }
        if (value instanceof Integer number) {
            return number.longValue();
        }
        throw wrongType(key, "a whole number");
    }

    public long number(String key) throws CatalogException {
        return present(key, optionalNumber(key));
    }

    /** A size in bytes: from 0 to {@link Snapshot#SIZE_BYTES_MAX}. */
    public long size(String key) throws CatalogException {
        long value = number(key);
        if (value < 0 || value > Snapshot.SIZE_BYTES_MAX) {
            throw wrongType(key, "from 0 to " + Snapshot.SIZE_BYTES_MAX + " bytes");
        }
        return value;
    }

    public @Nullable Integer optionalInt(String key) throws CatalogException {
        Long value = optionalNumber(key);
        if (value == null) {
            return null;
        }
        if (value != value.intValue()) {
            throw wrongType(key, "a whole number below 2^31");
        }
        return value.intValue();
    }

    public @Nullable Boolean optionalBool(String key) throws CatalogException {
        Object value = values.get(key);
        if (value == null || value instanceof Boolean) {
            return (Boolean) value;
        }
        throw wrongType(key, "true or false");
    }

    public boolean bool(String key) throws CatalogException {
        return present(key, optionalBool(key));
    }

    public @Nullable Instant optionalTime(String key) throws CatalogException {
        String text = optionalString(key);
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw wrongType(key, "a time such as 2026-01-31T23:59:59.000Z");
        }
    }

    public Instant time(String key) throws CatalogException {
        return present(key, optionalTime(key));
    }

    public <E extends Enum<E> & Spelled> @Nullable E optionalOneOf(String key, Class<E> type)
            throws CatalogException {
        String text = optionalString(key);
        return text == null ? null : Spelled.parse(type, text, key);
    }

    public <E extends Enum<E> & Spelled> E oneOf(String key, Class<E> type)
            throws CatalogException {
        return Spelled.parse(type, string(key), key);
    }

    /** The object that stands at {@code key}, or null. */
    public @Nullable JsonFields optionalObject(String key) throws CatalogException {
        Object value = values.get(key);
        return value == null ? null : of(value, key + " of " + where, code);
    }

    public JsonFields object(String key) throws CatalogException {
        return present(key, optionalObject(key));
    }

    /** The objects of the array at {@code key}; none if there is no such field. */
    public List<JsonFields> objects(String key) throws CatalogException {
        List<JsonFields> objects = new ArrayList<>();
        for (Object element : list(key)) {
            objects.add(of(element, key + "[" + objects.size() + "] of " + where, code));
        }
        return objects;
    }

    /** The strings of the array at {@code key}; none if there is no such field. */
    public List<String> strings(String key) throws CatalogException {
        List<String> strings = new ArrayList<>();
        for (Object element : list(key)) {
            if (!(element instanceof String text)) {
                throw wrongType(key, "an array of strings");
            }
            strings.add(text);
        }
        return strings;
    }

    private List<?> list(String key) throws CatalogException {
        Object value = values.get(key);
        if (value == null) {
            return List.of();
        }
        if (value instanceof List<?> list) {
            return list;
        }
        throw wrongType(key, "an array");
    }

    private <T> T present(String key, @Nullable T value) throws CatalogException {
        if (value == null) {
            throw failure("'" + key + "' is missing");
        }
        return value;
    }

    private CatalogException wrongType(String key, String expected) {
        return failure("'" + key + "' should be " + expected);
    }

    private CatalogException failure(String reason) {
        return new CatalogException(code, reason + ": " + where);
    }
}

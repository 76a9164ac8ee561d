package dev.quarry.catalog.model;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The tags of an object: keys and values, sorted by key. Immutable; the limits of rule 4.1.3 hold
 * for every instance.
 *
 * @param values key to value
 */
public record Tags(Map<String, String> values) {

    /** EC2's limit; it also bounds the search entries of an object. */
    public static final int COUNT_MAX = 50;

    public static final int KEY_CHARS_MAX = 127;
    public static final int VALUE_CHARS_MAX = 256;

    private static final String RESERVED_PREFIX = "aws:";
    private static final Tags NONE = new Tags(Map.of());

    public Tags {
        values = Collections.unmodifiableMap(new TreeMap<>(values));
    }

    public static Tags none() {
        return NONE;
    }

    /**
     * Tags from keys and values.
     *
     * @throws CatalogException if a key, a value or their number is beyond its limit
     */
    public static Tags of(Map<String, String> values) throws CatalogException {
        return NONE.with(values);
    }

    /** These tags and more; a key that is there already gets the new value. */
    public Tags with(Map<String, String> more) throws CatalogException {
        Map<String, String> merged = new TreeMap<>(values);
        for (Map.Entry<String, String> tag : more.entrySet()) {
            check(tag.getKey(), tag.getValue());
            merged.put(tag.getKey(), tag.getValue());
        }
        if (merged.size() > COUNT_MAX) {
            throw new CatalogException(
                    ErrorCode.TAG_LIMIT_EXCEEDED, merged.size() + " tags exceed " + COUNT_MAX);
        }
        return new Tags(merged);
    }

    /**
     * These tags without some keys.
     *
     * @param keys key to the value it must have to be removed, or to null to be removed whatever
     *     its value
     */
    public Tags without(Map<String, @Nullable String> keys) {
        Map<String, String> rest = new TreeMap<>(values);
        keys.forEach((key, value) -> {
            if (value == null || value.equals(rest.get(key))) {
                rest.remove(key);
            }
        });
        return new Tags(rest);
    }

    public boolean isEmpty() {
        return values.isEmpty();
    }

    private static void check(String key, String value) throws CatalogException {
        if (key.isEmpty() || key.length() > KEY_CHARS_MAX) {
            throw new CatalogException(
                    ErrorCode.INVALID_TAG_KEY_MALFORMED,
                    "tag key '"
                            + key
                            + "' has "
                            + key.length()
                            + " characters, not 1 to "
                            + KEY_CHARS_MAX);
        }
        if (key.toLowerCase(Locale.ROOT).startsWith(RESERVED_PREFIX)) {
            throw new CatalogException(
                    ErrorCode.INVALID_TAG_KEY_MALFORMED,
                    "tag key '" + key + "' begins with the reserved " + RESERVED_PREFIX);
        }
        if (value.length() > VALUE_CHARS_MAX) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "value of tag '"
                            + key
                            + "' has "
                            + value.length()
                            + " characters, more than "
                            + VALUE_CHARS_MAX);
        }
    }

    /** EC2's form: {@code [{"Key": …, "Value": …}]}. */
    public List<Map<String, Object>> toJson() {
        List<Map<String, Object>> list = new ArrayList<>();
        values.forEach((key, value) ->
                list.add(new JsonObject().put("Key", key).put("Value", value).map()));
        return list;
    }

    /** Reads what {@link #toJson} made, without judging the limits anew. */
    public static Tags fromJson(List<JsonFields> list) throws CatalogException {
        Map<String, String> values = new TreeMap<>();
        for (JsonFields tag : list) {
            values.put(tag.string("Key"), tag.string("Value"));
        }
        return new Tags(values);
    }
}

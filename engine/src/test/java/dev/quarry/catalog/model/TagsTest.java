package dev.quarry.catalog.model;

import static dev.quarry.catalog.Refusals.refuses;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.quarry.catalog.Covers;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

class TagsTest {

    @Test
    @Covers("4.1.3")
    void limits() throws CatalogException {
        Tags.of(Map.of("k".repeat(127), "v".repeat(256)));
        Tags.of(Map.of("k", ""));
        refuses(
                ErrorCode.INVALID_TAG_KEY_MALFORMED,
                "not 1 to 127",
                () -> Tags.of(Map.of("k".repeat(128), "")));
        refuses(ErrorCode.INVALID_TAG_KEY_MALFORMED, "not 1 to 127", () -> Tags.of(Map.of("", "")));
        refuses(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "more than 256",
                () -> Tags.of(Map.of("k", "v".repeat(257))));
        for (String key : List.of("aws:x", "AWS:x", "aws:")) {
            refuses(
                    ErrorCode.INVALID_TAG_KEY_MALFORMED,
                    "reserved",
                    () -> Tags.of(Map.of(key, "")));
        }
    }

    @Test
    @Covers("4.1.3")
    void fiftyAtMost() throws CatalogException {
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < 50; i++) {
            values.put("k" + i, "v");
        }
        Tags full = Tags.of(values);
        assertEquals(full, full.with(Map.of("k1", "v")));
        refuses(ErrorCode.TAG_LIMIT_EXCEEDED, "51 tags", () -> full.with(Map.of("another", "v")));
    }

    @Test
    void addAndRemove() throws CatalogException {
        Tags tags = Tags.of(Map.of("a", "1", "b", "2"));
        assertEquals(
                Map.of("a", "1", "b", "3", "c", ""), tags.with(Map.of("b", "3", "c", "")).values());
        Map<String, @Nullable String> keys = new HashMap<>();
        keys.put("a", null);
        keys.put("b", "other");
        keys.put("absent", null);
        assertEquals(Map.of("b", "2"), tags.without(keys).values());
        assertEquals(
                List.of(Map.of("Key", "a", "Value", "1"), Map.of("Key", "b", "Value", "2")),
                tags.toJson());
    }
}

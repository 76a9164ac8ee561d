package dev.quarry.cli;

import dev.quarry.json.JsonTree;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Takes parsed JSON apart; what is missing, or of another type, fails the test. */
final class Json {

    private Json() {}

    static Object get(Map<String, Object> object, String name) {
        return Objects.requireNonNull(object.get(name), () -> "no " + name + " in " + object);
    }

    @SuppressWarnings("unchecked") // JSON objects have strings for keys
    static Map<String, Object> object(Map<String, Object> object, String name) {
        return (Map<String, Object>) get(object, name);
    }

    @SuppressWarnings("unchecked") // JSON objects have strings for keys
    static List<Map<String, Object>> list(Map<String, Object> object, String name) {
        return (List<Map<String, Object>>) get(object, name);
    }

    /** The elements of an array. */
    @SuppressWarnings("unchecked") // JSON arrays are lists
    static List<Object> array(String text) throws IOException {
        return (List<Object>) Objects.requireNonNull(JsonTree.read(text));
    }

    static String text(Map<String, Object> object, String name) {
        return (String) get(object, name);
    }

    static long number(Map<String, Object> object, String name) {
        return ((Number) get(object, name)).longValue();
    }
}

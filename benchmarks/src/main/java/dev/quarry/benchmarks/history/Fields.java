package dev.quarry.benchmarks.history;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An object of JSON, with what its reader expects in it. */
final class Fields {

    private final Map<?, ?> json;

    Fields(Map<?, ?> json) {
        this.json = json;
    }

    private static IOException missing(String key, String what) {
        return new IOException("\"" + key + "\" is not " + what);
    }

    boolean has(String key) {
        return json.get(key) != null;
    }

    String text(String key) throws IOException {
        if (json.get(key) instanceof String text) {
            return text;
        }
        throw missing(key, "a text");
    }

    double number(String key) throws IOException {
        if (json.get(key) instanceof Number number) {
            return number.doubleValue();
        }
        throw missing(key, "a number");
    }

    /** A number, or 0 if there is none of that name. */
    double numberOrZero(String key) throws IOException {
        return has(key) ? number(key) : 0;
    }

    Fields object(String key) throws IOException {
        if (json.get(key) instanceof Map<?, ?> object) {
            return new Fields(object);
        }
        throw missing(key, "an object");
    }

    /** Objects of a list; none if there is no such list. */
    List<Fields> objects(String key) throws IOException {
        List<Fields> objects = new ArrayList<>();
        for (Object each : list(key)) {
            if (!(each instanceof Map<?, ?> object)) {
                throw missing(key, "a list of objects");
            }
            objects.add(new Fields(object));
        }
        return objects;
    }

    double[] numbers(String key) throws IOException {
        List<?> list = list(key);
        double[] numbers = new double[list.size()];
        for (int i = 0; i < numbers.length; i++) {
            if (!(list.get(i) instanceof Number number)) {
                throw missing(key, "a list of numbers");
            }
            numbers[i] = number.doubleValue();
        }
        return numbers;
    }

    /** All entries as texts, in their order. */
    Map<String, String> texts() {
        Map<String, String> texts = new LinkedHashMap<>();
        json.forEach((key, value) -> texts.put(String.valueOf(key), String.valueOf(value)));
        return texts;
    }

    private List<?> list(String key) throws IOException {
        Object value = json.get(key);
        if (value == null) {
            return List.of();
        }
        if (value instanceof List<?> list) {
            return list;
        }
        throw missing(key, "a list");
    }
}

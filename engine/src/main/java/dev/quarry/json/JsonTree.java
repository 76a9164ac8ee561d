package dev.quarry.json;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import com.google.gson.stream.MalformedJsonException;

import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON values as maps (in the order of the text), lists, strings, booleans and numbers: {@code
 * Integer}, {@code Long} or {@code BigInteger}, the first that holds it, and {@code Double} for
 * what has a point or an exponent. Only the streaming part of Gson is used: its classes load in a
 * few milliseconds. Thread-safe.
 */
public final class JsonTree {

    /** Nesting of arrays and objects, far above what any document of ours has. */
    private static final int DEPTH_MAX = 64;

    /** Longer numbers would take long to convert, and no number of ours has so many digits. */
    private static final int NUMBER_CHARS_MAX = 64;

    private static final String INDENT = "  ";

    private JsonTree() {}

    /**
     * Reads one value with nothing behind it. A key that stands twice in one object is an error, as
     * is anything that strict JSON does not allow.
     *
     * @return null for the text {@code null}
     * @throws IOException if the text is no such value; the message says what and where
     */
    public static @Nullable Object read(String text) throws IOException {
        JsonReader reader = new JsonReader(new StringReader(text));
        reader.setStrictness(Strictness.STRICT);
        reader.setNestingLimit(DEPTH_MAX);
        try {
            Object value = value(reader);
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                throw new IOException("more than one value" + at(reader));
            }
            return value;
        } catch (EOFException e) {
            throw new IOException("the text ends too early" + at(reader), e);
        } catch (MalformedJsonException | NumberFormatException | IllegalStateException e) {
            throw new IOException("malformed" + at(reader), e);
        }
    }

    /**
     * Reads an object, as {@link #read} does.
     *
     * @throws IOException also if the value is none
     */
    @SuppressWarnings("unchecked") // every object of a tree is such a map
    public static Map<String, Object> readObject(String text) throws IOException {
        if (read(text) instanceof Map<?, ?> map) {
            return (Map<String, Object>) map;
        }
        throw new IOException("not an object");
    }

    private static String at(JsonReader reader) {
        return " at " + reader.getPath();
    }

    private static @Nullable Object value(JsonReader reader) throws IOException {
        return switch (reader.peek()) {
            case BEGIN_OBJECT -> object(reader);
            case BEGIN_ARRAY -> {
                List<@Nullable Object> list = new ArrayList<>();
                reader.beginArray();
                while (reader.hasNext()) {
                    list.add(value(reader));
                }
                reader.endArray();
                yield list;
            }
            case STRING -> reader.nextString();
            case NUMBER -> number(reader);
            case BOOLEAN -> reader.nextBoolean();
            case NULL -> {
                reader.nextNull();
                yield null;
            }
            default -> throw new IOException("no value" + at(reader));
        };
    }

    private static Map<String, @Nullable Object> object(JsonReader reader) throws IOException {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        reader.beginObject();
        while (reader.hasNext()) {
            String name = reader.nextName();
            if (map.containsKey(name)) {
                throw new IOException("the key stands twice" + at(reader));
            }
            map.put(name, value(reader));
        }
        reader.endObject();
        return map;
    }

    private static Number number(JsonReader reader) throws IOException {
        String digits = reader.nextString();
        if (digits.length() > NUMBER_CHARS_MAX) {
            throw new IOException(
                    "a number of "
                            + digits.length()
                            + " characters exceeds "
                            + NUMBER_CHARS_MAX
                            + at(reader));
        }
        for (int i = 0; i < digits.length(); i++) {
            char c = digits.charAt(i);
            if (c == '.' || c == 'e' || c == 'E') {
                return Double.valueOf(digits);
            }
        }
        if (digits.length() > 18) {
            BigInteger whole = new BigInteger(digits);
            return whole.bitLength() < Long.SIZE ? whole.longValue() : whole;
        }
        long whole = Long.parseLong(digits);
        if (whole == (int) whole) {
            return (int) whole;
        }
        return whole;
    }

    /** A value's text on one line. */
    public static String line(@Nullable Object value) {
        return text(value, "");
    }

    /** A value's text for people: indented by two spaces. */
    public static String pretty(@Nullable Object value) {
        return text(value, INDENT);
    }

    private static String text(@Nullable Object value, String indent) {
        StringWriter text = new StringWriter();
        JsonWriter writer = new JsonWriter(text);
        writer.setHtmlSafe(false);
        writer.setIndent(indent);
        try {
            write(writer, value);
            writer.flush();
        } catch (IOException e) {
            // A StringWriter fails at nothing.
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    @SuppressWarnings("IfChainToSwitch") // its linking defines a class: some ms of each start
    private static void write(JsonWriter writer, @Nullable Object value) throws IOException {
        if (value == null) {
            writer.nullValue();
        } else if (value instanceof Map<?, ?> map) {
            writer.beginObject();
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                writer.name(String.valueOf(entry.getKey()));
                write(writer, entry.getValue());
            }
            writer.endObject();
        } else if (value instanceof Iterable<?> list) {
            writer.beginArray();
            for (Object each : list) {
                write(writer, each);
            }
            writer.endArray();
        } else if (value instanceof Boolean yes) {
            writer.value(yes);
        } else if (value instanceof Number number) {
            writer.value(number);
        } else if (value.getClass().isArray()) {
            // It has no text of its own, and would be written as a class and an address.
            throw new IllegalArgumentException("an array where a list belongs");
        } else {
            writer.value(value.toString());
        }
    }
}

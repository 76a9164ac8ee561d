package dev.quarry.catalog.model;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.jr.ob.JSON;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * JSON text to maps, lists and values, and back. Jackson's own limit on nesting (1,000) holds for
 * what is read.
 */
public final class Json {

    /**
     * An image document with the longest UefiData (64,000 characters) and 1,000 grantees is below
     * 200 kB.
     */
    public static final int TEXT_CHARS_MAX = 1 << 20;

    private static final JSON COMPACT = JSON.std;
    private static final JSON PRETTY = JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT);

    private Json() {}

    /**
     * Reads one JSON value with nothing behind it. A key that stands twice in one object is an
     * error.
     *
     * @param where ends messages
     * @param code what a failure is called
     */
    public static Object read(String text, String where, ErrorCode code) throws CatalogException {
        if (text.length() > TEXT_CHARS_MAX) {
            throw new CatalogException(
                    code,
                    "JSON of "
                            + text.length()
                            + " characters exceeds "
                            + TEXT_CHARS_MAX
                            + ": "
                            + where);
        }
        try (JsonParser parser = COMPACT.createParser(text)) {
            Object value = COMPACT.anyFrom(parser);
            if (value == null || parser.nextToken() != null) {
                throw new CatalogException(code, "is not exactly one JSON value: " + where);
            }
            return value;
        } catch (CatalogException e) {
            throw e;
        } catch (JsonProcessingException e) {
            throw new CatalogException(
                    code, "bad JSON: " + e.getOriginalMessage() + ": " + where, e);
        } catch (IOException e) {
            throw new CatalogException(code, "bad JSON: " + e.getMessage() + ": " + where, e);
        }
    }

    /** Reads a stored document. */
    public static JsonFields readDocument(byte[] bytes, String where) throws CatalogException {
        Object value =
                read(new String(bytes, StandardCharsets.UTF_8), where, ErrorCode.INTERNAL_ERROR);
        return JsonFields.of(value, where, ErrorCode.INTERNAL_ERROR);
    }

    /** The bytes of a document: indented, because people read them, with a newline at the end. */
    public static byte[] document(Map<String, Object> object) {
        return (text(PRETTY, object) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** JSON on one line. */
    public static String line(Object value) {
        return text(COMPACT, value);
    }

    /** JSON for people. */
    public static String pretty(Object value) {
        return text(PRETTY, value);
    }

    private static String text(JSON json, Object value) {
        try {
            return json.asString(value);
        } catch (IOException e) {
            // Maps, lists, strings and numbers always have a text.
            throw new UncheckedIOException(e);
        }
    }
}

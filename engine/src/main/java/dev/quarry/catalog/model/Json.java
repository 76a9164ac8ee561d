package dev.quarry.catalog.model;

import dev.quarry.json.JsonTree;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** JSON of the catalogue: texts with a limit, whose errors have the catalogue's codes. */
public final class Json {

    /**
     * An image document with the longest UefiData (64,000 characters) and 1,000 grantees is below
     * 200 kB.
     */
    public static final int TEXT_CHARS_MAX = 1 << 20;

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
        try {
            Object value = JsonTree.read(text);
            if (value == null) {
                throw new CatalogException(code, "is not exactly one JSON value: " + where);
            }
            return value;
        } catch (CatalogException e) {
            throw e;
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
        return (JsonTree.pretty(object) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** JSON on one line. */
    public static String line(Object value) {
        return JsonTree.line(value);
    }

    /** JSON for people. */
    public static String pretty(Object value) {
        return JsonTree.pretty(value);
    }
}

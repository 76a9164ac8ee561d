package dev.quarry.catalog.mapping;

import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The shorthand of the AWS command line: {@code Key=value,Key={Key=value},Key=[value,value]}.
 * Values may be quoted with {@code "} or {@code '}, where a backslash quotes the quote and itself.
 * It knows no schema: values are strings, maps and lists. One reader reads one text, on one thread.
 */
final class ShorthandReader {

    /** A mapping needs 1. */
    private static final int DEPTH_MAX = 8;

    private final String text;
    private int position;

    private ShorthandReader(String text) {
        this.text = text;
    }

    /**
     * Reads a whole text.
     *
     * @throws CatalogException of code InvalidBlockDeviceMapping, with the place counted from 0
     */
    static Map<String, Object> read(String text) throws CatalogException {
        ShorthandReader reader = new ShorthandReader(text);
        Map<String, Object> map = reader.pairs(0);
        if (reader.position < text.length()) {
            throw reader.failure("expected ',' or the end");
        }
        return map;
    }

    private Map<String, Object> pairs(int depth) throws CatalogException {
        if (depth > DEPTH_MAX) {
            throw failure("nested deeper than " + DEPTH_MAX);
        }
        Map<String, Object> map = new LinkedHashMap<>();
        do {
            skipSpace();
            String key = key();
            if (map.containsKey(key)) {
                throw failure("'" + key + "' stands twice");
            }
            expect('=');
            map.put(key, value(depth));
            skipSpace();
        } while (take(','));
        return map;
    }

    private String key() throws CatalogException {
        int start = position;
        while (position < text.length() && isKeyChar(text.charAt(position))) {
            position++;
        }
        if (position == start) {
            throw failure("expected a name");
        }
        return text.substring(start, position);
    }

    private static boolean isKeyChar(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '_'
                || c == '-'
                || c == '.'
                || c == '#'
                || c == '/';
    }

    private Object value(int depth) throws CatalogException {
        skipSpace();
        if (take('{')) {
            skipSpace();
            if (take('}')) {
                return Map.of();
            }
            Map<String, Object> map = pairs(depth + 1);
            expect('}');
            return map;
        }
        return take('[') ? list(depth + 1) : scalar();
    }

    private List<Object> list(int depth) throws CatalogException {
        if (depth > DEPTH_MAX) {
            throw failure("nested deeper than " + DEPTH_MAX);
        }
        List<Object> list = new ArrayList<>();
        skipSpace();
        if (take(']')) {
            return list;
        }
        do {
            list.add(value(depth));
            skipSpace();
        } while (take(','));
        expect(']');
        return list;
    }

    private String scalar() throws CatalogException {
        if (position < text.length()
                && (text.charAt(position) == '"' || text.charAt(position) == '\'')) {
            return quoted();
        }
        int start = position;
        while (position < text.length() && ",{}[]\"'".indexOf(text.charAt(position)) < 0) {
            position++;
        }
        return text.substring(start, position).strip();
    }

    private String quoted() throws CatalogException {
        char quote = text.charAt(position++);
        StringBuilder value = new StringBuilder();
        while (position < text.length()) {
            char c = text.charAt(position++);
            if (c == quote) {
                return value.toString();
            }
            boolean escape = c == '\\' && position < text.length();
            if (escape && (text.charAt(position) == quote || text.charAt(position) == '\\')) {
                c = text.charAt(position++);
            }
            value.append(c);
        }
        throw failure("the quote is not closed");
    }

    private void skipSpace() {
        while (position < text.length() && Character.isWhitespace(text.charAt(position))) {
            position++;
        }
    }

    private boolean take(char c) {
        if (position < text.length() && text.charAt(position) == c) {
            position++;
            return true;
        }
        return false;
    }

    private void expect(char c) throws CatalogException {
        skipSpace();
        if (!take(c)) {
            throw failure("expected '" + c + "'");
        }
    }

    private CatalogException failure(String reason) {
        return new CatalogException(
                ErrorCode.INVALID_BLOCK_DEVICE_MAPPING,
                "bad shorthand: " + reason + " at character " + position + ": " + text);
    }
}

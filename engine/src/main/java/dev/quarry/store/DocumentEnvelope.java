package dev.quarry.store;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/**
 * How a document is stored: the JSON object that it is, with a checksum as the first field. The
 * checksum is the CRC-32C of the document's name, a zero byte and the object without that field, so
 * that a document which stands under the name of another is found, too. An empty document stays
 * empty.
 *
 * <pre>
 * {"checksum": "0a1b2c3d",
 *   "format": "quarry-store",
 * …
 * </pre>
 */
final class DocumentEnvelope {

    private static final byte[] HEAD = "{\"checksum\": \"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TAIL = "\",".getBytes(StandardCharsets.US_ASCII);
    private static final int DIGITS = 8;

    /** Bytes that a stored document has more than the object that it holds. */
    private static final int OVERHEAD = HEAD.length + DIGITS + TAIL.length - 1;

    private DocumentEnvelope() {}

    /**
     * The stored form of a document.
     *
     * @param object a JSON object that has a field, or nothing
     */
    static byte[] seal(String name, byte[] object) {
        if (object.length == 0) {
            return object;
        }
        if (object[0] != '{' || !hasField(object)) {
            throw new IllegalArgumentException(name + " is no JSON object with a field");
        }
        byte[] stored = new byte[object.length + OVERHEAD];
        System.arraycopy(HEAD, 0, stored, 0, HEAD.length);
        System.arraycopy(checksum(name, object), 0, stored, HEAD.length, DIGITS);
        System.arraycopy(TAIL, 0, stored, HEAD.length + DIGITS, TAIL.length);
        System.arraycopy(object, 1, stored, OVERHEAD + 1, object.length - 1);
        return stored;
    }

    private static boolean hasField(byte[] object) {
        for (int i = 1; i < object.length; i++) {
            if (object[i] > ' ') {
                return object[i] == '"';
            }
        }
        return false;
    }

    /** Whether a document is stored in this form, damaged or not. */
    static boolean isSealed(byte[] stored) {
        return stored.length > OVERHEAD + 1
                && Arrays.equals(stored, 0, HEAD.length, HEAD, 0, HEAD.length);
    }

    /**
     * The object that was stored.
     *
     * @param where the store, for the message
     * @throws StoreException of kind CORRUPT if it is not what was stored under that name
     */
    static byte[] open(String name, byte[] stored, String where) throws StoreException {
        if (stored.length == 0) {
            return stored;
        }
        int tail = HEAD.length + DIGITS;
        if (!isSealed(stored)
                || !Arrays.equals(stored, tail, tail + TAIL.length, TAIL, 0, TAIL.length)) {
            throw damaged(name, "has no checksum", where);
        }
        byte[] object = Arrays.copyOfRange(stored, OVERHEAD, stored.length);
        object[0] = '{';
        byte[] expected = checksum(name, object);
        if (!Arrays.equals(stored, HEAD.length, tail, expected, 0, DIGITS)) {
            throw damaged(
                    name,
                    "has the checksum " + new String(expected, StandardCharsets.US_ASCII),
                    where);
        }
        return object;
    }

    private static StoreException damaged(String name, String reason, String where) {
        return new StoreException(
                StoreException.Kind.CORRUPT,
                "document is not what was written, it " + reason + ": " + name + " in " + where);
    }

    /** Lower-case digits: compared as they stand, so that each of their bits counts. */
    private static byte[] checksum(String name, byte[] object) {
        CRC32C crc = new CRC32C();
        crc.update(name.getBytes(StandardCharsets.UTF_8));
        crc.update(0);
        crc.update(object);
        return HexFormat.of().toHexDigits((int) crc.getValue()).getBytes(StandardCharsets.US_ASCII);
    }
}

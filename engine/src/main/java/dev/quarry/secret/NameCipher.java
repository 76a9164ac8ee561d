package dev.quarry.secret;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import javax.crypto.Mac;

/**
 * Encrypts the parts of names that say something: search entries, and digests that somebody could
 * compare with guesses. The same name always becomes the same, so that it is found again; it is
 * encrypted in CTR mode from a keyed digest of itself and of the folders above it, which is
 * compared when it is read (the construction of SIV, RFC 5297). Parts are padded to whole 32 bytes.
 * Thread-safe.
 */
public final class NameCipher {

    private static final int IV_BYTES = 16;
    private static final int PADDING = 32;

    /** Letters and digits of base 32, as {@link BigInteger} has them. */
    private static final int RADIX = 32;

    private static final int BITS_PER_CHAR = 5;

    /** File names have 255 bytes: what is longer goes on in a folder. */
    private static final int PART_CHARS_MAX = 200;

    private static final String CONTINUES = "-/";

    private final byte[] ivKey;
    private final byte[] key;

    NameCipher(byte[] ivKey, byte[] key) {
        this.ivKey = ivKey;
        this.key = key;
    }

    /** How many of a name's parts stay as they are; all of them where it says nothing. */
    private static int openParts(String name) {
        if (name.startsWith("terms/") || name.startsWith("blocks/")) {
            return 2;
        }
        return name.startsWith("names/")
                        || name.startsWith("accounts/")
                        || name.startsWith("tokens/")
                ? 1
                : Integer.MAX_VALUE;
    }

    /** The name under which a document is stored. */
    public String seal(String name) {
        int open = openParts(name);
        if (open == Integer.MAX_VALUE) {
            return name;
        }
        String[] parts = name.split("/", -1);
        StringBuilder path = new StringBuilder();
        StringBuilder sealed = new StringBuilder();
        for (int i = 0; i < parts.length; i++) {
            String part = parts[i];
            if (i > 0) {
                sealed.append('/');
            }
            sealed.append(i < open || part.isEmpty() ? part : seal(path.toString(), part));
            path.append(part).append('/');
        }
        return sealed.toString();
    }

    private String seal(String path, String part) {
        byte[] text = part.getBytes(StandardCharsets.UTF_8);
        byte[] padded = Arrays.copyOf(text, Math.ceilDiv(text.length, PADDING) * PADDING);
        byte[] iv = iv(path, padded);
        byte[] body = Crypto.ctr(key, iv, padded);
        byte[] all = Arrays.copyOf(iv, IV_BYTES + body.length);
        System.arraycopy(body, 0, all, IV_BYTES, body.length);
        return fold(encode(all));
    }

    private byte[] iv(String path, byte[] padded) {
        Mac mac = Crypto.hmac(ivKey);
        mac.update(path.getBytes(StandardCharsets.UTF_8));
        mac.update((byte) 0);
        return Arrays.copyOf(mac.doFinal(padded), IV_BYTES);
    }

    private static String encode(byte[] bytes) {
        int chars = Math.ceilDiv(bytes.length * Byte.SIZE, BITS_PER_CHAR);
        String digits = new BigInteger(1, bytes).toString(RADIX);
        return "0".repeat(chars - digits.length()) + digits;
    }

    private static String fold(String text) {
        StringBuilder folded = new StringBuilder();
        for (int at = 0; at < text.length(); at += PART_CHARS_MAX) {
            folded.append(at == 0 ? "" : CONTINUES)
                    .append(text, at, Math.min(text.length(), at + PART_CHARS_MAX));
        }
        return folded.toString();
    }

    /**
     * The name of a document that is stored under this one.
     *
     * @throws IllegalArgumentException if none is
     */
    public String open(String sealed) {
        int open = openParts(sealed);
        if (open == Integer.MAX_VALUE) {
            return sealed;
        }
        String[] parts = sealed.replace(CONTINUES, "").split("/", -1);
        StringBuilder path = new StringBuilder();
        for (int i = 0; i < parts.length; i++) {
            path.append(i == 0 ? "" : "/");
            String above = path.toString();
            path.append(i < open || parts[i].isEmpty() ? parts[i] : open(above, parts[i]));
        }
        return path.toString();
    }

    private String open(String path, String part) {
        byte[] all = decode(part);
        byte[] iv = Arrays.copyOf(all, IV_BYTES);
        byte[] padded = Crypto.ctr(key, iv, Arrays.copyOfRange(all, IV_BYTES, all.length));
        if (!Arrays.equals(iv, iv(path, padded))) {
            throw new IllegalArgumentException("is no name of this store: " + part);
        }
        int length = padded.length;
        while (length > 0 && padded[length - 1] == 0) {
            length--;
        }
        return new String(padded, 0, length, StandardCharsets.UTF_8);
    }

    private static byte[] decode(String text) {
        int bytes = text.length() * BITS_PER_CHAR / Byte.SIZE;
        byte[] all = new byte[Math.max(bytes, IV_BYTES)];
        byte[] number;
        try {
            number = new BigInteger(text, RADIX).toByteArray();
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("is no name of this store: " + text, e);
        }
        int skip = number.length > all.length ? number.length - all.length : 0;
        System.arraycopy(
                number, skip, all, all.length - (number.length - skip), number.length - skip);
        return all;
    }
}

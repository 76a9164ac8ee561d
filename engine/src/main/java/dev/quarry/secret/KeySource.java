package dev.quarry.secret;

import java.util.Arrays;

/**
 * What opens a store: a passphrase, or a key file's bytes. The bytes stay in memory until the
 * process ends; nothing prints them.
 */
public final class KeySource {

    /** How the bytes become a key. */
    public enum Kind {
        /** Few bits and well chosen at best: guessing is made expensive. */
        PASSPHRASE,
        /** Random bytes, which need no such thing. */
        KEY_FILE
    }

    /** What a key file has at least, so that it cannot be guessed. */
    public static final int KEY_FILE_BYTES_MIN = 32;

    /** What is read of a passphrase or key file at most. */
    public static final int BYTES_MAX = 64 << 10;

    private final Kind kind;
    private final byte[] bytes;

    private KeySource(Kind kind, byte[] bytes) {
        this.kind = kind;
        this.bytes = bytes.clone();
    }

    /**
     * @param utf8 the passphrase; the line's end behind it does not count
     * @throws IllegalArgumentException if it is empty
     */
    public static KeySource passphrase(byte[] utf8) {
        int length = utf8.length;
        while (length > 0 && (utf8[length - 1] == '\n' || utf8[length - 1] == '\r')) {
            length--;
        }
        if (length == 0) {
            throw new IllegalArgumentException("the passphrase is empty");
        }
        return new KeySource(Kind.PASSPHRASE, Arrays.copyOf(utf8, length));
    }

    /**
     * @throws IllegalArgumentException if it has fewer than {@value #KEY_FILE_BYTES_MIN} bytes
     */
    public static KeySource keyFile(byte[] bytes) {
        if (bytes.length < KEY_FILE_BYTES_MIN) {
            throw new IllegalArgumentException(
                    "a key file has "
                            + KEY_FILE_BYTES_MIN
                            + " random bytes at least, and this one "
                            + bytes.length);
        }
        return new KeySource(Kind.KEY_FILE, bytes);
    }

    public Kind kind() {
        return kind;
    }

    byte[] bytes() {
        return bytes;
    }

    @Override
    public String toString() {
        return kind.toString();
    }
}

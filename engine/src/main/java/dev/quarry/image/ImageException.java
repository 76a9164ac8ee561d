package dev.quarry.image;

import java.io.IOException;

/**
 * An image that cannot be used. Callers branch on {@link #kind}; the message is for people: what is
 * wrong, the value in hex, the limit, the position in hex, and the file.
 */
public final class ImageException extends IOException {

    private static final long serialVersionUID = 1L;

    /** What is wrong, in a small set that stays. */
    public enum Kind {
        /** Not an image of the format it was opened as. */
        FOREIGN,
        /** The image contradicts its format or itself. */
        CORRUPT,
        /** Data that the image promises lies past the end of its file. */
        TRUNCATED,
        /** Valid, but of a variant that is not read. */
        UNSUPPORTED,
        /** A claim of the image exceeds a named limit. */
        LIMIT,
        /** Refers to something that was not allowed to be opened. */
        REFERENCE_REFUSED,
        /** Refers to something that is allowed and is not there. */
        REFERENCE_MISSING,
        /** Encrypted, and no key was given. */
        ENCRYPTED
    }

    private final Kind kind;

    /**
     * @param kind what is wrong
     * @param resource name of the storage, see {@code Storage.name()}
     * @param position host byte at which the offending value stands, or -1 if there is none
     * @param reason a sentence without a full stop, with the value and the limit
     */
    public ImageException(Kind kind, String resource, long position, String reason) {
        super(message(resource, position, reason));
        this.kind = kind;
    }

    public ImageException(
            Kind kind, String resource, long position, String reason, Throwable cause) {
        super(message(resource, position, reason), cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    private static String message(String resource, long position, String reason) {
        return position < 0
                ? reason + ": " + resource
                : reason + " at 0x" + Long.toHexString(position) + ": " + resource;
    }
}

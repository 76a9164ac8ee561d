package dev.quarry.store;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/** A store that cannot be used: callers branch on {@link #kind}, the message is for people. */
public final class StoreException extends IOException {

    private static final long serialVersionUID = 1L;

    /** What is wrong, in a small set that stays. */
    public enum Kind {
        /** There is no store at that place. */
        NOT_FOUND,
        /** The store was written by a version that this one does not read. */
        VERSION,
        /** A chunk or node that something refers to is not there. */
        MISSING,
        /** The operation was stopped for longer than its lease: what it relied on may be gone. */
        EXPIRED,
        /** Another operation that excludes this one is under way. */
        BUSY,
        /** The key that was given does not fit the store: none, another one, or one too many. */
        LOCKED,
        /** Something in the store is not what it was when it was written. */
        CORRUPT
    }

    private final Kind kind;

    public StoreException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public StoreException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}

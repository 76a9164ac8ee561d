package dev.quarry.catalog.model;

import java.io.IOException;

/**
 * A rule of the catalogue refuses what was asked; nothing was changed. Callers branch on {@link
 * #code}; the message is for people: what is wrong, the value, the limit and the object.
 */
public final class CatalogException extends IOException {

    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    /**
     * @param message a sentence without a full stop, with the value, the limit and the id
     */
    public CatalogException(ErrorCode code, String message) {
        super(message);
        this.code = code;
    }

    public CatalogException(ErrorCode code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public ErrorCode code() {
        return code;
    }
}

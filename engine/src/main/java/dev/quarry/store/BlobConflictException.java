package dev.quarry.store;

import java.io.IOException;

/** Another writer was there first; nothing was changed. */
public final class BlobConflictException extends IOException {

    private static final long serialVersionUID = 1L;

    public BlobConflictException(String name, String reason) {
        super(reason + ": " + name);
    }
}

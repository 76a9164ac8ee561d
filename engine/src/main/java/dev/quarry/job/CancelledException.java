package dev.quarry.job;

import java.io.IOException;

/**
 * An operation ended because its {@link CancelToken} asked for it; what it had begun was undone.
 */
public final class CancelledException extends IOException {

    private static final long serialVersionUID = 1L;

    public CancelledException() {
        super("cancelled");
    }
}

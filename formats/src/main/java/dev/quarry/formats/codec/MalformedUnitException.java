package dev.quarry.formats.codec;

import java.io.IOException;

/**
 * Compressed data that does not decode. The message is a part of a sentence; the reader adds where
 * it stands.
 */
public final class MalformedUnitException extends IOException {

    private static final long serialVersionUID = 1L;

    /**
     * @param reason what is wrong, to follow "compressed data"
     */
    public MalformedUnitException(String reason) {
        super(reason);
    }

    MalformedUnitException(String reason, Throwable cause) {
        super(reason, cause);
    }
}

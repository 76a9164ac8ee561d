package dev.quarry.store;

import java.io.IOException;

/** Takes encoded frames; thread-safe. */
interface FrameSink {

    /**
     * @param frame valid during the call
     */
    void append(EncodedFrame frame) throws IOException;
}

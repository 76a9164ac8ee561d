package dev.quarry.benchmarks.index;

import java.io.Closeable;
import java.io.IOException;

/** An index on disk that was filled, opened to be asked. For one thread. */
interface Contender extends Closeable {

    /** Whether it has an id. */
    boolean has(byte[] id) throws IOException;

    @Override
    void close() throws IOException;
}

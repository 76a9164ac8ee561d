package dev.quarry;

import dev.quarry.store.ChunkStore;
import dev.quarry.store.StoreException;
import dev.quarry.store.StoreLease;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;

/**
 * Keeps collectors from deleting what is being read, as far as {@link ChunkStore#readerLease} can.
 */
final class StoreReading implements Closeable {

    private final @Nullable StoreLease lease;

    private StoreReading(@Nullable StoreLease lease) {
        this.lease = lease;
    }

    /** Begins to read what is published now. */
    static StoreReading begin(ChunkStore chunks) throws IOException {
        StoreReading reading = new StoreReading(chunks.readerLease());
        try {
            chunks.refresh();
            return reading;
        } catch (IOException | RuntimeException e) {
            reading.close();
            throw e;
        }
    }

    /** What is done while packs stay where they are. */
    @FunctionalInterface
    interface Work<T> {
        T run() throws IOException;
    }

    /**
     * Reads what is published now.
     *
     * @throws StoreException of kind EXPIRED if it failed after this process was stopped for longer
     *     than its lease, and so most likely because the store was collected meanwhile
     */
    static <T> T during(ChunkStore chunks, Work<T> work) throws IOException {
        try (StoreReading reading = begin(chunks)) {
            try {
                return work.run();
            } catch (IOException e) {
                reading.requireHeld(e);
                throw e;
            }
        }
    }

    /**
     * Is told of a failure.
     *
     * @throws StoreException of kind EXPIRED if this process was stopped for longer than its lease
     */
    void requireHeld(IOException failure) throws StoreException {
        if (lease != null) {
            lease.requireHeld(failure);
        }
    }

    @Override
    public void close() throws IOException {
        if (lease != null) {
            lease.close();
        }
    }
}

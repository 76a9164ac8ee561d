package dev.quarry;

import dev.quarry.store.ChunkStore;
import dev.quarry.store.StoreException;
import dev.quarry.store.StoreLease;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;

/**
 * Keeps collectors from deleting what is being read. A store that may only be read is read without:
 * there, a collection of somebody else can make the reading fail.
 */
final class StoreReading implements Closeable {

    private final @Nullable StoreLease lease;

    private StoreReading(@Nullable StoreLease lease) {
        this.lease = lease;
    }

    /** Begins to read what is published now. */
    static StoreReading begin(ChunkStore chunks) throws IOException {
        StoreReading reading = new StoreReading(leaseOrNull(chunks));
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

    private static @Nullable StoreLease leaseOrNull(ChunkStore chunks) throws IOException {
        try {
            return chunks.lease(StoreLease.Kind.READER);
        } catch (AccessDeniedException e) {
            return null;
        } catch (FileSystemException e) {
            if (String.valueOf(e.getReason()).contains("Read-only file system")) {
                return null;
            }
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        if (lease != null) {
            lease.close();
        }
    }
}

package dev.quarry.benchmarks.store;

import dev.quarry.benchmarks.process.WorkFolder;
import dev.quarry.store.BlobStore;
import dev.quarry.store.ChunkStore;
import dev.quarry.store.LocalBlobStore;
import dev.quarry.store.StoreProperties;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/** A chunk store in a folder that goes with it. */
public final class TemporaryStore implements Closeable {

    private final WorkFolder folder;
    private final BlobStore blobs;
    private final ChunkStore chunks;

    /**
     * @param parent where the folder is made, best in memory
     */
    public TemporaryStore(Path parent, StoreProperties properties) throws IOException {
        this.folder = new WorkFolder(parent);
        this.blobs = new LocalBlobStore(folder.path());
        this.chunks = ChunkStore.create(blobs, properties);
    }

    /** The store. */
    public ChunkStore chunks() {
        return chunks;
    }

    @Override
    public void close() throws IOException {
        try (folder;
                blobs) {
            chunks.close();
        }
    }
}

package dev.quarry.benchmarks.index;

import dev.quarry.chunk.Grid;
import dev.quarry.store.ChunkSession;
import dev.quarry.store.ChunkStore;
import dev.quarry.store.FrameBuilder;
import dev.quarry.store.LocalBlobStore;
import dev.quarry.store.StoreProperties;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** The store's own index. The chunks behind it are all the same block of zeros. */
final class QuarryIndex implements Contender {

    /**
     * Chunks of an import: each makes a pack and a segment, and segments are merged as they come.
     */
    private static final int IMPORT_CHUNKS = 200_000;

    private final LocalBlobStore blobs;
    private final ChunkStore store;
    private final ChunkStore.Reading reading;

    QuarryIndex(Path folder) throws IOException {
        this.blobs = new LocalBlobStore(folder);
        this.store = ChunkStore.open(blobs);
        this.reading = store.reading();
    }

    static void fill(Path folder, Keys keys) throws IOException {
        byte[] id = new byte[Grid.DIGEST_BYTES];
        try (LocalBlobStore blobs = new LocalBlobStore(folder);
                ChunkStore store = ChunkStore.create(blobs, StoreProperties.DEFAULT);
                Arena arena = Arena.ofConfined()) {
            MemorySegment block = arena.allocate(Grid.BLOCK_BYTES);
            for (long done = 0; done < keys.count(); done += IMPORT_CHUNKS) {
                long end = Math.min(keys.count(), done + IMPORT_CHUNKS);
                try (ChunkSession session = store.begin();
                        FrameBuilder frames = session.newFrameBuilder()) {
                    for (long number = done; number < end; number++) {
                        keys.write(keys.rank(number), id);
                        frames.add(id, block, 0, Grid.BLOCK_BYTES);
                    }
                    frames.flush();
                    session.commit();
                }
            }
        }
    }

    @Override
    public boolean has(byte[] id) throws IOException {
        return reading.has(id);
    }

    @Override
    public void close() throws IOException {
        try (blobs) {
            store.close();
        }
    }
}

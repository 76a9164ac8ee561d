package dev.quarry;

import dev.quarry.block.BlockSource;
import dev.quarry.block.Extent;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.snapshot.SnapshotDisk;
import dev.quarry.snapshot.SnapshotReader;
import dev.quarry.store.ChunkStore;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** A snapshot as a disk, which collectors leave alone while it is open. */
final class StoredDisk implements BlockSource {

    private final StoreReading reading;
    private final SnapshotDisk disk;

    private StoredDisk(StoreReading reading, SnapshotDisk disk) {
        this.reading = reading;
        this.disk = disk;
    }

    static StoredDisk open(ChunkStore chunks, Snapshot snapshot, int threads) throws IOException {
        StoreReading reading = StoreReading.begin(chunks);
        try {
            SnapshotReader reader = new SnapshotReader(chunks, threads);
            return new StoredDisk(
                    reading, new SnapshotDisk(chunks, reader, reader.root(snapshot.root())));
        } catch (IOException | RuntimeException e) {
            reading.close();
            throw e;
        }
    }

    @Override
    public long size() {
        return disk.size();
    }

    @Override
    public void read(long offset, MemorySegment target) throws IOException {
        try {
            disk.read(offset, target);
        } catch (IOException e) {
            reading.requireHeld(e);
            throw e;
        }
    }

    @Override
    public Extent extentAt(long offset, long limit) {
        return disk.extentAt(offset, limit);
    }

    @Override
    public void close() throws IOException {
        try (reading) {
            disk.close();
        }
    }
}

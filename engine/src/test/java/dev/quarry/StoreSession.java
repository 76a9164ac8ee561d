package dev.quarry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.quarry.block.MemoryDisk;
import dev.quarry.catalog.AccountCatalog;
import dev.quarry.catalog.Catalog;
import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotSource;
import dev.quarry.catalog.rule.SnapshotRegistration;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.snapshot.SnapshotReader;
import dev.quarry.snapshot.SnapshotWriter;
import dev.quarry.store.BlobStore;
import dev.quarry.store.ChunkStore;
import dev.quarry.store.CollectionResult;
import dev.quarry.store.Collector;
import dev.quarry.store.LeaseTiming;
import dev.quarry.store.SoundStore;
import dev.quarry.store.StoreLease;
import dev.quarry.store.StoreProperties;
import dev.quarry.store.VerifyDepth;

import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;

/** A process: its own view of a store that others use, too. */
final class StoreSession implements AutoCloseable {

    /** Leases that die within a fifth of a second. */
    static final LeaseTiming FAST = new LeaseTiming(20, 10, 20);

    final BlobStore blobs;
    final ChunkStore chunks;
    final Catalog catalog;
    final AccountCatalog account;

    StoreSession(BlobStore blobs) throws IOException {
        this.blobs = blobs;
        if (blobs.readDocument(ChunkStore.PROPERTIES).isEmpty()) {
            ChunkStore.create(blobs, StoreProperties.DEFAULT).close();
        }
        this.chunks = ChunkStore.open(blobs, FAST);
        this.catalog = Catalog.open(chunks.blobs(), Clock.systemUTC());
        this.account = catalog.as(Actor.DEFAULT_ACCOUNT);
    }

    Snapshot add(byte[] disk) throws IOException {
        try (StoreLease lease = chunks.lease(StoreLease.Kind.WRITER)) {
            return account.registerSnapshot(registration(write(disk, lease)), lease);
        }
    }

    SnapshotWriter.Result write(byte[] disk, StoreLease lease) throws IOException {
        return new SnapshotWriter(chunks, 1)
                .write(
                        new MemoryDisk(disk, 4096),
                        null,
                        lease,
                        ProgressListener.none(),
                        new CancelToken());
    }

    static SnapshotRegistration registration(SnapshotWriter.Result content) {
        return SnapshotRegistration.of(content.root(), content.content().hex(), content.sizeBytes())
                .withSource(SnapshotSource.file("disk", "raw"));
    }

    Collector collector() {
        return new Collector(
                chunks, new CatalogRoots(catalog, chunks.blobs()), Collector.LIVE_RATIO, 2);
    }

    CollectionResult collect() throws IOException {
        return collector().run(new CancelToken());
    }

    void assertHolds(Map<String, byte[]> disks) throws IOException {
        chunks.refresh();
        List<String> ids = new ArrayList<>();
        for (Snapshot snapshot : account.snapshots()) {
            ids.add(snapshot.id());
            byte[] disk = Objects.requireNonNull(disks.get(snapshot.id()));
            MemoryDisk target = MemoryDisk.dirty(disk.length);
            SnapshotReader reader = new SnapshotReader(chunks, 1);
            reader.rebuild(
                    reader.root(snapshot.root()),
                    target,
                    ProgressListener.none(),
                    new CancelToken());
            assertArrayEquals(disk, target.bytes(), snapshot.id());
        }
        assertEquals(disks.keySet(), new TreeSet<>(ids));
    }

    void assertSound() throws IOException {
        try (SoundStore sound =
                chunks.verify(VerifyDepth.full(), 1, ProgressListener.none(), new CancelToken())) {
            assertEquals(List.of(), sound.findings().list());
        }
    }

    long packBytes() throws IOException {
        chunks.refresh();
        return chunks.packTotals().bytes();
    }

    @Override
    public void close() throws IOException {
        chunks.close();
        blobs.close();
    }
}

package dev.quarry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.block.MemoryDisk;
import dev.quarry.catalog.Catalog;
import dev.quarry.catalog.Uploads;
import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotState;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.json.JsonTree;
import dev.quarry.snapshot.SnapshotReader;
import dev.quarry.snapshot.SnapshotWriter;
import dev.quarry.store.BlobStore;
import dev.quarry.store.ChunkStore;
import dev.quarry.store.CollectionResult;
import dev.quarry.store.Collector;
import dev.quarry.store.FailingBlobStore;
import dev.quarry.store.ForwardingBlobStore;
import dev.quarry.store.LeaseTiming;
import dev.quarry.store.LocalBlobStore;
import dev.quarry.store.MemoryBlobStore;
import dev.quarry.store.StoreException;
import dev.quarry.store.StoreLease;
import dev.quarry.testdata.Replay;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;

/** What snapshots need stays, whatever happens, and what they do not goes. */
final class CollectorTest {

    private static final int SIZE = 2 << 20;

    @TempDir Path folder;

    CollectorTest() {}

    private StoreSession open() throws IOException {
        return new StoreSession(new LocalBlobStore(folder));
    }

    /** A disk of which parts are those of another. */
    private static byte[] disk(RandomGenerator random, byte[] other) {
        byte[] disk = MemoryDisk.content(random.nextLong(), SIZE);
        for (int i = 0; i < 6; i++) {
            int length = (1 + random.nextInt(60)) * 4096;
            int from = random.nextInt((SIZE - length) / 4096) * 4096;
            int to = random.nextInt((SIZE - length) / 4096) * 4096;
            System.arraycopy(other, from, disk, to, length);
        }
        return disk;
    }

    @Test
    void whatIsNotNeededGoesExactlyAsSaidBefore() {
        Replay.seeds(
                4,
                random -> {
                    try (StoreSession session =
                            new StoreSession(
                                    new LocalBlobStore(folder.resolve("" + random.nextLong())))) {
                        Map<String, byte[]> disks = new TreeMap<>();
                        byte[] last = MemoryDisk.content(random.nextLong(), SIZE);
                        for (int round = 0; round < 6; round++) {
                            for (int i = 0; i < 3; i++) {
                                last = disk(random, last);
                                disks.put(session.add(last).id(), last);
                            }
                            for (String id : List.copyOf(disks.keySet())) {
                                if (random.nextInt(3) == 0) {
                                    session.account.deleteSnapshot(id);
                                    disks.remove(id);
                                }
                            }
                            long before = session.packBytes();
                            CollectionResult dry = session.collector().dryRun();
                            CollectionResult wet = session.collect();
                            assertEquals(dry, wet);
                            assertEquals(before, wet.packBytes());
                            assertEquals(before - wet.freedBytes(), session.packBytes());
                            session.assertHolds(disks);
                            session.assertSound();
                            CollectionResult again = session.collect();
                            assertTrue(again.deletedBytes() <= wet.packBytes());
                        }
                        for (String id : disks.keySet()) {
                            session.account.deleteSnapshot(id);
                        }
                        session.collect();
                        assertEquals(0, session.packBytes());
                        assertEquals(List.of(), session.blobs.list("index/"));
                    }
                });
    }

    @Test
    void aWriterThatRefersToGarbageKeepsIt() throws Exception {
        byte[] disk = MemoryDisk.content(1, SIZE);
        try (StoreSession writer = open();
                StoreSession collector = open()) {
            Snapshot old = writer.add(disk);
            try (StoreLease lease = writer.chunks.lease(StoreLease.Kind.WRITER)) {
                writer.account.deleteSnapshot(old.id());
                SnapshotWriter.Result again = writer.write(disk, lease);
                assertEquals(0, again.newBytes(), "all of it refers to garbage");
                CompletableFuture<CollectionResult> collecting = collecting(collector);
                assertThrows(
                        TimeoutException.class, () -> collecting.get(500, TimeUnit.MILLISECONDS));
                Snapshot fresh =
                        writer.account.registerSnapshot(StoreSession.registration(again), lease);
                end(lease);
                collecting.get(20, TimeUnit.SECONDS);
                Map<String, byte[]> disks = Map.of(fresh.id(), disk);
                collector.assertHolds(disks);
                writer.assertHolds(disks);
            }
        }
    }

    private static void end(Closeable lease) throws IOException {
        lease.close();
    }

    private static CompletableFuture<CollectionResult> collecting(StoreSession session) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return session.collect();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** One that begins after packs were condemned does not refer to them. */
    @Test
    void aWriterThatBeginsLaterStoresAnew() throws Exception {
        byte[] disk = MemoryDisk.content(2, SIZE);
        try (StoreSession first = open();
                StoreSession second = open();
                StoreSession collector = open()) {
            Snapshot old = first.add(disk);
            second.chunks.refresh();
            try (StoreLease holding = first.chunks.lease(StoreLease.Kind.WRITER)) {
                first.account.deleteSnapshot(old.id());
                CompletableFuture<CollectionResult> collecting = collecting(collector);
                while (first.blobs.readDocument("gc/state.json").isEmpty()) {
                    Thread.sleep(5);
                }
                Snapshot fresh = second.add(disk);
                end(holding);
                CollectionResult result = collecting.get(20, TimeUnit.SECONDS);
                assertEquals(1, result.deletedPacks());
                second.assertHolds(Map.of(fresh.id(), disk));
            }
        }
    }

    /** It refers to nothing of it, but its index has it and opens it to look. */
    @Test
    void aPackStaysAsLongAsAWriterKnowsIt() throws Exception {
        byte[] disk = MemoryDisk.content(2, SIZE);
        try (StoreSession first = open();
                StoreSession second = open();
                StoreSession collector = open()) {
            Snapshot old = first.add(disk);
            try (StoreLease holding = first.chunks.lease(StoreLease.Kind.WRITER)) {
                first.account.deleteSnapshot(old.id());
                CompletableFuture<CollectionResult> collecting = collecting(collector);
                while (first.blobs.readDocument("gc/state.json").isEmpty()) {
                    Thread.sleep(5);
                }
                try (StoreLease late = second.chunks.lease(StoreLease.Kind.WRITER)) {
                    end(holding);
                    while (!isAnyDoomed(first)) {
                        Thread.sleep(5);
                    }
                    assertThrows(TimeoutException.class, () -> collecting.get(1, TimeUnit.SECONDS));
                    end(late);
                }
                assertEquals(1, collecting.get(20, TimeUnit.SECONDS).deletedPacks());
            }
        }
    }

    private static boolean isAnyDoomed(StoreSession session) throws IOException {
        BlobStore.Document state = session.blobs.readDocument("gc/state.json").orElseThrow();
        Object doomed =
                JsonTree.readObject(new String(state.bytes(), StandardCharsets.UTF_8))
                        .get("doomed");
        return doomed instanceof List<?> names && !names.isEmpty();
    }

    /** A lease that is not renewed is that of a dead or stopped process. */
    @Test
    void aWriterThatWasStoppedForTooLongIsRefused() throws Exception {
        byte[] disk = MemoryDisk.content(3, SIZE);
        try (StoreSession session = open()) {
            Snapshot old = session.add(disk);
            // A process of slow renewals, and so as good as stopped.
            ChunkStore stopped =
                    ChunkStore.open(session.blobs, new LeaseTiming(1_000_000, 100_000, 20));
            try (stopped;
                    StoreLease lease = stopped.lease(StoreLease.Kind.WRITER)) {
                session.account.deleteSnapshot(old.id());
                SnapshotWriter.Result again =
                        new SnapshotWriter(stopped, 1)
                                .write(
                                        new MemoryDisk(disk, 4096),
                                        null,
                                        lease,
                                        ProgressListener.none(),
                                        new CancelToken());
                CollectionResult result = session.collect();
                assertEquals(1, result.deletedPacks());
                StoreException refused =
                        assertThrows(
                                StoreException.class,
                                () ->
                                        session.account.registerSnapshot(
                                                StoreSession.registration(again), lease));
                assertEquals(StoreException.Kind.EXPIRED, refused.kind());
                session.assertHolds(Map.of());
            }
        }
    }

    /** The tightest place: pending, committed, then stopped for longer than the lease. */
    @Test
    void aRegistrationThatWasCutOffIsTakenBack() throws Exception {
        byte[] disk = MemoryDisk.content(4, SIZE);
        for (int changes = 0; ; changes++) {
            try (StoreSession session =
                    new StoreSession(new LocalBlobStore(folder.resolve("cut" + changes)))) {
                FailingBlobStore failing = new FailingBlobStore(session.blobs, changes);
                boolean done = cutOffRegistration(failing, disk);
                // The first one finds out that the writer is dead.
                session.collect();
                session.collect();
                List<Snapshot> left = session.account.snapshots();
                if (done) {
                    assertEquals(1, left.size());
                    session.assertHolds(Map.of(left.getFirst().id(), disk));
                } else {
                    // Either it is there for everyone, or it is gone with all it had.
                    Map<String, byte[]> disks = new HashMap<>();
                    left.forEach(snapshot -> disks.put(snapshot.id(), disk));
                    session.assertHolds(disks);
                    assertEquals(left.isEmpty(), session.packBytes() == 0);
                }
                assertEquals(List.of(), session.blobs.list("leases/"));
                if (failing.isSpared()) {
                    return;
                }
            }
        }
    }

    private static boolean cutOffRegistration(FailingBlobStore failing, byte[] disk)
            throws IOException {
        // Not closed: a process that is killed closes nothing. Its renewing thread fails, too.
        ChunkStore store;
        StoreLease lease;
        try {
            store = ChunkStore.open(failing, StoreSession.FAST);
            lease = store.lease(StoreLease.Kind.WRITER);
            SnapshotWriter.Result content =
                    new SnapshotWriter(store, 1)
                            .write(
                                    new MemoryDisk(disk, 4096),
                                    null,
                                    lease,
                                    ProgressListener.none(),
                                    new CancelToken());
            Catalog.open(store.blobs(), Clock.systemUTC())
                    .as(Actor.DEFAULT_ACCOUNT)
                    .registerSnapshot(StoreSession.registration(content), lease);
            lease.close();
            return true;
        } catch (FailingBlobStore.Killed e) {
            return false;
        }
    }

    /** What a completion had brought that was cut off goes when the upload's time is over. */
    @Test
    void aFailedUploadKeepsNothing() throws Exception {
        try (StoreSession session = new StoreSession(new MemoryBlobStore())) {
            String id = session.account.uploads().start(Uploads.Start.of(1)).id();
            try (StoreLease lease = session.chunks.lease(StoreLease.Kind.WRITER)) {
                SnapshotWriter.Result content = session.write(MemoryDisk.content(9, SIZE), lease);
                for (int changes = 0; !session.account.snapshot(id).hasContent(); changes++) {
                    completeAndDie(session, id, content, lease, changes);
                }
            }
            assertEquals(SnapshotState.PENDING, session.account.snapshot(id).state());
            Catalog later =
                    Catalog.open(
                            session.chunks.blobs(),
                            Clock.offset(Clock.systemUTC(), Duration.ofDays(30)));
            for (int round = 0; round < 2; round++) {
                assertTrue(session.packBytes() > 0);
                new Collector(
                                session.chunks,
                                new CatalogRoots(later, session.chunks.blobs()),
                                Collector.LIVE_RATIO,
                                1)
                        .run(new CancelToken());
            }
            assertEquals(SnapshotState.ERROR, session.account.snapshot(id).state());
            assertEquals(0, session.packBytes());
        }
    }

    private static void completeAndDie(
            StoreSession session,
            String id,
            SnapshotWriter.Result content,
            StoreLease lease,
            int changes)
            throws IOException {
        try {
            Catalog.open(new FailingBlobStore(session.chunks.blobs(), changes), Clock.systemUTC())
                    .as(Actor.DEFAULT_ACCOUNT)
                    .uploads()
                    .complete(id, content.root(), content.content().hex(), lease);
        } catch (FailingBlobStore.Killed e) {
            // As it should be.
        }
    }

    /** A collection that is killed at any change loses nothing, and the next one goes on. */
    @Test
    void aCollectionThatIsKilledAnywhereLosesNothing() throws Exception {
        byte[] first = MemoryDisk.content(7, SIZE);
        byte[] second = Arrays.copyOf(first, SIZE);
        System.arraycopy(MemoryDisk.content(8, SIZE), 0, second, 0, SIZE / 4 * 3);
        int kills = 0;
        for (int changes = 0; ; changes++) {
            MemoryBlobStore blobs = new MemoryBlobStore();
            try (StoreSession session = new StoreSession(blobs)) {
                Snapshot gone = session.add(first);
                Snapshot kept = session.add(second);
                session.account.deleteSnapshot(gone.id());
                Map<String, byte[]> disks = Map.of(kept.id(), second);
                FailingBlobStore failing = new FailingBlobStore(blobs, changes);
                boolean killed = false;
                try (StoreSession killing = new StoreSession(failing)) {
                    killing.collect();
                } catch (FailingBlobStore.Killed e) {
                    killed = true;
                    kills++;
                }
                try (StoreSession after = new StoreSession(blobs)) {
                    after.assertHolds(disks);
                    after.assertSound();
                    after.collect();
                    after.assertHolds(disks);
                    after.assertSound();
                    assertEquals(List.of(), blobs.list("leases/"));
                    CollectionResult rest = after.collector().dryRun();
                    assertEquals(0, rest.deletedPacks(), "all is collected");
                }
                if (!killed) {
                    assertTrue(kills >= 15, kills + " kills");
                    return;
                }
            }
        }
    }

    /** Between the collector's looking at the packs and at the snapshots. */
    @Test
    void aSnapshotThatIsRegisteredMeanwhileIsNotMissing() throws Exception {
        byte[] late = MemoryDisk.content(15, SIZE);
        MemoryBlobStore blobs = new MemoryBlobStore();
        try (StoreSession writer = new StoreSession(blobs)) {
            byte[] early = MemoryDisk.content(14, SIZE);
            Map<String, byte[]> disks = new HashMap<>();
            disks.put(writer.add(early).id(), early);
            ForwardingBlobStore interrupted =
                    new ForwardingBlobStore(blobs) {
                        @Override
                        protected void before(Operation operation, String name) throws IOException {
                            if (operation == Operation.LIST
                                    && name.startsWith("snapshots/")
                                    && disks.size() == 1) {
                                disks.put(writer.add(late).id(), late);
                            }
                        }
                    };
            try (StoreSession collector = new StoreSession(interrupted)) {
                collector.collect();
            }
            assertEquals(2, disks.size());
            writer.assertHolds(disks);
        }
    }

    @Test
    void aReaderLosesNoPackUnderItsFeet() throws Exception {
        byte[] first = MemoryDisk.content(9, SIZE);
        byte[] second = Arrays.copyOf(first, SIZE);
        System.arraycopy(MemoryDisk.content(10, SIZE), 0, second, 0, SIZE / 4 * 3);
        try (StoreSession reader = open();
                StoreSession collector = open()) {
            Snapshot gone = reader.add(first);
            Snapshot kept = reader.add(second);
            try (StoreReading reading = StoreReading.begin(reader.chunks)) {
                reader.account.deleteSnapshot(gone.id());
                CompletableFuture<CollectionResult> collecting = collecting(collector);
                assertThrows(
                        TimeoutException.class, () -> collecting.get(500, TimeUnit.MILLISECONDS));
                SnapshotReader snapshots = new SnapshotReader(reader.chunks, 1);
                MemoryDisk target = MemoryDisk.dirty(SIZE);
                snapshots.rebuild(
                        snapshots.root(kept.root()),
                        target,
                        ProgressListener.none(),
                        new CancelToken());
                assertArrayEquals(second, target.bytes());
                assertFalse(collecting.isDone());
                end(reading);
                assertTrue(collecting.get(20, TimeUnit.SECONDS).deletedPacks() > 0);
            }
            reader.assertHolds(Map.of(kept.id(), second));
        }
    }

    /** Many small imports leave many small packs, which are merged, and what they have stays. */
    @Test
    void smallPacksAreMerged() throws Exception {
        try (StoreSession session = new StoreSession(new MemoryBlobStore())) {
            Map<String, byte[]> disks = new HashMap<>();
            for (int i = 0; i < 7; i++) {
                byte[] disk = MemoryDisk.content(100 + i, SIZE);
                disks.put(session.add(disk).id(), disk);
            }
            assertEquals(0, session.collect().deletedPacks(), "seven are not many");
            byte[] disk = MemoryDisk.content(200, SIZE);
            disks.put(session.add(disk).id(), disk);
            CollectionResult dry = session.collector().dryRun();
            CollectionResult wet = session.collect();
            assertEquals(dry, wet);
            assertEquals(8, wet.deletedPacks());
            assertTrue(wet.freedBytes() > 0, wet.toString());
            session.chunks.refresh();
            assertEquals(1, session.chunks.packTotals().packs());
            session.assertHolds(disks);
            session.assertSound();
            assertEquals(0, session.collect().deletedPacks());
        }
    }

    @Test
    void twoCollectionsExcludeOneAnother() throws Exception {
        try (StoreSession session = open();
                StoreSession other = open()) {
            session.add(MemoryDisk.content(11, SIZE));
            try (StoreLease _ = session.chunks.lease(StoreLease.Kind.COLLECTOR)) {
                StoreException busy = assertThrows(StoreException.class, other::collect);
                assertEquals(StoreException.Kind.BUSY, busy.kind());
            }
            other.collect();
        }
    }

    @Test
    void aDamagedTreeStopsACollection() throws Exception {
        try (StoreSession session = new StoreSession(new MemoryBlobStore())) {
            session.add(MemoryDisk.content(12, SIZE));
            for (String pack : session.blobs.list("packs/")) {
                session.blobs.delete(pack);
            }
            byte[] other = MemoryDisk.content(13, SIZE);
            Snapshot gone = session.add(other);
            session.account.deleteSnapshot(gone.id());
            long before = session.packBytes();
            assertThrows(StoreException.class, session::collect);
            assertEquals(before, session.packBytes());
        }
    }
}

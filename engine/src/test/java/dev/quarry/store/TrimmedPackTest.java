package dev.quarry.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quarry.block.MemoryDisk;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.secret.KeySource;
import dev.quarry.snapshot.LiveMarker;
import dev.quarry.snapshot.SnapshotReader;
import dev.quarry.snapshot.SnapshotWriter;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** What nothing needs is taken out of packs where it stands, and what is needed stays as it is. */
final class TrimmedPackTest {

    private static final int SIZE = 8 << 20;

    /** Several frames, so that most of those that are needed are needed whole. */
    private static final int RUN = 1 << 20;

    /** Small, so that a pack of a few MiB is not. */
    private static final ChunkSession.Limits LIMITS = new ChunkSession.Limits(1 << 20, 1 << 18);

    private static final LeaseTiming FAST = new LeaseTiming(20, 10, 20);

    private static final byte[] FIRST = random(1);

    @TempDir Path folder;

    TrimmedPackTest() {}

    private static byte[] random(int seed) {
        byte[] disk = new byte[SIZE];
        new Random(seed).nextBytes(disk);
        return disk;
    }

    /** A disk that shares every {@code n}-th run with the first one. */
    private static byte[] sharing(int n) {
        byte[] disk = random(n);
        for (int at = 0; at < SIZE; at += n * RUN) {
            System.arraycopy(FIRST, at, disk, at, RUN);
        }
        return disk;
    }

    private static String write(ChunkStore store, byte[] disk) throws IOException {
        return new SnapshotWriter(store, 1)
                .write(new MemoryDisk(disk, 4096), ProgressListener.none(), new CancelToken())
                .root();
    }

    private static CollectionResult collect(ChunkStore store, List<String> roots)
            throws IOException {
        CollectionResult dry = collector(store, roots).dryRun();
        CollectionResult wet = collector(store, roots).run(new CancelToken());
        assertEquals(dry, wet);
        store.refresh();
        return wet;
    }

    private static Collector collector(ChunkStore store, List<String> roots) {
        Collector.Roots all =
                new Collector.Roots() {
                    @Override
                    public Collector.Needs list() {
                        return (live, workers, cancel) ->
                                new LiveMarker(live, workers, cancel).mark(roots);
                    }

                    @Override
                    public void settle() {
                        // Nothing is pending.
                    }
                };
        return new Collector(store, all, Collector.LIVE_RATIO, 2, LIMITS);
    }

    private static void assertHolds(ChunkStore store, String root, byte[] disk) throws IOException {
        MemoryDisk read = MemoryDisk.dirty(SIZE);
        SnapshotReader reader = new SnapshotReader(store, 1);
        reader.rebuild(reader.root(root), read, ProgressListener.none(), new CancelToken());
        assertArrayEquals(disk, read.bytes());
    }

    private static List<Finding> findings(ChunkStore store) throws IOException {
        try (SoundStore sound =
                store.verify(VerifyDepth.full(), 2, ProgressListener.none(), new CancelToken())) {
            return sound.findings().list();
        }
    }

    private static List<String> blobs(BlobStore blobs, String ending) throws IOException {
        return blobs.list("packs/").stream().filter(name -> name.endsWith(ending)).toList();
    }

    private static @Nullable KeySource key(boolean isEncrypted) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) 5);
        return isEncrypted ? KeySource.keyFile(bytes) : null;
    }

    /** Bytes that a store's packs take on the medium. */
    private long diskUsage() throws Exception {
        Process du =
                new ProcessBuilder("du", "-s", "-B1", folder.resolve("packs").toString()).start();
        String line = new String(du.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(du.waitFor(10, TimeUnit.SECONDS));
        return Long.parseLong(line.substring(0, line.indexOf('\t')));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void garbageGoesWhereItStands(boolean isEncrypted) throws Exception {
        try (BlobStore blobs = new LocalBlobStore(folder)) {
            ChunkStore.create(blobs, StoreProperties.DEFAULT, key(isEncrypted)).close();
            try (ChunkStore store = ChunkStore.open(blobs, FAST, key(isEncrypted))) {
                write(store, FIRST);
                String half = write(store, sharing(2));
                String quarter = write(store, sharing(4));
                String pack = blobs(blobs, ".pack").getFirst();
                assumeTrue(store.blobs().canDiscard(pack), "no holes in files here");
                long before = diskUsage();
                CollectionResult first = collect(store, List.of(half, quarter));
                assertEquals(1, first.trimmedPacks(), first.toString());
                assertEquals(0, first.writtenBytes());
                assertEquals(1, blobs(blobs, ".frames").size());
                assertTrue(
                        Math.abs(before - first.freedBytes() - diskUsage()) < 64 << 10,
                        before + " " + first + " " + diskUsage());
                assertEquals(first.packBytes() - first.freedBytes(), store.packTotals().bytes());
                assertEquals(0, collect(store, List.of(half, quarter)).trimmedPacks());
                assertHolds(store, half, sharing(2));
                assertHolds(store, quarter, sharing(4));
                assertEquals(List.of(), findings(store));

                CollectionResult second = collect(store, List.of(quarter));
                assertEquals(1, second.trimmedPacks(), second.toString());
                assertEquals(1, second.deletedPacks(), second.toString());
                assertEquals(second.packBytes() - second.freedBytes(), store.packTotals().bytes());
                assertHolds(store, quarter, sharing(4));
                assertEquals(List.of(), findings(store));

                collect(store, List.of());
                assertEquals(List.of(), blobs.list("packs/"));
                assertEquals(List.of(), blobs.list("index/"));
            }
        }
    }

    /** Too much of it is needed to write it anew for what is not; to trim it costs nothing. */
    @Test
    void aPackOfWhichMostIsNeededIsTrimmed() throws IOException {
        byte[] most = FIRST.clone();
        byte[] other = random(2);
        System.arraycopy(other, 0, most, 3 * RUN, RUN);
        MemoryBlobStore blobs = new MemoryBlobStore(true);
        ChunkStore.create(blobs, StoreProperties.DEFAULT).close();
        try (ChunkStore store = ChunkStore.open(blobs, FAST)) {
            write(store, FIRST);
            String root = write(store, most);
            CollectionResult result = collect(store, List.of(root));
            assertEquals(1, result.trimmedPacks(), result.toString());
            assertEquals(0, result.writtenBytes());
            assertTrue(result.freedBytes() > RUN / 2, result.toString());
            assertHolds(store, root, most);
            assertEquals(0, collect(store, List.of(root)).freedBytes());
        }
    }

    /**
     * As by {@code cp -l}: what the other has stays what it is, and the store frees what it can.
     */
    @Test
    void aPackThatSomebodyElseHasIsWrittenAnew() throws IOException {
        try (BlobStore blobs = new LocalBlobStore(folder)) {
            ChunkStore.create(blobs, StoreProperties.DEFAULT).close();
            try (ChunkStore store = ChunkStore.open(blobs, FAST)) {
                write(store, FIRST);
                Path pack = folder.resolve(blobs(blobs, ".pack").getFirst());
                byte[] bytes = Files.readAllBytes(pack);
                Path other = Files.createLink(folder.resolve("other"), pack);
                String half = write(store, sharing(2));
                CollectionResult result = collect(store, List.of(half));
                assertEquals(0, result.trimmedPacks());
                assertTrue(result.writtenBytes() > SIZE / 3, result.toString());
                assertArrayEquals(bytes, Files.readAllBytes(other));
                assertHolds(store, half, sharing(2));
            }
        }
    }

    /** Linked when it was trimmed already: nothing is punched, and nothing is lost. */
    @Test
    void framesThatSomebodyElseHasStay() throws IOException {
        MemoryBlobStore blobs = new MemoryBlobStore(true);
        ChunkStore.create(blobs, StoreProperties.DEFAULT).close();
        try (ChunkStore store = ChunkStore.open(blobs, FAST)) {
            write(store, FIRST);
            String half = write(store, sharing(2));
            collect(store, List.of(half));
            String frames = blobs(blobs, ".frames").getFirst();
            blobs.share(frames, "other/copy");
            byte[] before = blobs.readDocument(frames).orElseThrow().bytes();
            String quarter = write(store, sharing(4));
            CollectionResult result = collect(store, List.of(quarter));
            assertEquals(0, result.trimmedPacks());
            assertArrayEquals(before, blobs.readDocument("other/copy").orElseThrow().bytes());
            assertHolds(store, quarter, sharing(4));
        }
    }

    /** Killed anywhere, it loses nothing, and the next one goes on and leaves nothing behind. */
    @Test
    void aCollectionThatIsKilledAnywhereLosesNothing() throws IOException {
        byte[] half = sharing(2);
        MemoryBlobStore original = new MemoryBlobStore(true);
        ChunkStore.create(original, StoreProperties.DEFAULT).close();
        String root;
        try (ChunkStore store = ChunkStore.open(original, FAST)) {
            write(store, FIRST);
            root = write(store, half);
        }
        int kills = 0;
        for (int changes = 0; ; changes++) {
            MemoryBlobStore blobs = original.copy();
            boolean isKilled = false;
            try (ChunkStore store = ChunkStore.open(new FailingBlobStore(blobs, changes), FAST)) {
                collector(store, List.of(root)).run(new CancelToken());
            } catch (FailingBlobStore.Killed e) {
                isKilled = true;
                kills++;
            }
            try (ChunkStore store = ChunkStore.open(blobs, FAST)) {
                assertHolds(store, root, half);
                assertEquals(List.of(), findings(store));
                collect(store, List.of(root));
                assertHolds(store, root, half);
                assertEquals(List.of(), findings(store));
                assertEquals(0, collector(store, List.of(root)).dryRun().trimmedPacks());
            }
            assertIsFreed(blobs, changes);
            assertEquals(List.of(), blobs.list("leases/"));
            if (!isKilled) {
                assertTrue(kills >= 20, kills + " kills");
                return;
            }
        }
    }

    /**
     * The first disk's pack is trimmed, or, where the collector died behind giving the frames their
     * second name, written anew.
     */
    private static void assertIsFreed(MemoryBlobStore blobs, int changes) throws IOException {
        long bytes = 0;
        for (String name : blobs.list("packs/")) {
            for (byte each : blobs.readDocument(name).orElseThrow().bytes()) {
                bytes += each == 0 ? 0 : 1;
            }
        }
        // Of two disks that share half of what they have, one is left.
        assertTrue(bytes < SIZE * 1.2, bytes + " bytes after " + changes + " changes");
    }

    /**
     * A collector that was stopped between giving the frames their name and publishing the tables.
     * Meanwhile another has revoked its lease and removed the frames.
     */
    @Test
    void tablesWithoutFramesAreNotPublished() throws IOException {
        MemoryBlobStore blobs = new MemoryBlobStore(true);
        ChunkStore.create(blobs, StoreProperties.DEFAULT).close();
        try (ChunkStore store = ChunkStore.open(blobs, FAST)) {
            write(store, FIRST);
            String half = write(store, sharing(2));
            List<String> other = new ArrayList<>();
            BlobStore stopping =
                    new ForwardingBlobStore(blobs) {
                        @Override
                        protected void before(Operation operation, String name) {}

                        @Override
                        protected void after(Operation operation, String name) throws IOException {
                            if (name.endsWith(".frames")
                                    && operation == Operation.CREATE
                                    && other.isEmpty()) {
                                other.add(name);
                                collector(store, List.of(half)).run(new CancelToken());
                                assertFalse(blobs.list("packs/").contains(name));
                            }
                        }
                    };
            // Renewed so seldom that it is as good as stopped.
            LeaseTiming slow = new LeaseTiming(1_000_000, 100_000, 20);
            try (ChunkStore stopped = ChunkStore.open(stopping, slow)) {
                StoreException refused =
                        assertThrows(
                                StoreException.class,
                                () -> collector(stopped, List.of(half)).run(new CancelToken()));
                assertEquals(StoreException.Kind.EXPIRED, refused.kind());
            }
            assertEquals(1, other.size());
            store.refresh();
            assertHolds(store, half, sharing(2));
            assertEquals(List.of(), findings(store));
            collect(store, List.of(half));
            assertEquals(List.of(), blobs(blobs, ".frames"));
            assertHolds(store, half, sharing(2));
        }
    }

    @Test
    void damageIsFoundAndTakenOut() throws IOException {
        MemoryBlobStore blobs = new MemoryBlobStore(true);
        ChunkStore.create(blobs, StoreProperties.DEFAULT).close();
        try (ChunkStore store = ChunkStore.open(blobs, FAST)) {
            write(store, FIRST);
            String half = write(store, sharing(2));
            collect(store, List.of(half));
            String frames = blobs(blobs, ".frames").getFirst();
            String pack = frames.replace(".frames", ".pack");
            for (int at : new int[] {0, 10, 25, 31}) {
                flip(blobs, pack, at);
                assertFalse(findings(store).isEmpty(), "header at " + at);
                flip(blobs, pack, at);
            }
            assertEquals(List.of(), findings(store));
            flip(blobs, frames, 4096);
            try (StoreLease alone = store.leaseAlone(new CancelToken());
                    SoundStore sound =
                            store.verify(
                                    VerifyDepth.full(),
                                    2,
                                    ProgressListener.none(),
                                    new CancelToken())) {
                assertEquals(1, sound.findings().list().size());
                store.quarantine(sound, alone, new CancelToken());
            }
            assertEquals(List.of(), findings(store));
            assertEquals(List.of(), blobs(blobs, ".frames"));
            assertEquals(2, blobs.list("quarantine/").size());
            write(store, sharing(2));
            store.refresh();
            assertHolds(store, half, sharing(2));
        }
    }

    private static void flip(MemoryBlobStore blobs, String name, int at) throws IOException {
        byte[] bytes = blobs.readDocument(name).orElseThrow().bytes();
        bytes[at] ^= 1;
        blobs.delete(name);
        try (BlobWriter writer = blobs.newBlob()) {
            writer.write(0, MemorySegment.ofArray(bytes));
            writer.seal();
            writer.publish(name);
        }
    }

    @Test
    void lostFramesAreTold() throws IOException {
        MemoryBlobStore blobs = new MemoryBlobStore(true);
        ChunkStore.create(blobs, StoreProperties.DEFAULT).close();
        try (ChunkStore store = ChunkStore.open(blobs, FAST)) {
            write(store, FIRST);
            String half = write(store, sharing(2));
            collect(store, List.of(half));
            blobs.delete(blobs(blobs, ".frames").getFirst());
            List<Finding> findings = findings(store);
            assertTrue(findings.toString().contains("has lost its frames"), findings.toString());
        }
    }

    /** Programs that know no trimmed packs must not open a store that has one. */
    @Test
    void theFirstTrimmedPackMakesAStoreOfVersion4() throws IOException {
        MemoryBlobStore blobs = new MemoryBlobStore(true);
        ChunkStore.create(blobs, StoreProperties.DEFAULT).close();
        BlobStore documents = new CheckedBlobStore(blobs);
        BlobStore.Document properties = documents.readDocument(ChunkStore.PROPERTIES).orElseThrow();
        String text = new String(properties.bytes(), StandardCharsets.UTF_8);
        documents.replaceDocument(
                ChunkStore.PROPERTIES,
                text.replace("\"version\": 4", "\"version\": 3").getBytes(StandardCharsets.UTF_8),
                properties.version());
        try (ChunkStore store = ChunkStore.open(blobs, FAST)) {
            write(store, FIRST);
            String half = write(store, sharing(2));
            collect(store, List.of(write(store, FIRST), half));
            assertEquals(3, version(documents));
            collect(store, List.of(half));
            assertEquals(4, version(documents));
        }
    }

    private static int version(BlobStore documents) throws IOException {
        String text =
                new String(
                        documents.readDocument(ChunkStore.PROPERTIES).orElseThrow().bytes(),
                        StandardCharsets.UTF_8);
        int at = text.indexOf("\"version\": ") + 11;
        return Integer.parseInt(text.substring(at, at + 1));
    }
}

package dev.quarry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.block.MemoryDisk;
import dev.quarry.catalog.AccountCatalog;
import dev.quarry.catalog.Catalog;
import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.ImageLifecycle.DeregistrationProtection;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.RetentionRule;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotSource;
import dev.quarry.catalog.rule.ImageRegistration;
import dev.quarry.catalog.rule.SnapshotRegistration;
import dev.quarry.chunk.Grid;
import dev.quarry.image.ImageFormats;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.snapshot.SnapshotReader;
import dev.quarry.snapshot.SnapshotRoot;
import dev.quarry.snapshot.SnapshotWriter;
import dev.quarry.snapshot.UsageCounter;
import dev.quarry.store.BlobStore;
import dev.quarry.store.ChunkSession;
import dev.quarry.store.ChunkStore;
import dev.quarry.store.Collector;
import dev.quarry.store.MemoryBlobStore;
import dev.quarry.store.StoreLease;
import dev.quarry.store.StoreProperties;
import dev.quarry.testdata.Replay;

import org.junit.jupiter.api.Test;

import java.io.Closeable;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/** Counts random stores by listing every chunk of every snapshot, and compares. */
final class StoreAccountingTest {

    private static final int RUNS = 12;
    private static final int PIECE = 64 << 10;
    private static final int PIECES = 24;
    private static final String OTHER = "other";

    StoreAccountingTest() {}

    /** A store with snapshots and images of two accounts, made by chance. */
    private static final class Sample implements Closeable {
        final BlobStore blobs = new MemoryBlobStore();
        final ChunkStore chunks = ChunkStore.create(blobs, StoreProperties.DEFAULT);
        final Catalog catalog = Catalog.open(blobs, Clock.systemUTC());
        final Map<String, Snapshot> snapshots = new TreeMap<>();
        final Map<String, MachineImage> images = new TreeMap<>();
        final RandomGenerator random;
        final byte[][] pieces = new byte[PIECES][];

        Sample(RandomGenerator random) throws IOException {
            this.random = random;
            for (int i = 0; i < PIECES; i++) {
                pieces[i] = new byte[PIECE];
                byte[] letters = new byte[PIECE];
                random.nextBytes(letters);
                for (int k = 0; k < PIECE; k++) {
                    // Some compress well and some do not.
                    pieces[i][k] = (byte) (letters[k] & (i % 3 == 0 ? 0xff : 0x0f));
                }
            }
            for (int i = 0; i < 6; i++) {
                add(i % 3 == 2 ? OTHER : Actor.DEFAULT_ACCOUNT);
            }
            for (int i = 0; i < 4; i++) {
                addImage(i);
            }
        }

        AccountCatalog as(String account) throws IOException {
            return catalog.as(account);
        }

        byte[] disk() {
            byte[] disk = new byte[(1 + random.nextInt(8)) * PIECE];
            for (int at = 0; at < disk.length; at += PIECE) {
                if (random.nextInt(5) > 0) {
                    System.arraycopy(pieces[random.nextInt(PIECES)], 0, disk, at, PIECE);
                }
            }
            return disk;
        }

        void add(String account) throws IOException {
            try (StoreLease lease = chunks.lease(StoreLease.Kind.WRITER)) {
                SnapshotWriter.Result content =
                        new SnapshotWriter(chunks, 2)
                                .write(
                                        new MemoryDisk(disk(), 4096),
                                        null,
                                        lease,
                                        ProgressListener.none(),
                                        new CancelToken());
                SnapshotRegistration registration =
                        SnapshotRegistration.of(
                                        content.root(),
                                        content.content().hex(),
                                        content.sizeBytes())
                                .withSource(SnapshotSource.file("disk", "raw"));
                Snapshot snapshot = as(account).registerSnapshot(registration, lease);
                snapshots.put(snapshot.id(), snapshot);
            }
        }

        void addImage(int number) throws IOException {
            String account = number % 3 == 2 ? OTHER : Actor.DEFAULT_ACCOUNT;
            List<BlockDeviceMapping> mappings = new ArrayList<>();
            for (Snapshot snapshot : snapshots.values()) {
                boolean isRoot = mappings.isEmpty();
                if (snapshot.ownerId().equals(account) && (isRoot || random.nextBoolean())) {
                    mappings.add(
                            BlockDeviceMapping.ebs(
                                    isRoot
                                            ? "/dev/sda1"
                                            : "/dev/sd" + (char) ('b' + mappings.size()),
                                    Ebs.builder().snapshotId(snapshot.id()).build()));
                }
            }
            MachineImage image =
                    as(account)
                            .registerImage(
                                    ImageRegistration.of("image-" + number, mappings)
                                            .withRootDeviceName("/dev/sda1"));
            images.put(image.id(), image);
        }

        StoreAccounting accounting(String account) throws IOException {
            return new StoreAccounting(
                    blobs, chunks, ImageFormats.installed(), catalog, as(account), 2);
        }

        long packBytes() throws IOException {
            chunks.refresh();
            return chunks.packTotals().bytes();
        }

        Collector collector() {
            return new Collector(chunks, new CatalogRoots(catalog, blobs), Collector.LIVE_RATIO, 2);
        }

        @Override
        public void close() throws IOException {
            chunks.close();
            blobs.close();
        }
    }

    /** What one holder refers to, by the ids of what it is made of. */
    private static final class Counted {
        final Map<String, Long> stored = new HashMap<>();
        final Map<String, Integer> plain = new HashMap<>();
        long logical;
        long data;
    }

    private static Counted brute(ChunkStore store, Set<String> roots) throws IOException {
        Counted counted = new Counted();
        ChunkStore.Reading reading = store.reading();
        SnapshotReader reader = new SnapshotReader(store, 1);
        for (String id : roots) {
            SnapshotRoot root = reader.root(id);
            counted.logical += root.size();
            // Of these disks, one page each, the leaf is the top.
            for (byte[] node : List.of(HexFormat.of().parseHex(id), root.top())) {
                if (!HexFormat.of().formatHex(node).matches("0+")) {
                    counted.stored.put(
                            HexFormat.of().formatHex(node), (long) store.readNode(node).length);
                }
            }
            reader.leaves(
                    root,
                    (page, leaf) -> {
                        while (leaf.next()) {
                            String chunk = HexFormat.of().formatHex(leaf.id());
                            counted.data += leaf.bytes();
                            counted.plain.put(chunk, leaf.bytes());
                            counted.stored.put(
                                    chunk, reading.storedBytesOf(reading.locate(leaf.id())));
                        }
                    });
        }
        return counted;
    }

    private static void compare(
            Map<String, Counted> all, Set<String> shown, List<UsageCounter.Usage> usages) {
        assertEquals(shown.size(), usages.size());
        for (UsageCounter.Usage usage : usages) {
            assertTrue(shown.contains(usage.name()), usage.name());
            Counted counted = Objects.requireNonNull(all.get(usage.name()));
            Set<String> exclusive = new HashSet<>(counted.stored.keySet());
            all.forEach((name, other) -> {
                if (!name.equals(usage.name())) {
                    exclusive.removeAll(other.stored.keySet());
                }
            });
            UsageCounter.Usage expected =
                    new UsageCounter.Usage(
                            usage.name(),
                            counted.logical,
                            counted.data,
                            counted.plain.values().stream().mapToLong(Integer::intValue).sum(),
                            counted.stored.values().stream().mapToLong(Long::longValue).sum(),
                            exclusive.stream()
                                    .mapToLong(id -> Objects.requireNonNull(counted.stored.get(id)))
                                    .sum());
            assertEquals(expected, usage);
        }
    }

    @Test
    void countsAreThoseOfBruteForce() {
        Replay.seeds(
                RUNS,
                random -> {
                    try (Sample sample = new Sample(random)) {
                        check(sample);
                    }
                });
    }

    private static void check(Sample sample) throws IOException {
        Map<String, Counted> bySnapshot = new TreeMap<>();
        for (Snapshot snapshot : sample.snapshots.values()) {
            bySnapshot.put(snapshot.id(), brute(sample.chunks, Set.of(snapshot.root())));
        }
        Map<String, Counted> byImage = new TreeMap<>(bySnapshot);
        for (MachineImage image : sample.images.values()) {
            byImage.keySet().removeAll(image.snapshots().keySet());
        }
        for (MachineImage image : sample.images.values()) {
            Counted whole = new Counted();
            for (String id : image.snapshots().keySet()) {
                Counted part = Objects.requireNonNull(bySnapshot.get(id));
                whole.logical += part.logical;
                whole.data += part.data;
                whole.plain.putAll(part.plain);
                whole.stored.putAll(part.stored);
            }
            byImage.put(image.id(), whole);
        }
        for (String account : List.of(Actor.DEFAULT_ACCOUNT, OTHER)) {
            StoreStatistics statistics = sample.accounting(account).statistics();
            Set<String> images = new HashSet<>();
            sample.as(account).images().forEach(image -> images.add(image.id()));
            Set<String> snapshots = new HashSet<>();
            sample.as(account).snapshots().forEach(snapshot -> snapshots.add(snapshot.id()));
            assertTrue(images.size() < sample.images.size(), "one account sees all");
            compare(byImage, images, statistics.images());
            compare(bySnapshot, snapshots, statistics.snapshots());
            assertEquals(sample.packBytes(), statistics.packBytes());
        }
    }

    @Test
    void freedIsWhatDeletingAndCollectingFrees() {
        Replay.seeds(
                RUNS,
                random -> {
                    try (Sample sample = new Sample(random)) {
                        List<String> ids =
                                sample.as(Actor.DEFAULT_ACCOUNT).images().stream()
                                        .map(MachineImage::id)
                                        .toList();
                        String image = ids.get(random.nextInt(ids.size()));
                        assertThrows(
                                CatalogException.class,
                                () -> sample.accounting(OTHER).freedBy(List.of(image)));
                        long anyway = sample.collector().dryRun().freedBytes();
                        Map<String, Long> each =
                                sample.accounting(Actor.DEFAULT_ACCOUNT).freedBy(ids);
                        assertEquals(ids, List.copyOf(each.keySet()));
                        long freed = Objects.requireNonNull(each.get(image));
                        long before = sample.packBytes();
                        sample.as(Actor.DEFAULT_ACCOUNT).lifecycle().deregisterWithSnapshots(image);
                        sample.collector().run(new CancelToken());
                        assertEquals(freed, before - sample.packBytes() - anyway);
                    }
                });
    }

    @Test
    void nothingIsFreedByWhatIsHeldOrProtected() {
        Replay.seeds(
                1,
                random -> {
                    try (Sample sample = new Sample(random)) {
                        AccountCatalog account = sample.as(Actor.DEFAULT_ACCOUNT);
                        StoreAccounting accounting = sample.accounting(Actor.DEFAULT_ACCOUNT);
                        String image = account.images().getFirst().id();
                        account.settings().retain(RetentionRule.of("all", Map.of(), 3));
                        assertEquals(Map.of(image, 0L), accounting.freedBy(List.of(image)));
                        account.lifecycle().protect(image, DeregistrationProtection.ENABLED);
                        assertThrows(
                                CatalogException.class, () -> accounting.freedBy(List.of(image)));
                    }
                });
    }

    @Test
    void aRehearsalCountsWhatTheImportAdds() {
        Replay.seeds(
                RUNS,
                random -> {
                    try (Sample sample = new Sample(random)) {
                        MemoryDisk disk = new MemoryDisk(sample.disk(), 4096);
                        long before = sample.packBytes();
                        SnapshotWriter writer = new SnapshotWriter(sample.chunks, 1);
                        long chunks;
                        SnapshotWriter.Result rehearsed;
                        try (ChunkSession session = sample.chunks.rehearse()) {
                            rehearsed =
                                    writer.rehearse(
                                            disk,
                                            session,
                                            ProgressListener.none(),
                                            new CancelToken());
                            chunks = session.newChunks() - session.newNodes();
                        }
                        assertEquals(before, sample.packBytes());
                        long had = sample.chunks.reading().chunks();
                        SnapshotWriter.Result written =
                                writer.write(disk, ProgressListener.none(), new CancelToken());
                        // On one thread, the frames are the same, too.
                        assertEquals(written, rehearsed);
                        assertEquals(before + written.storedBytes(), sample.packBytes());
                        long nodes = sample.chunks.reading().chunks() - had - chunks;
                        assertTrue(nodes >= 0 && nodes <= 2, nodes + " nodes");
                        assertEquals(0, written.newBytes() == 0 ? chunks : 0);
                        assertTrue(chunks <= disk.size() / Grid.BLOCK_BYTES);
                    }
                });
    }
}

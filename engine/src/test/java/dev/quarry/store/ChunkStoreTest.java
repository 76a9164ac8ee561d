package dev.quarry.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.chunk.BlockHasher;
import dev.quarry.job.CancelToken;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

final class ChunkStoreTest {

    @TempDir Path folder;

    ChunkStoreTest() {}

    private static byte[] chunk(int number) {
        byte[] bytes = new byte[4096 * (1 + number % 4)];
        new Random(number).nextBytes(bytes);
        return bytes;
    }

    /**
     * Ids need not be those of the bytes here: the store takes the caller's word until a full
     * check.
     */
    private static byte[] id(int number) {
        return BlockHasher.sha256().digest(chunk(number));
    }

    private static void add(ChunkStore store, int from, int to) throws IOException {
        try (ChunkSession session = store.begin()) {
            addUncommitted(session, from, to);
            session.commit();
        }
    }

    private static void addUncommitted(ChunkSession session, int from, int to) throws IOException {
        try (FrameBuilder frames = session.newFrameBuilder()) {
            for (int i = from; i < to; i++) {
                if (session.claim(id(i))) {
                    byte[] bytes = chunk(i);
                    frames.add(id(i), MemorySegment.ofArray(bytes), 0, bytes.length);
                }
            }
            frames.flush();
        }
    }

    private static Map<Long, byte[]> read(ChunkStore store, int from, int to) throws IOException {
        try (ChunkStore.Reading reading = store.reading()) {
            return read(reading, from, to);
        }
    }

    private static Map<Long, byte[]> read(ChunkStore.Reading reading, int from, int to)
            throws IOException {
        ChunkRequests requests = new ChunkRequests();
        for (int i = from; i < to; i++) {
            requests.add(reading.locate(id(i)), (long) i << 20);
        }
        Map<Long, byte[]> got = new ConcurrentHashMap<>();
        reading.readAll(
                requests,
                2,
                new CancelToken(),
                (offset, plain) -> got.put(offset, plain.toArray(ValueLayout.JAVA_BYTE)));
        return got;
    }

    private static void assertHas(ChunkStore store, int from, int to) throws IOException {
        Map<Long, byte[]> got = read(store, from, to);
        assertEquals(to - from, got.size());
        for (int i = from; i < to; i++) {
            assertArrayEquals(chunk(i), got.get((long) i << 20), "chunk " + i);
        }
    }

    @Test
    void chunksComeBackInEveryLaterOpening() throws IOException {
        try (LocalBlobStore blobs = new LocalBlobStore(folder);
                ChunkStore store = ChunkStore.create(blobs, StoreProperties.DEFAULT)) {
            add(store, 0, 500);
            assertHas(store, 0, 500);
            add(store, 300, 900);
            assertHas(store, 0, 900);
        }
        try (LocalBlobStore blobs = new LocalBlobStore(folder);
                ChunkStore store = ChunkStore.open(blobs)) {
            assertHas(store, 0, 900);
            assertEquals(2, store.packTotals().packs());
        }
    }

    /**
     * Who keeps a store open and looks again and again at what others add keeps no more open than
     * who opens it then.
     */
    @Test
    void whatIsOutdatedIsClosed() throws IOException {
        try (LocalBlobStore blobs = new LocalBlobStore(folder);
                ChunkStore writer = ChunkStore.create(blobs, StoreProperties.DEFAULT)) {
            add(writer, 0, 20);
            String pack = blobs.list("packs/").getFirst();
            try (ChunkStore reader = ChunkStore.open(blobs)) {
                assertHas(reader, 0, 20);
                int open = openings(pack);
                for (int i = 1; i < 20; i++) {
                    add(writer, i * 20, i * 20 + 20);
                    reader.refresh();
                    assertHas(reader, 0, i * 20 + 20);
                    assertEquals(open, openings(pack), "after refresh " + i);
                }
                // Whoever reads on does so undisturbed, and ends when it ends.
                ChunkStore.Reading reading = reader.reading();
                ChunkSession rehearsal = reader.rehearse();
                add(writer, 1000, 1020);
                reader.refresh();
                reader.refresh();
                assertEquals(400, read(reading, 0, 400).size());
                assertFalse(rehearsal.claim(id(0)));
                assertHas(reader, 1000, 1020);
                assertHas(reader, 0, 20);
                assertTrue(openings(pack) > open);
                reading.close();
                assertTrue(openings(pack) > open, "the rehearsal goes on");
                rehearsal.close();
                reading.close();
                assertEquals(open, openings(pack));
            }
        }
    }

    /** How often a file is mapped or open in this process. */
    private int openings(String blob) throws IOException {
        String path = folder.toRealPath().resolve(blob).toString();
        int count = 0;
        for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
            count += line.endsWith(path) ? 1 : 0;
        }
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            for (Path file : files.toList()) {
                try {
                    count += Files.readSymbolicLink(file).toString().equals(path) ? 1 : 0;
                } catch (NoSuchFileException e) {
                    // Another thread has closed it meanwhile.
                }
            }
        }
        return count;
    }

    /** Closing a store closes all, also what somebody has not closed. */
    @Test
    void aStoreThatIsClosedHasNothingOpen() throws IOException {
        try (LocalBlobStore blobs = new LocalBlobStore(folder)) {
            String pack;
            try (ChunkStore store = ChunkStore.create(blobs, StoreProperties.DEFAULT);
                    ChunkStore other = ChunkStore.open(blobs)) {
                add(store, 0, 20);
                other.refresh();
                ChunkStore.Reading left = other.reading();
                assertEquals(20, read(left, 0, 20).size());
                add(store, 20, 40);
                other.refresh();
                assertHas(other, 0, 40);
                pack = blobs.list("packs/").getFirst();
                assertTrue(openings(pack) > 0);
            }
            assertEquals(0, openings(pack));
        }
    }

    @Test
    void indexIsMadeAgainFromPacks() throws IOException {
        try (LocalBlobStore blobs = new LocalBlobStore(folder);
                ChunkStore store = ChunkStore.create(blobs, StoreProperties.DEFAULT)) {
            add(store, 0, 100);
            add(store, 100, 200);
            for (String segment : blobs.list("index/")) {
                blobs.delete(segment);
            }
        }
        try (LocalBlobStore blobs = new LocalBlobStore(folder);
                ChunkStore store = ChunkStore.open(blobs)) {
            assertHas(store, 0, 200);
        }
    }

    @Test
    void manySegmentsAreMerged() throws IOException {
        try (LocalBlobStore blobs = new LocalBlobStore(folder);
                ChunkStore store = ChunkStore.create(blobs, StoreProperties.DEFAULT)) {
            for (int i = 0; i < 30; i++) {
                add(store, i * 20, i * 20 + 20);
            }
            assertTrue(blobs.list("index/").size() <= 9, blobs.list("index/").size() + " segments");
            assertHas(store, 0, 600);
        }
        try (LocalBlobStore blobs = new LocalBlobStore(folder);
                ChunkStore store = ChunkStore.open(blobs)) {
            assertHas(store, 0, 600);
        }
    }

    @Test
    void twoStoresOnOneFolderSeeEachOther() throws IOException {
        try (LocalBlobStore blobs = new LocalBlobStore(folder);
                ChunkStore store = ChunkStore.create(blobs, StoreProperties.DEFAULT);
                LocalBlobStore otherBlobs = new LocalBlobStore(folder);
                ChunkStore other = ChunkStore.open(otherBlobs)) {
            add(store, 0, 50);
            try (ChunkSession session = other.begin()) {
                assertFalse(session.claim(id(7)));
                assertTrue(session.claim(id(50)));
                assertFalse(session.claim(id(50)));
            }
            assertHas(other, 0, 50);
        }
    }

    @Test
    void whatIsNotCommittedIsNotThere() throws IOException {
        try (LocalBlobStore blobs = new LocalBlobStore(folder);
                ChunkStore store = ChunkStore.create(blobs, StoreProperties.DEFAULT)) {
            try (ChunkSession session = store.begin()) {
                addUncommitted(session, 0, 10);
            }
            StoreException missing =
                    assertThrows(StoreException.class, () -> store.reading().locate(id(0)));
            assertEquals(StoreException.Kind.MISSING, missing.kind());
            add(store, 0, 10);
            assertHas(store, 0, 10);
        }
    }

    /** With packs and segments so small that the session writes several before its end. */
    @Test
    void whatASessionGaveUpIsNotKnownToAnother() throws IOException {
        ChunkSession.Limits small = new ChunkSession.Limits(64 << 10, 10);
        try (LocalBlobStore blobs = new LocalBlobStore(folder);
                ChunkStore store = ChunkStore.create(blobs, StoreProperties.DEFAULT)) {
            try (ChunkSession session = store.begin(small)) {
                addUncommitted(session, 0, 500);
                assertFalse(session.claim(id(0)));
                try (ChunkSession other = store.begin()) {
                    assertTrue(other.claim(id(0)), "known before it is published");
                }
            }
            add(store, 0, 500);
            assertHas(store, 0, 500);
            try (ChunkSession session = store.begin(small)) {
                addUncommitted(session, 400, 900);
                session.commit();
                addUncommitted(session, 700, 1000);
                session.commit();
            }
            assertHas(store, 0, 1000);
        }
    }

    @Test
    void aDeadWritersFilesAreRemovedByTheNext() throws IOException {
        Path dead = Files.createDirectories(folder.resolve("tmp/0123456789abcdef"));
        Files.createFile(dead.resolve("lock"));
        Files.writeString(dead.resolve("half"), "half a pack");
        try (LocalBlobStore blobs = new LocalBlobStore(folder);
                ChunkStore store = ChunkStore.create(blobs, StoreProperties.DEFAULT)) {
            add(store, 0, 1);
            assertFalse(Files.exists(dead));
        }
    }

    /**
     * Whatever byte of a pack is flipped: what is read is right, or reading says that the pack is
     * damaged.
     */
    @Test
    void aFlippedBitIsNeverReadAsData() throws IOException {
        try (LocalBlobStore blobs = new LocalBlobStore(folder);
                ChunkStore store = ChunkStore.create(blobs, StoreProperties.DEFAULT)) {
            add(store, 0, 20);
        }
        Path pack = only("packs");
        byte[] good = Files.readAllBytes(pack);
        Random random = new Random(1);
        int found = 0;
        for (int i = 0; i < 300; i++) {
            byte[] bad = good.clone();
            int at = i < 150 ? random.nextInt(good.length) : good.length - 1 - random.nextInt(1500);
            bad[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(pack, bad);
            try (LocalBlobStore blobs = new LocalBlobStore(folder);
                    ChunkStore store = ChunkStore.open(blobs)) {
                assertHas(store, 0, 20);
            } catch (StoreException e) {
                found++;
                assertTrue(
                        e.kind() == StoreException.Kind.CORRUPT
                                || e.kind() == StoreException.Kind.MISSING,
                        e.getMessage());
            }
        }
        assertTrue(found > 150, found + " of 300 flips were found");
    }

    private Path only(String name) throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve(name))) {
            return files.filter(Files::isRegularFile).findFirst().orElseThrow();
        }
    }

    @Test
    void foreignAndMissingStoresAreRefusedByName() throws IOException {
        try (LocalBlobStore blobs = new LocalBlobStore(folder)) {
            StoreException none = assertThrows(StoreException.class, () -> ChunkStore.open(blobs));
            assertEquals(StoreException.Kind.NOT_FOUND, none.kind());
            for (int other : new int[] {1, 2, PropertiesDocument.VERSION + 1}) {
                Files.writeString(
                        folder.resolve(ChunkStore.PROPERTIES),
                        "{\"format\":\"quarry-store\",\"version\":" + other + "}");
                StoreException refused =
                        assertThrows(StoreException.class, () -> ChunkStore.open(blobs));
                assertEquals(StoreException.Kind.VERSION, refused.kind());
                assertTrue(
                        String.valueOf(refused.getMessage()).contains("version " + other),
                        refused.getMessage());
            }
            assertThrows(
                    BlobConflictException.class,
                    () -> ChunkStore.create(blobs, StoreProperties.DEFAULT));
        }
    }

    @Test
    void recentIdsAreASet() {
        RecentIds ids = new RecentIds();
        Map<String, Boolean> oracle = new HashMap<>();
        Random random = new Random(3);
        List<byte[]> made = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            byte[] id;
            if (!made.isEmpty() && random.nextInt(3) == 0) {
                id = made.get(random.nextInt(made.size()));
            } else {
                id = new byte[32];
                random.nextBytes(id);
                made.add(id);
            }
            boolean isNew = oracle.put(HexFormat.of().formatHex(id), true) == null;
            assertEquals(isNew, ids.add(id));
        }
        ids.clear();
        assertTrue(ids.add(made.get(5)));
        assertFalse(ids.add(made.get(5)));
    }

    /** Else every store that is opened later would sort the entries of its packs anew. */
    @Test
    void theSegmentOfAnImportThatCommitsBesideACollectionStays() throws IOException {
        MemoryBlobStore blobs = new MemoryBlobStore();
        try (ChunkStore store = ChunkStore.create(blobs, StoreProperties.DEFAULT)) {
            BlobStore collectors =
                    new ForwardingBlobStore(blobs) {
                        private boolean isImported;

                        @Override
                        protected void before(Operation operation, String name) {}

                        @Override
                        protected void after(Operation operation, String name) throws IOException {
                            if (!isImported) {
                                isImported = true;
                                add(store, 0, 10);
                            }
                        }
                    };
            ChunkIndex.dropDeadEntries(collectors);
            assertEquals(1, blobs.list(ChunkIndex.SEGMENTS).size());
        }
    }

    /** Else a collector would take the operation for dead. */
    @Test
    void aLeaseGoesOnWhateverHinderedItOnce() throws Exception {
        AtomicInteger left = new AtomicInteger(3);
        CountDownLatch renewed = new CountDownLatch(1);
        BlobStore blobs =
                new ForwardingBlobStore(new MemoryBlobStore()) {
                    @Override
                    protected void before(Operation operation, String name) {
                        if (operation == Operation.REPLACE && left.getAndDecrement() > 0) {
                            throw new IllegalStateException("hindered");
                        }
                    }

                    @Override
                    protected void after(Operation operation, String name) {
                        if (operation == Operation.REPLACE) {
                            renewed.countDown();
                        }
                    }
                };
        ChunkStore.create(blobs, StoreProperties.DEFAULT).close();
        try (ChunkStore store = ChunkStore.open(blobs, new LeaseTiming(20, 10, 20));
                StoreLease _ = store.lease(StoreLease.Kind.READER)) {
            assertTrue(renewed.await(10, TimeUnit.SECONDS));
        }
    }

    /** A pack's tables are in memory until it is sealed, whatever its chunks compress to. */
    @Test
    void aPackOfManyChunksIsFullHoweverSmall() throws IOException {
        int chunks = ChunkSession.Limits.PACK_CHUNKS * 2 + 1_000;
        MemorySegment block = MemorySegment.ofArray(new byte[4096]);
        byte[] id = new byte[32];
        try (LocalBlobStore blobs = new LocalBlobStore(folder);
                ChunkStore store = ChunkStore.create(blobs, StoreProperties.DEFAULT)) {
            try (ChunkSession session = store.begin();
                    FrameBuilder frames = session.newFrameBuilder()) {
                for (int i = 0; i < chunks; i++) {
                    ByteBuffer.wrap(id).putInt(i * 0x9E3779B1).putInt(28, i + 1);
                    assertTrue(session.claim(id));
                    frames.add(id, block, 0, 4096);
                }
                frames.flush();
                session.commit();
            }
            try (ChunkIndex index = ChunkIndex.open(blobs)) {
                assertEquals(3, index.packs());
                for (int slot = 0; slot < index.packs(); slot++) {
                    int most =
                            ChunkSession.Limits.PACK_CHUNKS
                                    + StoreProperties.FRAME_BYTES_MAX / 4096;
                    assertTrue(index.pack(slot).chunks() <= most);
                }
            }
        }
    }
}

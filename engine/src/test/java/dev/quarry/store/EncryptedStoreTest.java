package dev.quarry.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.block.MemoryDisk;
import dev.quarry.chunk.BlockHasher;
import dev.quarry.chunk.Grid;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.secret.KeySource;
import dev.quarry.snapshot.LiveMarker;
import dev.quarry.snapshot.SnapshotReader;
import dev.quarry.snapshot.SnapshotTransfer;
import dev.quarry.snapshot.SnapshotWriter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

final class EncryptedStoreTest {

    private static final KeySource KEY = keyFile(1);
    private static final KeySource OTHER = keyFile(2);
    private static final int SIZE = 3 << 20;
    private static final byte[] MARKER =
            "a secret that nobody reads".getBytes(StandardCharsets.US_ASCII);
    private static final LeaseTiming FAST = new LeaseTiming(20, 10, 20);

    @TempDir Path folder;

    EncryptedStoreTest() {}

    private static KeySource keyFile(int value) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) value);
        return KeySource.keyFile(bytes);
    }

    private static byte[] disk(int seed) {
        byte[] disk = MemoryDisk.content(seed, SIZE);
        for (int at = 100; at < SIZE; at += 70_001) {
            System.arraycopy(MARKER, 0, disk, at, Math.min(MARKER.length, SIZE - at));
        }
        return disk;
    }

    private static SnapshotWriter.Result write(ChunkStore store, byte[] disk) throws IOException {
        return new SnapshotWriter(store, 2)
                .write(new MemoryDisk(disk, 4096), ProgressListener.none(), new CancelToken());
    }

    private static byte[] read(ChunkStore store, String root) throws IOException {
        store.refresh();
        SnapshotReader reader = new SnapshotReader(store, 2);
        MemoryDisk target = MemoryDisk.dirty(SIZE);
        reader.rebuild(reader.root(root), target, ProgressListener.none(), new CancelToken());
        return target.bytes();
    }

    private static List<Finding> verify(ChunkStore store) throws IOException {
        try (SoundStore sound =
                store.verify(VerifyDepth.full(), 2, ProgressListener.none(), new CancelToken())) {
            return sound.findings().list();
        }
    }

    private List<Path> files(String kind) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile)
                    .filter(file -> file.toString().contains(kind))
                    .sorted()
                    .toList();
        }
    }

    private void assertNowhere(byte[] bytes) throws IOException {
        String wanted = new String(bytes, StandardCharsets.ISO_8859_1);
        for (Path file : files("")) {
            assertFalse(
                    Files.readString(file, StandardCharsets.ISO_8859_1).contains(wanted),
                    "found in " + file);
        }
    }

    @Test
    void nothingOfTheContentIsInAnyFile() throws IOException {
        byte[] disk = disk(1);
        SnapshotWriter.Result plain;
        List<byte[]> ids = new ArrayList<>();
        try (MemoryBlobStore blobs = new MemoryBlobStore();
                ChunkStore store = ChunkStore.create(blobs, StoreProperties.DEFAULT)) {
            plain = write(store, disk);
            SnapshotReader reader = new SnapshotReader(store, 1);
            reader.leaves(
                    reader.root(plain.root()),
                    (page, leaf) -> {
                        while (leaf.next()) {
                            ids.add(leaf.id().clone());
                        }
                    });
        }
        StoreProperties none = StoreProperties.DEFAULT.withCompression("none");
        try (LocalBlobStore blobs = new LocalBlobStore(folder);
                ChunkStore store = ChunkStore.create(blobs, none, KEY)) {
            SnapshotWriter.Result written = write(store, disk);
            assertEquals(plain.content(), written.content());
            assertNotEquals(plain.root(), written.root());
            String document = "{\"n\": \"" + written.content().hex() + "\"}";
            store.blobs()
                    .createDocument("snapshots/s.json", document.getBytes(StandardCharsets.UTF_8));
            store.blobs().createDocument("terms/name/ab/debian.ami-1", new byte[0]);
            assertEquals(
                    List.of("terms/name/ab/debian.ami-1"),
                    store.blobs().list("terms/name/ab/debian."));
            assertNowhere(MARKER);
            assertNowhere(written.content().hex().getBytes(StandardCharsets.US_ASCII));
            assertNowhere(HexFormat.of().parseHex(written.content().hex()));
            assertNowhere(HexFormat.of().parseHex(plain.root()));
            for (byte[] id : ids) {
                assertNowhere(id);
            }
            for (Path file : files("")) {
                assertFalse(file.toString().contains("debian"), file.toString());
            }
            assertArrayEquals(disk, read(store, written.root()));
            assertEquals(List.of(), verify(store));
        }
    }

    @Test
    void chunksEndElsewhereInEachStore() throws IOException {
        byte[] disk = disk(2);
        List<List<Integer>> lengths = new ArrayList<>();
        for (KeySource key : Arrays.asList(null, KEY, KEY)) {
            try (MemoryBlobStore blobs = new MemoryBlobStore();
                    ChunkStore store = ChunkStore.create(blobs, StoreProperties.DEFAULT, key)) {
                List<Integer> each = new ArrayList<>();
                SnapshotReader reader = new SnapshotReader(store, 1);
                reader.leaves(
                        reader.root(write(store, disk).root()),
                        (page, leaf) -> {
                            while (leaf.next()) {
                                each.add(leaf.bytes());
                            }
                        });
                assertTrue(each.size() > 50, each.toString());
                lengths.add(each);
            }
        }
        assertNotEquals(lengths.get(0), lengths.get(1));
        assertNotEquals(lengths.get(1), lengths.get(2));
    }

    /** Else two changes of a key could both be acknowledged, and only one key opens the store. */
    @Test
    void ofTwoChangesOfAKeyOneIsRefused() throws IOException {
        try (LocalBlobStore blobs = new LocalBlobStore(folder)) {
            ChunkStore.create(blobs, StoreProperties.DEFAULT, KEY).close();
            BlobStore slow =
                    new ForwardingBlobStore(blobs) {
                        private boolean isChanged;

                        @Override
                        protected void before(Operation operation, String name) {}

                        @Override
                        protected void after(Operation operation, String name) throws IOException {
                            if (!isChanged) {
                                isChanged = true;
                                ChunkStore.changeKey(blobs, KEY, OTHER);
                            }
                        }
                    };
            assertThrows(
                    BlobConflictException.class, () -> ChunkStore.changeKey(slow, KEY, keyFile(3)));
            ChunkStore.open(blobs, LeaseTiming.USUAL, OTHER).close();
        }
    }

    @Test
    void withoutTheKeyNothingOpens() throws IOException {
        try (MemoryBlobStore blobs = new MemoryBlobStore()) {
            ChunkStore.create(blobs, StoreProperties.DEFAULT, KEY).close();
            for (KeySource wrong :
                    Arrays.asList(
                            null,
                            OTHER,
                            KeySource.passphrase("x".getBytes(StandardCharsets.UTF_8)))) {
                StoreException e =
                        assertThrows(
                                StoreException.class,
                                () -> ChunkStore.open(blobs, LeaseTiming.USUAL, wrong).close());
                assertEquals(StoreException.Kind.LOCKED, e.kind());
            }
            ChunkStore.changeKey(blobs, KEY, OTHER);
            assertThrows(
                    StoreException.class,
                    () -> ChunkStore.open(blobs, LeaseTiming.USUAL, KEY).close());
            ChunkStore.open(blobs, LeaseTiming.USUAL, OTHER).close();
        }
    }

    @Test
    void aPropertyThatIsNotKnownIsRefusedByName() throws IOException {
        try (MemoryBlobStore blobs = new MemoryBlobStore()) {
            ChunkStore.create(blobs, StoreProperties.DEFAULT).close();
            CheckedBlobStore checked = new CheckedBlobStore(blobs);
            BlobStore.Document now = checked.readDocument(ChunkStore.PROPERTIES).orElseThrow();
            String text = new String(now.bytes(), StandardCharsets.UTF_8);
            checked.replaceDocument(
                    ChunkStore.PROPERTIES,
                    text.replaceFirst("\\{", "{\"erasure\": 3,").getBytes(StandardCharsets.UTF_8),
                    now.version());
            StoreException e =
                    assertThrows(StoreException.class, () -> ChunkStore.open(blobs).close());
            assertEquals(StoreException.Kind.VERSION, e.kind());
            assertTrue(String.valueOf(e.getMessage()).contains("'erasure'"), e.getMessage());
        }
    }

    /** Also where somebody has mended the checksums, which are no secret. */
    @Test
    void whatStandsElsewhereOrIsChangedIsRefused() throws IOException {
        byte[] disk = disk(3);
        String root;
        try (LocalBlobStore blobs = new LocalBlobStore(folder);
                ChunkStore store = ChunkStore.create(blobs, StoreProperties.DEFAULT, KEY)) {
            root = write(store, disk).root();
            write(store, disk(4));
            for (String name : List.of("snapshots/a.json", "snapshots/b.json")) {
                store.blobs()
                        .createDocument(
                                name,
                                ("{\"n\":\"" + name + "\"}").getBytes(StandardCharsets.UTF_8));
            }
            Path a = folder.resolve("snapshots/a.json");
            Path b = folder.resolve("snapshots/b.json");
            Files.write(a, Files.readAllBytes(b));
            StoreException moved =
                    assertThrows(
                            StoreException.class,
                            () -> store.blobs().readDocument("snapshots/a.json"));
            assertEquals(StoreException.Kind.CORRUPT, moved.kind());
            store.blobs().readDocument("snapshots/b.json");
        }
        List<Path> packs = files(".pack");
        assertEquals(2, packs.size());
        byte[] first = Files.readAllBytes(packs.get(0));
        byte[] second = Files.readAllBytes(packs.get(1));
        Files.write(packs.get(0), second);
        Files.write(packs.get(1), first);
        assertRefused(root, disk);
        Files.write(packs.get(0), first);
        Files.write(packs.get(1), second);
        assertRead(root, disk);
    }

    /** The frame's own entries are still what it was encrypted with. */
    @Test
    void aChunkThatNoFrameVouchesForIsRefused() throws IOException {
        byte[] disk = disk(3);
        String root;
        try (LocalBlobStore blobs = new LocalBlobStore(folder);
                ChunkStore store = ChunkStore.create(blobs, StoreProperties.DEFAULT, KEY)) {
            root = write(store, disk).root();
        }
        Path pack = files(".pack").getFirst();
        byte[] good = Files.readAllBytes(pack);
        Files.write(pack, withStrayChunk(good));
        assertRefused(root, disk);
        Files.write(pack, good);
        assertRead(root, disk);
    }

    /** A pack with an entry behind the others that names the first frame, and right checksums. */
    private static byte[] withStrayChunk(byte[] pack) {
        int footerEnd = pack.length - PackLayout.TRAILER_BYTES;
        ByteBuffer stray =
                ByteBuffer.allocate(pack.length + PackLayout.CHUNK_ENTRY_BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN);
        stray.put(pack, 0, footerEnd);
        stray.put(new byte[Grid.DIGEST_BYTES]).putInt(0).putInt(0).putInt(Grid.BLOCK_BYTES);
        stray.put(pack, footerEnd, PackLayout.TRAILER_BYTES);
        int trailer = footerEnd + PackLayout.CHUNK_ENTRY_BYTES;
        int footer = (int) stray.getLong(trailer + PackLayout.TRAILER_FOOTER_POSITION);
        int chunks = stray.getInt(trailer + PackLayout.TRAILER_CHUNKS);
        stray.putInt(trailer + PackLayout.TRAILER_CHUNKS, chunks + 1);
        byte[] tables = Arrays.copyOfRange(stray.array(), footer, trailer);
        stray.putInt(trailer + PackLayout.TRAILER_CRC, Checksum.of(MemorySegment.ofArray(tables)));
        stray.put(trailer + PackLayout.TRAILER_DIGEST, BlockHasher.sha256().digest(tables));
        return stray.array();
    }

    private void assertRefused(String root, byte[] disk) throws IOException {
        try (LocalBlobStore blobs = new LocalBlobStore(folder);
                ChunkStore store = ChunkStore.open(blobs, LeaseTiming.USUAL, KEY)) {
            assertThrows(StoreException.class, () -> assertArrayEquals(disk, read(store, root)));
            assertFalse(verify(store).isEmpty());
        }
    }

    private void assertRead(String root, byte[] disk) throws IOException {
        try (LocalBlobStore blobs = new LocalBlobStore(folder);
                ChunkStore store = ChunkStore.open(blobs, LeaseTiming.USUAL, KEY)) {
            assertArrayEquals(disk, read(store, root));
        }
    }

    @Test
    void everyFlippedByteIsFound() throws IOException {
        byte[] disk = disk(5);
        try (LocalBlobStore blobs = new LocalBlobStore(folder);
                ChunkStore store = ChunkStore.create(blobs, StoreProperties.DEFAULT, KEY)) {
            write(store, disk);
        }
        Path pack = files(".pack").getFirst();
        byte[] whole = Files.readAllBytes(pack);
        for (int i = 0; i < 40; i++) {
            byte[] flipped = whole.clone();
            flipped[(int) ((long) i * (whole.length - 1) / 39)] ^= 0x10;
            Files.write(pack, flipped);
            try (LocalBlobStore blobs = new LocalBlobStore(folder);
                    ChunkStore store = ChunkStore.open(blobs, LeaseTiming.USUAL, KEY)) {
                assertFalse(verify(store).isEmpty(), "byte " + i);
            }
        }
    }

    @Test
    void transferBetweenDifferentlyKeyedStoresCutsAnew() throws IOException {
        byte[] disk = disk(6);
        List<MemoryBlobStore> all = new ArrayList<>();
        List<ChunkStore> stores = new ArrayList<>();
        for (KeySource key : Arrays.asList(null, KEY, OTHER)) {
            MemoryBlobStore blobs = new MemoryBlobStore();
            all.add(blobs);
            stores.add(ChunkStore.create(blobs, StoreProperties.DEFAULT, key));
        }
        SnapshotWriter.Result written = write(stores.get(0), disk);
        String root = written.root();
        for (int i = 0; i < 3; i++) {
            ChunkStore from = stores.get(i);
            ChunkStore to = stores.get((i + 1) % 3);
            SnapshotTransfer.Result result =
                    new SnapshotTransfer(from, to, 2)
                            .transfer(root, ProgressListener.none(), new CancelToken());
            assertTrue(result.wasRecut());
            assertEquals(written.content(), result.content());
            root = result.root();
            assertArrayEquals(disk, read(to, root));
            assertEquals(List.of(), verify(to));
            SnapshotTransfer.Result again =
                    new SnapshotTransfer(from, to, 2)
                            .transfer(
                                    i == 0 ? written.root() : previous(from, disk),
                                    ProgressListener.none(),
                                    new CancelToken());
            assertEquals(0, again.newBytes());
        }
        assertEquals(written.root(), root);
        for (int i = 0; i < 3; i++) {
            stores.get(i).close();
            all.get(i).close();
        }
    }

    private static String previous(ChunkStore store, byte[] disk) throws IOException {
        SnapshotWriter.Result known = write(store, disk);
        assertEquals(0, known.newBytes());
        return known.root();
    }

    @Test
    void collectionAndQuarantineKeepWhatIsNeeded() throws IOException {
        byte[] disk = disk(7);
        try (LocalBlobStore blobs = new LocalBlobStore(folder)) {
            ChunkStore.create(blobs, StoreProperties.DEFAULT, KEY).close();
            try (ChunkStore store = ChunkStore.open(blobs, FAST, KEY)) {
                byte[] both = Arrays.copyOf(disk(8), SIZE);
                System.arraycopy(disk, 0, both, 0, SIZE / 4);
                write(store, both);
                String root = write(store, disk).root();
                Collector.Roots roots =
                        new Collector.Roots() {
                            @Override
                            public Collector.Needs list() {
                                return (live, threads, cancel) ->
                                        new LiveMarker(live, threads, cancel).mark(List.of(root));
                            }

                            @Override
                            public void settle() {
                                // Nothing is pending.
                            }
                        };
                Collector collector = new Collector(store, roots, Collector.LIVE_RATIO, 2);
                CollectionResult dry = collector.dryRun();
                CollectionResult done = collector.run(new CancelToken());
                assertTrue(done.freedBytes() > 0, done.toString());
                assertEquals(dry, done);
                assertArrayEquals(disk, read(store, root));
                assertEquals(List.of(), verify(store));
                damageOneAndRepair(store, disk);
            }
        }
    }

    private void damageOneAndRepair(ChunkStore store, byte[] disk) throws IOException {
        Path pack = files(".pack").getFirst();
        byte[] bytes = Files.readAllBytes(pack);
        bytes[bytes.length / 3] ^= 1;
        Files.write(pack, bytes);
        CancelToken cancel = new CancelToken();
        try (StoreLease own = store.leaseAlone(cancel);
                SoundStore sound =
                        store.verify(VerifyDepth.full(), 2, ProgressListener.none(), cancel)) {
            assertFalse(sound.findings().list().isEmpty());
            store.quarantine(sound, own, cancel);
        }
        store.refresh();
        SnapshotWriter.Result healed = write(store, disk);
        assertTrue(healed.newBytes() > 0 && healed.newBytes() < SIZE, healed.toString());
        assertArrayEquals(disk, read(store, healed.root()));
        assertEquals(List.of(), verify(store));
    }
}

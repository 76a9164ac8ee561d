package dev.quarry.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.block.MemoryDisk;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.store.Blob;
import dev.quarry.store.BlobStore;
import dev.quarry.store.ChunkStore;
import dev.quarry.store.ForwardingBlobStore;
import dev.quarry.store.LocalBlobStore;
import dev.quarry.store.SoundStore;
import dev.quarry.store.StoreException;
import dev.quarry.store.StoreProperties;
import dev.quarry.store.VerifyDepth;
import dev.quarry.testdata.Replay;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** Whatever byte of a store is flipped, a full verification finds it, and says what is lost. */
final class VerifyTest {

    private static final int SIZE = 3 << 20;

    @TempDir Path folder;

    private byte[] disk;
    private SnapshotWriter.Result snapshot;
    private boolean isVerifying;

    VerifyTest() {}

    @BeforeEach
    void write() throws IOException {
        disk = MemoryDisk.content(5, SIZE);
        try (LocalBlobStore blobs = new LocalBlobStore(folder);
                ChunkStore store = ChunkStore.create(blobs, StoreProperties.DEFAULT)) {
            byte[] first = MemoryDisk.content(6, SIZE);
            write(store, first);
            snapshot = write(store, disk);
        }
    }

    private static SnapshotWriter.Result write(ChunkStore store, byte[] bytes) throws IOException {
        return new SnapshotWriter(store, 2)
                .write(new MemoryDisk(bytes, 0), ProgressListener.none(), new CancelToken());
    }

    private record Outcome(long findings, SnapshotVerifier.Result loss) {
        boolean isSound() {
            return findings == 0 && loss.isSound();
        }
    }

    private Outcome verify(VerifyDepth depth) throws IOException {
        try (LocalBlobStore blobs = new LocalBlobStore(folder);
                ChunkStore store = ChunkStore.open(blobs);
                SoundStore sound =
                        store.verify(depth, 2, ProgressListener.none(), new CancelToken())) {
            SnapshotVerifier verifier = new SnapshotVerifier(sound);
            SnapshotVerifier.Result loss =
                    verifier.verify(snapshot.root(), SIZE, snapshot.content().hex());
            assertEquals(
                    loss,
                    verifier.verify(snapshot.root(), SIZE, snapshot.content().hex()),
                    "another snapshot with the same nodes has lost the same");
            return new Outcome(sound.findings().count(), loss);
        }
    }

    private List<Path> files(String name) throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve(name))) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private void flip(Path file, long position, int bit) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[(int) position] ^= (byte) (1 << bit);
        Files.write(file, bytes);
    }

    @Test
    void aStoreAsItWasWrittenIsSound() throws IOException {
        for (VerifyDepth depth :
                List.of(VerifyDepth.quick(), VerifyDepth.full(), VerifyDepth.sample(30, 7))) {
            assertTrue(verify(depth).isSound());
        }
    }

    /** Every byte of the header, tables and trailer of a pack, and bytes of its frames. */
    @Test
    void everyFlippedBitOfAPackIsFound() throws IOException {
        for (Path pack : files("packs")) {
            long size = Files.size(pack);
            byte[] bytes = Files.readAllBytes(pack);
            int footer =
                    java.nio.ByteBuffer.wrap(bytes)
                            .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                            .getInt((int) size - 64);
            RandomGenerator random = Replay.generator(size);
            for (int i = 0; i < 400; i++) {
                long at =
                        i < 16
                                ? i
                                : i < 80
                                        ? size - 1 - (i - 16)
                                        : i < 240
                                                ? footer + random.nextLong(size - footer)
                                                : 16 + random.nextLong(footer - 16);
                int bit = random.nextInt(8);
                flip(pack, at, bit);
                assertFalse(verify(VerifyDepth.full()).isSound(), pack + " at " + at);
                if (at < 16 || at >= footer) {
                    assertFalse(verify(VerifyDepth.quick()).isSound(), pack + " at " + at);
                }
                flip(pack, at, bit);
            }
        }
        assertTrue(verify(VerifyDepth.full()).isSound());
    }

    @Test
    void everyFlippedBitOfAnIndexSegmentIsFoundEvenQuickly() throws IOException {
        for (Path segment : files("index")) {
            long size = Files.size(segment);
            RandomGenerator random = Replay.generator(size);
            for (int i = 0; i < 600; i++) {
                long at = i < 48 ? i : i < 56 ? size - 1 - (i - 48) : random.nextLong(size);
                int bit = random.nextInt(8);
                flip(segment, at, bit);
                Outcome outcome = verify(VerifyDepth.quick());
                assertTrue(outcome.findings() > 0, segment + " at " + at);
                assertTrue(outcome.loss().isSound(), "an index can be made again");
                flip(segment, at, bit);
            }
        }
    }

    @Test
    void truncatedAndMissingPacksAreFound() throws IOException {
        for (Path pack : files("packs")) {
            byte[] good = Files.readAllBytes(pack);
            for (int length : new int[] {0, 1, 79, good.length / 2, good.length - 1}) {
                Files.write(pack, Arrays.copyOf(good, length));
                assertFalse(verify(VerifyDepth.quick()).isSound(), "cut to " + length);
            }
            Files.delete(pack);
            Outcome without = verify(VerifyDepth.quick());
            Files.write(pack, good);
            if (pack.equals(packWithRoot())) {
                assertFalse(without.loss().isSound());
            }
        }
    }

    /** What a pack's blob does. */
    private enum Medium {
        /** As of a process that has all the mappings that the system gives it. */
        GIVES_NO_VIEW,
        /** As of a disk with a bad place. */
        GIVES_NO_BYTES
    }

    private static Blob failing(Blob blob, Medium medium) {
        return new Blob() {
            @Override
            public long size() {
                return blob.size();
            }

            @Override
            public void read(long position, MemorySegment target) throws IOException {
                if (medium == Medium.GIVES_NO_BYTES) {
                    throw new IOException("Input/output error");
                }
                blob.read(position, target);
            }

            @Override
            public MemorySegment view(long position, long length, Arena arena) throws IOException {
                if (medium == Medium.GIVES_NO_VIEW) {
                    throw new IOException("Map failed");
                }
                return blob.view(position, length, arena);
            }

            @Override
            public void close() throws IOException {
                blob.close();
            }
        };
    }

    private long findings(String prefix, Medium medium) throws IOException {
        try (LocalBlobStore local = new LocalBlobStore(folder);
                BlobStore blobs =
                        new ForwardingBlobStore(local) {
                            @Override
                            protected void before(Operation operation, String name) {}

                            @Override
                            public Blob open(String name) throws IOException {
                                Blob blob = super.open(name);
                                return isVerifying && name.startsWith(prefix)
                                        ? failing(blob, medium)
                                        : blob;
                            }
                        };
                ChunkStore store = ChunkStore.open(blobs)) {
            isVerifying = true;
            try (SoundStore sound =
                    store.verify(
                            VerifyDepth.quick(), 2, ProgressListener.none(), new CancelToken())) {
                return sound.findings().count();
            }
        } finally {
            isVerifying = false;
        }
    }

    /** Else a repair beside too many open files would move healthy packs away. */
    @Test
    void whatCannotBeMappedEndsTheVerificationAndIsNoDamage() {
        for (String prefix : List.of("packs/", "index/")) {
            assertEquals(
                    "Map failed",
                    assertThrows(IOException.class, () -> findings(prefix, Medium.GIVES_NO_VIEW))
                            .getMessage());
        }
    }

    @Test
    void whatCannotBeReadIsDamage() throws IOException {
        assertEquals(files("packs").size(), findings("packs/", Medium.GIVES_NO_BYTES));
    }

    private Path packWithRoot() throws IOException {
        byte[] id = java.util.HexFormat.of().parseHex(snapshot.root());
        for (Path pack : files("packs")) {
            String all = java.util.HexFormat.of().formatHex(Files.readAllBytes(pack));
            if (all.contains(java.util.HexFormat.of().formatHex(id))) {
                return pack;
            }
        }
        throw new AssertionError("no pack has the root");
    }

    /** A damaged frame loses whole chunks: the blocks of the disk that the frame has, no others. */
    @Test
    void whatIsLostIsNamedExactly() throws IOException {
        Path pack = packWithRoot();
        flip(pack, 5_000, 3);
        Outcome outcome = verify(VerifyDepth.full());
        assertFalse(outcome.loss().ranges().isEmpty());
        long sum = 0;
        for (LostRange range : outcome.loss().ranges()) {
            assertEquals(0, range.offset() % 4096);
            sum += range.length();
        }
        assertEquals(sum, outcome.loss().lostBytes());
        assertTrue(sum <= 2 * (256 << 10), sum + " bytes of one frame");
        // What is not lost can be read: rebuilt in pieces, with the lost ranges left out.
        assertReadableOutside(outcome.loss().ranges());
    }

    private void assertReadableOutside(List<LostRange> lost) throws IOException {
        try (LocalBlobStore blobs = new LocalBlobStore(folder);
                ChunkStore store = ChunkStore.open(blobs)) {
            SnapshotReader reader = new SnapshotReader(store, 1);
            SnapshotRoot root = reader.root(snapshot.root());
            reader.leaves(
                    root,
                    (page, leaf) -> {
                        while (leaf.next()) {
                            long offset = (long) leaf.firstBlock() * 4096 - root.lead();
                            int bytes = leaf.bytes();
                            boolean isLost =
                                    lost.stream()
                                            .anyMatch(range ->
                                                    offset >= range.offset()
                                                            && offset
                                                                    < range.offset()
                                                                            + range.length());
                            assertEquals(!isLost, isReadable(store, leaf.id(), offset, bytes));
                        }
                    });
        }
    }

    private boolean isReadable(ChunkStore store, byte[] id, long offset, int bytes)
            throws IOException {
        dev.quarry.store.ChunkRequests requests = new dev.quarry.store.ChunkRequests();
        ChunkStore.Reading reading = store.reading();
        requests.add(reading.locate(id), 0);
        try {
            reading.readAll(
                    requests,
                    1,
                    new CancelToken(),
                    (at, plain) ->
                            assertEquals(
                                    -1,
                                    java.lang.foreign.MemorySegment.ofArray(disk)
                                            .asSlice(offset, bytes)
                                            .mismatch(plain)));
            return true;
        } catch (StoreException e) {
            return false;
        }
    }
}

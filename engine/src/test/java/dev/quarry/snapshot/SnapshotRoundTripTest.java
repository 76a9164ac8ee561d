package dev.quarry.snapshot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.block.BlockSource;
import dev.quarry.block.Extent;
import dev.quarry.block.MemoryDisk;
import dev.quarry.chunk.Codec;
import dev.quarry.chunk.ContentDigest;
import dev.quarry.chunk.CutterParameters;
import dev.quarry.chunk.DiskDigester;
import dev.quarry.job.CancelToken;
import dev.quarry.job.CancelledException;
import dev.quarry.job.ProgressListener;
import dev.quarry.store.ChunkStore;
import dev.quarry.store.LocalBlobStore;
import dev.quarry.store.StoreProperties;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

final class SnapshotRoundTripTest {

    private static final int MIB = 1 << 20;

    @TempDir Path folder;

    private LocalBlobStore blobs;
    private ChunkStore store;

    SnapshotRoundTripTest() {}

    @BeforeEach
    void open() throws IOException {
        blobs = new LocalBlobStore(folder.resolve("store"));
        store = ChunkStore.create(blobs, StoreProperties.DEFAULT);
    }

    @AfterEach
    void close() throws IOException {
        store.close();
        blobs.close();
    }

    private SnapshotWriter.Result write(byte[] disk, int holeBytes, int threads)
            throws IOException {
        return new SnapshotWriter(store, threads)
                .write(new MemoryDisk(disk, holeBytes), ProgressListener.none(), new CancelToken());
    }

    private byte[] rebuild(String root, int size) throws IOException {
        store.refresh();
        SnapshotReader reader = new SnapshotReader(store, 2);
        MemoryDisk target = MemoryDisk.dirty(size);
        reader.rebuild(reader.root(root), target, ProgressListener.none(), new CancelToken());
        return target.bytes();
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve("store"))) {
            return files.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void everySizeComesBack() throws IOException {
        for (int size :
                new int[] {
                    0, 1, 511, 4096, 4097, 1_000_001, 64 * MIB, 64 * MIB + 512, 150 * MIB + 3
                }) {
            byte[] disk = MemoryDisk.content(size + 1, size);
            SnapshotWriter.Result result = write(disk, 65536, 2);
            assertEquals(size, result.sizeBytes());
            assertArrayEquals(disk, rebuild(result.root(), size), "size " + size);
        }
    }

    @Test
    void aLargerTargetIsZeroBehindTheDisk() throws IOException {
        byte[] disk = MemoryDisk.content(7, 5 * MIB + 100);
        byte[] rebuilt = rebuild(write(disk, 0, 1).root(), 9 * MIB);
        assertArrayEquals(Arrays.copyOf(disk, 9 * MIB), rebuilt);
    }

    @Test
    void rootDependsOnContentAlone() throws IOException {
        byte[] disk = MemoryDisk.content(3, 140 * MIB);
        SnapshotWriter.Result first = write(disk, 0, 1);
        assertTrue(first.newBytes() > 0);
        for (int holeBytes : new int[] {512, 4096, 65536, MIB}) {
            SnapshotWriter.Result again = write(disk, holeBytes, 3);
            assertEquals(first.root(), again.root());
            assertEquals(first.content(), again.content());
            assertEquals(0, again.newBytes());
            assertEquals(0, again.storedBytes());
        }
        disk[100 * MIB] ^= 1;
        assertNotEquals(first.root(), write(disk, 0, 2).root());
    }

    @Test
    void contentDigestIsThatOfTheDisk() throws IOException {
        byte[] disk = MemoryDisk.content(11, 70 * MIB);
        assertEquals(digest(disk), write(disk, 4096, 2).content());
    }

    /**
     * A partition at sector 63 shares its chunks with the same file system on a whole disk, and
     * comes back where it was.
     */
    @Test
    void unalignedPartitionIsCutOnItsOwnGrid() throws IOException {
        byte[] system = MemoryDisk.content(21, 66 * MIB);
        byte[] disk = partitioned(63, system);
        long alone = write(system, 0, 2).newBytes();
        SnapshotWriter.Result result = write(disk, 0, 2);
        assertTrue(
                result.newBytes() < alone / 4,
                result.newBytes() + " of " + alone + " bytes are new");
        assertArrayEquals(disk, rebuild(result.root(), disk.length));
    }

    private static byte[] partitioned(int sector, byte[] system) {
        byte[] disk = new byte[sector * 512 + system.length];
        System.arraycopy(system, 0, disk, sector * 512, system.length);
        disk[0x1be + 4] = (byte) 0x83;
        disk[0x1be + 8] = (byte) sector;
        disk[0x1be + 14] = 2;
        disk[0x1fe] = 0x55;
        disk[0x1ff] = (byte) 0xaa;
        return disk;
    }

    private static ContentDigest digest(byte[] disk) throws IOException {
        return DiskDigester.digest(
                new MemoryDisk(disk, 0), 2, ProgressListener.none(), new CancelToken());
    }

    @Test
    void contentDigestOfUnalignedPartitionsIsThatOfTheDisk() throws IOException {
        for (int sector : new int[] {1, 62, 63}) {
            for (int holeBytes : new int[] {0, 512, 65536}) {
                for (int size : new int[] {100, MIB + 777, 64 * MIB, 129 * MIB + 512}) {
                    byte[] disk = partitioned(sector, MemoryDisk.content(size, size));
                    assertEquals(
                            digest(disk),
                            write(disk, holeBytes, 2).content(),
                            sector + " " + holeBytes + " " + size);
                }
            }
        }
    }

    /** A second read of it would find other bytes. */
    @Test
    void contentDigestOfADiskInUseIsThatOfWhatWasStored() throws IOException {
        byte[] disk = partitioned(63, MemoryDisk.content(22, 66 * MIB));
        SnapshotWriter.Result result =
                new SnapshotWriter(store, 2)
                        .write(new DiskInUse(disk), ProgressListener.none(), new CancelToken());
        assertEquals(digest(rebuild(result.root(), disk.length)), result.content());
    }

    @Test
    void everyCodecAndCutComesBack() throws IOException {
        byte[] disk = MemoryDisk.content(31, 20 * MIB);
        int number = 0;
        for (Codec codec : Codec.values()) {
            for (int average : new int[] {4 << 10, 64 << 10, 1 << 20}) {
                StoreProperties properties =
                        new StoreProperties(
                                new CutterParameters(average, 1 << 20), 1 << 20, codec, 3);
                try (LocalBlobStore other = new LocalBlobStore(folder.resolve("other" + number++));
                        ChunkStore made = ChunkStore.create(other, properties)) {
                    assertEquals(properties, made.properties());
                    SnapshotWriter.Result result =
                            new SnapshotWriter(made, 2)
                                    .write(
                                            new MemoryDisk(disk, 0),
                                            ProgressListener.none(),
                                            new CancelToken());
                    made.refresh();
                    SnapshotReader reader = new SnapshotReader(made, 2);
                    MemoryDisk target = MemoryDisk.dirty(disk.length);
                    reader.rebuild(
                            reader.root(result.root()),
                            target,
                            ProgressListener.none(),
                            new CancelToken());
                    assertArrayEquals(disk, target.bytes(), codec + " " + average);
                }
            }
        }
    }

    @Test
    void failureLeavesTheStoreAsItWas() throws IOException {
        String before = write(MemoryDisk.content(1, 3 * MIB), 0, 1).root();
        List<String> files = files();
        MemoryDisk failing = new MemoryDisk(MemoryDisk.content(2, 200 * MIB), 0);
        IOException failure =
                assertThrows(
                        IOException.class,
                        () ->
                                new SnapshotWriter(store, 2)
                                        .write(
                                                new FailingDisk(failing, 130L * MIB),
                                                ProgressListener.none(),
                                                new CancelToken()));
        assertEquals("the disk is broken", failure.getMessage());
        assertEquals(files, files());
        assertArrayEquals(MemoryDisk.content(1, 3 * MIB), rebuild(before, 3 * MIB));
    }

    @Test
    void cancelLeavesTheStoreAsItWas() throws IOException {
        write(MemoryDisk.content(1, MIB), 0, 1);
        List<String> files = files();
        CancelToken cancel = new CancelToken();
        assertThrows(
                CancelledException.class,
                () ->
                        new SnapshotWriter(store, 2)
                                .write(
                                        new MemoryDisk(MemoryDisk.content(4, 200 * MIB), 0),
                                        (doneBytes, totalBytes) -> {
                                            if (doneBytes > 0) {
                                                cancel.cancel();
                                            }
                                        },
                                        cancel));
        assertEquals(files, files());
    }

    /** Its second half has changed each time it is read. */
    private static final class DiskInUse implements BlockSource {
        private final byte[] bytes;
        private final AtomicInteger reads = new AtomicInteger();

        DiskInUse(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public void read(long offset, MemorySegment target) {
            target.copyFrom(MemorySegment.ofArray(bytes).asSlice(offset, target.byteSize()));
            if (offset > bytes.length / 2) {
                target.set(ValueLayout.JAVA_INT_UNALIGNED, 0, reads.incrementAndGet());
            }
        }

        @Override
        public Extent extentAt(long offset, long limit) {
            return new Extent(offset, limit - offset, Extent.Kind.DATA);
        }

        @Override
        public void close() {}
    }

    /** Fails when it is read at or behind an offset. */
    private static final class FailingDisk implements BlockSource {
        private final MemoryDisk disk;
        private final long failsAt;

        FailingDisk(MemoryDisk disk, long failsAt) {
            this.disk = disk;
            this.failsAt = failsAt;
        }

        @Override
        public long size() {
            return disk.size();
        }

        @Override
        public void read(long offset, MemorySegment target) throws IOException {
            if (offset + target.byteSize() > failsAt) {
                throw new IOException("the disk is broken");
            }
            disk.read(offset, target);
        }

        @Override
        public Extent extentAt(long offset, long limit) {
            return disk.extentAt(offset, limit);
        }

        @Override
        public void close() {}
    }
}

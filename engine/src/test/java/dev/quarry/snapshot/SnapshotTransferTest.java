package dev.quarry.snapshot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.block.MemoryDisk;
import dev.quarry.chunk.Codec;
import dev.quarry.chunk.CutterParameters;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.store.BlobStore;
import dev.quarry.store.ChunkStore;
import dev.quarry.store.ForwardingBlobStore;
import dev.quarry.store.LocalBlobStore;
import dev.quarry.store.SoundStore;
import dev.quarry.store.StoreException;
import dev.quarry.store.StoreProperties;
import dev.quarry.store.VerifyDepth;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

final class SnapshotTransferTest {

    private static final int SIZE = 70 << 20;

    @TempDir Path folder;

    private LocalBlobStore sourceBlobs;
    private ChunkStore source;

    SnapshotTransferTest() {}

    @BeforeEach
    void open() throws IOException {
        sourceBlobs = new LocalBlobStore(folder.resolve("source"));
        source = ChunkStore.create(sourceBlobs, StoreProperties.DEFAULT);
    }

    @AfterEach
    void close() throws IOException {
        source.close();
        sourceBlobs.close();
    }

    private static SnapshotWriter.Result write(ChunkStore store, byte[] bytes) throws IOException {
        return new SnapshotWriter(store, 2)
                .write(new MemoryDisk(bytes, 4096), ProgressListener.none(), new CancelToken());
    }

    private SnapshotTransfer.Result transfer(ChunkStore target, String root) throws IOException {
        return new SnapshotTransfer(source, target, 2)
                .transfer(root, ProgressListener.none(), new CancelToken());
    }

    private static void assertHolds(ChunkStore store, String root, byte[] disk) throws IOException {
        store.refresh();
        SnapshotReader reader = new SnapshotReader(store, 2);
        MemoryDisk target = MemoryDisk.dirty(disk.length);
        reader.rebuild(reader.root(root), target, ProgressListener.none(), new CancelToken());
        assertArrayEquals(disk, target.bytes());
        try (SoundStore sound =
                store.verify(VerifyDepth.full(), 2, ProgressListener.none(), new CancelToken())) {
            assertEquals(0, sound.findings().count(), sound.findings().list().toString());
        }
    }

    @Test
    void onlyWhatTheTargetLacksIsBrought() throws IOException {
        byte[] disk = MemoryDisk.content(21, SIZE);
        SnapshotWriter.Result written = write(source, disk);
        try (LocalBlobStore blobs = new LocalBlobStore(folder.resolve("target"));
                ChunkStore target =
                        ChunkStore.create(
                                blobs,
                                new StoreProperties(
                                        CutterParameters.DEFAULT, 512 << 10, Codec.LZ4, 1))) {
            SnapshotTransfer.Result first = transfer(target, written.root());
            assertEquals(written.root(), first.root());
            assertEquals(written.content(), first.content());
            assertFalse(first.wasRecut());
            assertTrue(first.newBytes() > 0);
            assertHolds(target, first.root(), disk);
            assertEquals(0, transfer(target, written.root()).newBytes());

            disk[5 << 20] ^= 1;
            SnapshotWriter.Result changed = write(source, disk);
            SnapshotTransfer.Result second = transfer(target, changed.root());
            assertTrue(second.newBytes() < 2 << 20, second.newBytes() + " bytes for one byte");
            assertHolds(target, second.root(), disk);
        }
    }

    /** Nor does healing need a source that can be written. */
    @Test
    void aSourceThatHasNoRoomForALeaseIsRead() throws IOException {
        byte[] disk = MemoryDisk.content(23, 3 << 20);
        String root = write(source, disk).root();
        BlobStore full =
                new ForwardingBlobStore(sourceBlobs) {
                    @Override
                    protected void before(Operation operation, String name) throws IOException {
                        if (operation.isWrite()) {
                            throw new IOException("No space left on device");
                        }
                    }
                };
        try (LocalBlobStore blobs = new LocalBlobStore(folder.resolve("target"));
                LocalBlobStore otherBlobs = new LocalBlobStore(folder.resolve("other"));
                ChunkStore from = ChunkStore.open(full);
                ChunkStore target = ChunkStore.create(blobs, StoreProperties.DEFAULT);
                ChunkStore other = ChunkStore.create(otherBlobs, StoreProperties.DEFAULT)) {
            new SnapshotTransfer(from, target, 2)
                    .transfer(root, ProgressListener.none(), new CancelToken());
            assertHolds(target, root, disk);
            new SnapshotHealer(other, from).heal(root, new CancelToken());
            assertHolds(other, root, disk);
        }
    }

    @Test
    void aStoreThatCutsOtherwiseCutsAnew() throws IOException {
        byte[] disk = MemoryDisk.content(22, SIZE + 512);
        SnapshotWriter.Result written = write(source, disk);
        try (LocalBlobStore blobs = new LocalBlobStore(folder.resolve("target"));
                ChunkStore target =
                        ChunkStore.create(
                                blobs,
                                new StoreProperties(
                                        new CutterParameters(64 << 10, 256 << 10),
                                        256 << 10,
                                        Codec.ZSTD,
                                        1))) {
            SnapshotTransfer.Result result = transfer(target, written.root());
            assertTrue(result.wasRecut());
            assertEquals(written.content(), result.content());
            assertEquals(write(target, disk).root(), result.root());
            assertHolds(target, result.root(), disk);
        }
    }

    @Test
    void damageInTheSourceDoesNotReachTheTarget() throws IOException {
        byte[] disk = MemoryDisk.content(23, 4 << 20);
        SnapshotWriter.Result written = write(source, disk);
        Path pack;
        try (Stream<Path> files = Files.walk(folder.resolve("source/packs"))) {
            pack = files.filter(Files::isRegularFile).findFirst().orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(pack);
        bytes[1000] ^= 4;
        Files.write(pack, bytes);
        try (LocalBlobStore blobs = new LocalBlobStore(folder.resolve("target"));
                ChunkStore target = ChunkStore.create(blobs, StoreProperties.DEFAULT)) {
            assertThrows(StoreException.class, () -> transfer(target, written.root()));
            assertEquals(0, target.packTotals().packs());
        }
    }
}

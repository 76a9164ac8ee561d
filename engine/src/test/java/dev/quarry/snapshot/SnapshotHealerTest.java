package dev.quarry.snapshot;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.block.MemoryDisk;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.store.ChunkStore;
import dev.quarry.store.LocalBlobStore;
import dev.quarry.store.SoundStore;
import dev.quarry.store.StoreProperties;
import dev.quarry.store.VerifyDepth;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

final class SnapshotHealerTest {

    private static final int SIZE = 3 << 20;

    /** Bytes of a frame, and of what of its chunks may hang over. */
    private static final long LOST_MAX = 2 * (256 << 10);

    @TempDir Path folder;

    SnapshotHealerTest() {}

    /** Damages a frame of data. */
    private static void damage(Path store) throws IOException {
        try (Stream<Path> files = Files.walk(store.resolve("packs"))) {
            Path pack = files.filter(Files::isRegularFile).findFirst().orElseThrow();
            byte[] bytes = Files.readAllBytes(pack);
            bytes[5_000] ^= 1;
            Files.write(pack, bytes);
        }
    }

    @Test
    void whatIsDamagedInTheOtherStoreKeepsNothingElseBack() throws IOException {
        Path whence = folder.resolve("source");
        try (LocalBlobStore sourceBlobs = new LocalBlobStore(whence);
                LocalBlobStore blobs = new LocalBlobStore(folder.resolve("store"));
                ChunkStore source = ChunkStore.create(sourceBlobs, StoreProperties.DEFAULT);
                ChunkStore store = ChunkStore.create(blobs, StoreProperties.DEFAULT)) {
            byte[] disk = MemoryDisk.content(5, SIZE);
            SnapshotWriter.Result written =
                    new SnapshotWriter(source, 1)
                            .write(
                                    new MemoryDisk(disk, 0),
                                    ProgressListener.none(),
                                    new CancelToken());
            damage(whence);
            new SnapshotHealer(store, source).heal(written.root(), new CancelToken());
            try (SoundStore sound =
                    store.verify(
                            VerifyDepth.full(), 2, ProgressListener.none(), new CancelToken())) {
                long lost =
                        new SnapshotVerifier(sound)
                                .verify(written.root(), SIZE, written.content().hex())
                                .lostBytes();
                assertTrue(lost > 0 && lost <= LOST_MAX, lost + " bytes");
            }
        }
    }
}

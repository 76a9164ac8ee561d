package dev.quarry.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.block.MemoryDisk;
import dev.quarry.job.CancelToken;
import dev.quarry.job.CancelledException;
import dev.quarry.job.ProgressListener;
import dev.quarry.snapshot.LiveMarker;
import dev.quarry.snapshot.SnapshotReader;
import dev.quarry.snapshot.SnapshotWriter;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What a collection writes depends on the store alone, however many threads write it. */
final class RewritePlanTest {

    private static final int SIZE = 12 << 20;

    /** Small, so that there are several packs to be written. */
    private static final ChunkSession.Limits LIMITS = new ChunkSession.Limits(1 << 20, 1 << 18);

    private static final LeaseTiming FAST = new LeaseTiming(20, 10, 20);

    RewritePlanTest() {}

    /** Stores two disks that share every second half MiB, and gives the root of the second. */
    private static String fill(ChunkStore store) throws IOException {
        byte[] first = MemoryDisk.content(1, SIZE);
        write(store, first);
        return write(store, second());
    }

    private static byte[] second() {
        byte[] disk = MemoryDisk.content(2, SIZE);
        byte[] first = MemoryDisk.content(1, SIZE);
        for (int at = 0; at < SIZE; at += 1 << 20) {
            System.arraycopy(first, at, disk, at, 1 << 19);
        }
        return disk;
    }

    private static String write(ChunkStore store, byte[] disk) throws IOException {
        return new SnapshotWriter(store, 1)
                .write(new MemoryDisk(disk, 4096), ProgressListener.none(), new CancelToken())
                .root();
    }

    private static Collector collector(ChunkStore store, String root, int threads) {
        Collector.Roots roots =
                new Collector.Roots() {
                    @Override
                    public Collector.Needs list() {
                        return (live, workers, cancel) ->
                                new LiveMarker(live, workers, cancel).mark(List.of(root));
                    }

                    @Override
                    public void settle() {
                        // Nothing is pending.
                    }
                };
        return new Collector(store, roots, Collector.LIVE_RATIO, threads, LIMITS);
    }

    /** Sizes of the packs, in the order of sizes. */
    private static List<Long> packs(BlobStore blobs) throws IOException {
        List<Long> sizes = new ArrayList<>();
        for (String name : blobs.list("packs/")) {
            try (Blob blob = blobs.open(name)) {
                sizes.add(blob.size());
            }
        }
        sizes.sort(null);
        return sizes;
    }

    @Test
    void threadsChangeNothing() throws IOException {
        MemoryBlobStore original = new MemoryBlobStore();
        String root;
        try (ChunkStore store = ChunkStore.create(original, StoreProperties.DEFAULT)) {
            root = fill(store);
        }
        List<CollectionResult> results = new ArrayList<>();
        List<List<Long>> sizes = new ArrayList<>();
        for (int threads : new int[] {1, 2, 5}) {
            MemoryBlobStore blobs = original.copy();
            try (ChunkStore store = ChunkStore.open(blobs, FAST)) {
                Collector collector = collector(store, root, threads);
                CollectionResult dry = collector.dryRun();
                assertEquals(dry, collector.run(new CancelToken()));
                results.add(dry);
                sizes.add(packs(blobs));
                store.refresh();
                MemoryDisk read = MemoryDisk.dirty(SIZE);
                SnapshotReader reader = new SnapshotReader(store, 1);
                reader.rebuild(reader.root(root), read, ProgressListener.none(), new CancelToken());
                assertArrayEquals(second(), read.bytes());
            }
        }
        assertTrue(results.getFirst().deletedPacks() > 0, results.toString());
        assertTrue(sizes.getFirst().size() >= 4, sizes.toString());
        assertEquals(1, results.stream().distinct().count(), results.toString());
        assertEquals(1, sizes.stream().distinct().count(), sizes.toString());
    }

    /** A collection deletes it while a verification goes on. */
    @Test
    void aDoomedPackMayGoUnderAVerification() throws IOException {
        MemoryBlobStore blobs = new MemoryBlobStore();
        try (ChunkStore store = ChunkStore.create(blobs, StoreProperties.DEFAULT)) {
            write(store, second());
            for (String segment : blobs.list("index/")) {
                blobs.delete(segment);
            }
            List<String> packs = blobs.list("packs/");
            Set<String> names = Set.of(ChunkIndex.packName(packs.getFirst()));
            CollectionState.update(
                    store.blobs(), now -> new CollectionState(now.epoch() + 1, names, names));
            BlobStore going =
                    new ForwardingBlobStore(blobs) {
                        @Override
                        protected void before(Operation operation, String name) {}

                        @Override
                        public Blob open(String name) throws IOException {
                            if (name.equals(packs.getFirst())) {
                                throw new NoSuchFileException(name);
                            }
                            return super.open(name);
                        }
                    };
            try (ChunkStore verifying = ChunkStore.open(going, FAST);
                    SoundStore sound =
                            verifying.verify(
                                    VerifyDepth.full(),
                                    2,
                                    ProgressListener.none(),
                                    new CancelToken())) {
                assertEquals(List.of(), sound.findings().list());
            }
        }
    }

    @Test
    void aCancelledCollectionDeletesNothing() throws IOException {
        MemoryBlobStore blobs = new MemoryBlobStore();
        try (ChunkStore store = ChunkStore.create(blobs, StoreProperties.DEFAULT)) {
            String root = fill(store);
            List<String> before = blobs.list("packs/");
            CancelToken cancel = new CancelToken();
            cancel.cancel();
            assertThrows(CancelledException.class, () -> collector(store, root, 2).run(cancel));
            assertEquals(before, blobs.list("packs/"));
            assertEquals(List.of(), blobs.list("leases/"));
        }
    }
}

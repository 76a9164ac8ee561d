package dev.quarry.benchmarks.compression;

import dev.quarry.benchmarks.store.TemporaryStore;
import dev.quarry.block.BlockTarget;
import dev.quarry.chunk.Grid;
import dev.quarry.image.DiskImage;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.job.Workers;
import dev.quarry.snapshot.SnapshotDisk;
import dev.quarry.snapshot.SnapshotReader;
import dev.quarry.snapshot.SnapshotRoot;
import dev.quarry.snapshot.SnapshotWriter;
import dev.quarry.store.StoreProperties;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Imports disks into a store of given properties, and reads them back whole and at random. */
final class StoreTrial {

    private static final int RANDOM_READS = 2000;
    private static final long SEED = 5;
    private static final double NANOS = 1e9;

    private StoreTrial() {}

    /**
     * What a trial came to.
     *
     * @param newBytes plain bytes of different chunks
     * @param storedBytes of packs
     * @param restoreSeconds to decode all disks on all threads, without writing them
     * @param randomMicros of a read of 4 KiB anywhere, on one thread
     */
    record Outcome(
            long newBytes,
            long storedBytes,
            double importSeconds,
            double restoreSeconds,
            double randomMicros) {}

    static Outcome run(Path work, StoreProperties properties, List<Path> files) throws IOException {
        int threads = Workers.defaultThreads();
        try (TemporaryStore store = new TemporaryStore(work, properties)) {
            long newBytes = 0;
            long storedBytes = 0;
            List<String> roots = new ArrayList<>();
            long begin = System.nanoTime();
            for (Path file : files) {
                try (DiskImage disk = Disks.open(file)) {
                    SnapshotWriter.Result result =
                            new SnapshotWriter(store.chunks(), threads)
                                    .write(disk, ProgressListener.none(), new CancelToken());
                    roots.add(result.root());
                    newBytes += result.newBytes();
                    storedBytes += result.storedBytes();
                }
            }
            double importSeconds = (System.nanoTime() - begin) / NANOS;
            SnapshotReader reader = new SnapshotReader(store.chunks(), threads);
            restore(reader, roots);
            begin = System.nanoTime();
            restore(reader, roots);
            double restoreSeconds = (System.nanoTime() - begin) / NANOS;
            SnapshotRoot first = reader.root(roots.getFirst());
            try (SnapshotDisk disk = new SnapshotDisk(store.chunks(), reader, first)) {
                randomMicros(disk);
                return new Outcome(
                        newBytes, storedBytes, importSeconds, restoreSeconds, randomMicros(disk));
            }
        }
    }

    private static void restore(SnapshotReader reader, List<String> roots) throws IOException {
        for (String id : roots) {
            SnapshotRoot root = reader.root(id);
            reader.rebuild(
                    root, new Nowhere(root.size()), ProgressListener.none(), new CancelToken());
        }
    }

    private static double randomMicros(SnapshotDisk disk) throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment block = arena.allocate(Grid.BLOCK_BYTES);
            long nanos = 0;
            int reads = 0;
            while (reads < RANDOM_READS) {
                long offset = random.nextLong(disk.size() / Grid.BLOCK_BYTES) * Grid.BLOCK_BYTES;
                long begin = System.nanoTime();
                disk.read(offset, block);
                if (block.get(ValueLayout.JAVA_LONG_UNALIGNED, 0) != 0) {
                    // Holes are not read from anywhere.
                    nanos += System.nanoTime() - begin;
                    reads++;
                }
            }
            return nanos / 1e3 / reads;
        }
    }

    /** Takes everything and keeps nothing. */
    private record Nowhere(long size) implements BlockTarget {
        @Override
        public void write(long offset, MemorySegment source) {
            // Decoding alone is measured.
        }

        @Override
        public void zero(long offset, long length) {
            // As above.
        }

        @Override
        public void commit() {
            // There is nothing.
        }

        @Override
        public void close() {
            // There is nothing.
        }
    }
}

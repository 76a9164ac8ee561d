package dev.quarry.benchmarks.collection;

import dev.quarry.Quarry;
import dev.quarry.benchmarks.TextTable;
import dev.quarry.benchmarks.compare.FileSizes;
import dev.quarry.benchmarks.compare.QuarryProgram;
import dev.quarry.benchmarks.process.ChildRunner;
import dev.quarry.benchmarks.process.Usage;
import dev.quarry.benchmarks.process.WorkFolder;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.rule.SnapshotRegistration;
import dev.quarry.chunk.Codec;
import dev.quarry.chunk.CutterParameters;
import dev.quarry.chunk.Grid;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.job.Workers;
import dev.quarry.snapshot.SnapshotWriter;
import dev.quarry.store.ChunkStore;
import dev.quarry.store.LocalBlobStore;
import dev.quarry.store.StoreProperties;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Collects in, and verifies, stores of as many chunks as one likes, half of them garbage. The
 * chunks are small and compress well: what is measured grows with their number, not with bytes.
 */
public final class CollectionScale {

    private static final int CHUNK_BYTES = Grid.BLOCK_BYTES;
    private static final StoreProperties PROPERTIES =
            new StoreProperties(
                    new CutterParameters(CHUNK_BYTES, CHUNK_BYTES), 256 << 10, Codec.ZSTD, 1);
    private static final double MB = 1e6;

    private final QuarryProgram quarry;
    private final WorkFolder work;
    private final ChildRunner children;
    private final TextTable table =
            new TextTable(
                    "chunks", "store MB", "verify s", "verify MB", "gc s", "gc MB", "then MB");

    /**
     * @param launcher the command
     * @param work where the stores are made, one after the other
     */
    public CollectionScale(Path launcher, WorkFolder work) throws IOException {
        this.quarry = new QuarryProgram(launcher);
        this.work = work;
        this.children = new ChildRunner(work.newFolder("child"));
    }

    /** Measures a store. */
    public void measure(long chunks) throws IOException, InterruptedException {
        Path folder = work.newFolder("store");
        try {
            fill(folder, chunks);
            long before = FileSizes.takenBy(folder);
            Usage verify = children.run(quarry.inStore(folder, "verify"));
            Usage collect = children.run(quarry.inStore(folder, "gc"));
            table.add(
                    Long.toString(chunks),
                    megabytes(before),
                    seconds(verify),
                    megabytes(verify.anonymousBytes()),
                    seconds(collect),
                    megabytes(collect.anonymousBytes()),
                    megabytes(FileSizes.takenBy(folder)));
        } finally {
            WorkFolder.delete(folder);
        }
    }

    /** Two snapshots, of which the one with all chunks is deleted. */
    private static void fill(Path folder, long chunks) throws IOException {
        Quarry.create(folder, PROPERTIES).close();
        Snapshot whole = write(folder, NumberedDisk.whole(chunks));
        write(folder, NumberedDisk.half(chunks));
        try (Quarry quarry = Quarry.openOrCreate(folder)) {
            quarry.catalog().deleteSnapshot(whole.id());
        }
    }

    private static Snapshot write(Path folder, NumberedDisk disk) throws IOException {
        SnapshotWriter.Result result;
        try (LocalBlobStore blobs = new LocalBlobStore(folder);
                ChunkStore store = ChunkStore.open(blobs)) {
            result =
                    new SnapshotWriter(store, Workers.defaultThreads())
                            .write(disk, ProgressListener.none(), new CancelToken());
        }
        try (Quarry quarry = Quarry.openOrCreate(folder)) {
            return quarry.catalog()
                    .registerSnapshot(
                            SnapshotRegistration.of(
                                    result.root(), result.content().hex(), disk.size()));
        }
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%.0f", bytes / MB);
    }

    private static String seconds(Usage usage) {
        return String.format(Locale.ROOT, "%.2f", usage.wallSeconds());
    }

    /** What was measured. */
    @Override
    public String toString() {
        return table.toString();
    }
}

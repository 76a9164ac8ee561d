package dev.quarry.benchmarks.snapshot;

import dev.quarry.benchmarks.store.TemporaryStore;
import dev.quarry.block.BlockSource;
import dev.quarry.block.Extent;
import dev.quarry.chunk.Grid;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.snapshot.SnapshotWriter;
import dev.quarry.store.StoreProperties;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Builds the tree of a large disk with one block of data in each page, which a store has already:
 * so that a page costs its leaf and its place in the tree, and next to nothing else.
 */
@State(Scope.Benchmark)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TreeBenchmark {

    private static final int PAGES = 2048;

    /** Where the store is made. */
    @Param("/dev/shm")
    private String folder = "/dev/shm";

    @SuppressWarnings("NullAway.Init")
    private TemporaryStore store;

    /** Makes a store that has the disk. */
    @Setup
    public void fill() throws IOException {
        store = new TemporaryStore(Path.of(folder), StoreProperties.DEFAULT);
        build();
    }

    /** Builds the tree; an operation is a page. */
    @Benchmark
    @OperationsPerInvocation(PAGES)
    public String build() throws IOException {
        return new SnapshotWriter(store.chunks(), 1)
                .write(new OneBlockAPage(), ProgressListener.none(), new CancelToken())
                .root();
    }

    /** Deletes the store. */
    @TearDown(Level.Trial)
    public void close() throws IOException {
        store.close();
    }

    /** A disk whose pages begin with a block that names the page; all else is holes. */
    private static final class OneBlockAPage implements BlockSource {

        @Override
        public long size() {
            return (long) PAGES * Grid.PAGE_BYTES;
        }

        @Override
        public void read(long offset, MemorySegment target) {
            target.fill((byte) (1 + offset / Grid.PAGE_BYTES % 255));
        }

        @Override
        public Extent extentAt(long offset, long limit) {
            long page = offset / Grid.PAGE_BYTES * Grid.PAGE_BYTES;
            boolean isData = offset < page + Grid.BLOCK_BYTES;
            long end = page + (isData ? Grid.BLOCK_BYTES : Grid.PAGE_BYTES);
            return new Extent(
                    offset,
                    Math.min(end, limit) - offset,
                    isData ? Extent.Kind.DATA : Extent.Kind.HOLE);
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    }
}

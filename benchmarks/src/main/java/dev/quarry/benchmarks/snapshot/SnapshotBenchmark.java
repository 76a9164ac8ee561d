package dev.quarry.benchmarks.snapshot;

import dev.quarry.benchmarks.micro.FileSystemContent;
import dev.quarry.benchmarks.micro.MemoryDisk;
import dev.quarry.benchmarks.micro.RawLimit;
import dev.quarry.benchmarks.micro.Yardstick;
import dev.quarry.benchmarks.store.TemporaryStore;
import dev.quarry.chunk.Codec;
import dev.quarry.chunk.Grid;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.snapshot.SnapshotReader;
import dev.quarry.snapshot.SnapshotRoot;
import dev.quarry.snapshot.SnapshotWriter;
import dev.quarry.store.StoreProperties;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.BenchmarkParams;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** Cuts a disk into a store that has none of it or all of it, and rebuilds it, on one thread. */
@State(Scope.Benchmark)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SnapshotBenchmark {

    private static final int BYTES = 32 << 20;
    private static final StoreProperties PROPERTIES = StoreProperties.DEFAULT;

    /** Where stores are made. */
    @Param("/dev/shm")
    private String folder = "/dev/shm";

    private final Arena arena = Arena.ofAuto();
    private final MemorySegment content = arena.allocate(BYTES, Grid.BLOCK_BYTES);
    private final MemoryDisk disk = new MemoryDisk(content);
    private final MemoryDisk target = new MemoryDisk(arena.allocate(BYTES, Grid.BLOCK_BYTES));

    @SuppressWarnings("NullAway.Init")
    private TemporaryStore known;

    @SuppressWarnings("NullAway.Init")
    private SnapshotReader reader;

    @SuppressWarnings("NullAway.Init")
    private SnapshotRoot root;

    /** Makes a store that has the disk. */
    @Setup
    public void fill(BenchmarkParams benchmark) throws IOException {
        FileSystemContent.fill(content);
        known = new TemporaryStore(Path.of(folder), PROPERTIES);
        String id = write(known);
        known.chunks().refresh();
        reader = new SnapshotReader(known.chunks(), 1);
        root = reader.root(id);
        Yardstick.use(BYTES, limit(benchmark.getBenchmark()));
    }

    private RawLimit limit(String benchmark) {
        int level = PROPERTIES.level();
        int frame = PROPERTIES.frameBytes();
        if (benchmark.endsWith("rebuild")) {
            return RawLimit.decompress(Codec.ZSTD, level, content, frame);
        }
        return benchmark.endsWith("writeKnown")
                ? RawLimit.sha256(content)
                : RawLimit.compress(Codec.ZSTD, level, content, frame);
    }

    private String write(TemporaryStore store) throws IOException {
        return new SnapshotWriter(store.chunks(), 1)
                .write(disk, ProgressListener.none(), new CancelToken())
                .root();
    }

    /** Cuts the disk into a store that has nothing: the limit is compressing alone. */
    @Benchmark
    public String writeNew(EmptyStore empty) throws IOException {
        return write(empty.store);
    }

    /** Cuts the disk into a store that has all of it: the limit is hashing alone. */
    @Benchmark
    public String writeKnown() throws IOException {
        return write(known);
    }

    /** Rebuilds the disk: the limit is decompressing alone. */
    @Benchmark
    public MemoryDisk rebuild() throws IOException {
        reader.rebuild(root, target, ProgressListener.none(), new CancelToken());
        return target;
    }

    /** Deletes the store. */
    @TearDown(Level.Trial)
    public void close() throws IOException {
        known.close();
    }

    /** An empty store for each invocation. */
    @State(Scope.Benchmark)
    public static class EmptyStore {

        @SuppressWarnings("NullAway.Init")
        private TemporaryStore store;

        /** Makes it. */
        @Setup(Level.Invocation)
        public void make(SnapshotBenchmark benchmark) throws IOException {
            store = new TemporaryStore(Path.of(benchmark.folder), PROPERTIES);
        }

        /** Deletes it. */
        @TearDown(Level.Invocation)
        public void close() throws IOException {
            store.close();
        }
    }
}

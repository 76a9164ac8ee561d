package dev.quarry.benchmarks.snapshot;

import dev.quarry.benchmarks.micro.FileSystemContent;
import dev.quarry.benchmarks.micro.MemoryDisk;
import dev.quarry.benchmarks.micro.RawLimit;
import dev.quarry.benchmarks.micro.Yardstick;
import dev.quarry.benchmarks.store.TemporaryStore;
import dev.quarry.chunk.Grid;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.snapshot.SnapshotDisk;
import dev.quarry.snapshot.SnapshotReader;
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

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.SplittableRandom;

/**
 * Reads a disk of a store from random places. What is read is a part of a frame, and all of that is
 * decoded: the limit is decoding frames, whose bytes nobody would throw away.
 */
@State(Scope.Benchmark)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RandomReadBenchmark {

    private static final int BYTES = 32 << 20;
    private static final StoreProperties PROPERTIES = StoreProperties.DEFAULT;

    /** What is read at once, in KiB. */
    @Param({"4", "64"})
    private int readKiB = 4;

    /** Where the store is made. */
    @Param("/dev/shm")
    private String folder = "/dev/shm";

    private final Arena arena = Arena.ofAuto();
    private final MemorySegment content = arena.allocate(BYTES, Grid.BLOCK_BYTES);
    private final SplittableRandom random = new SplittableRandom(17);
    private MemorySegment buffer = content;

    @SuppressWarnings("NullAway.Init")
    private TemporaryStore store;

    @SuppressWarnings("NullAway.Init")
    private SnapshotDisk disk;

    /** Makes a store that has the disk. */
    @Setup
    public void fill() throws IOException {
        FileSystemContent.fill(content);
        buffer = arena.allocate((long) readKiB << 10, Grid.BLOCK_BYTES);
        store = new TemporaryStore(Path.of(folder), PROPERTIES);
        String root =
                new SnapshotWriter(store.chunks(), 1)
                        .write(new MemoryDisk(content), ProgressListener.none(), new CancelToken())
                        .root();
        store.chunks().refresh();
        SnapshotReader reader = new SnapshotReader(store.chunks(), 1);
        disk = new SnapshotDisk(store.chunks(), reader, reader.root(root));
        Yardstick.use(
                buffer.byteSize(),
                RawLimit.decompress(
                        PROPERTIES.codec(), PROPERTIES.level(), content, PROPERTIES.frameBytes()));
    }

    /** Reads from a random block on. */
    @Benchmark
    public MemorySegment read() throws IOException {
        long blocks = (BYTES - buffer.byteSize()) / Grid.BLOCK_BYTES;
        disk.read(random.nextLong(blocks + 1) * Grid.BLOCK_BYTES, buffer);
        return buffer;
    }

    /** Deletes the store. */
    @TearDown(Level.Trial)
    public void close() throws IOException {
        disk.close();
        store.close();
    }
}

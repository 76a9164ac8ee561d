package dev.quarry.benchmarks.store;

import dev.quarry.chunk.Grid;
import dev.quarry.store.ChunkSession;
import dev.quarry.store.ChunkStore;
import dev.quarry.store.FrameBuilder;
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
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.SplittableRandom;

/** Looks chunks up by their ids in stores of several sizes. */
@State(Scope.Benchmark)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class IndexBenchmark {

    private static final int LOOKUPS = 1024;
    private static final long SEED = 11;

    /** Chunks of the store. */
    @Param({"10000", "1000000"})
    private int chunks = 10_000;

    /** Where the store is made. */
    @Param("/dev/shm")
    private String folder = "/dev/shm";

    private final byte[][] known = new byte[LOOKUPS][];
    private final byte[][] unknown = new byte[LOOKUPS][];

    @SuppressWarnings("NullAway.Init")
    private TemporaryStore store;

    @SuppressWarnings("NullAway.Init")
    private ChunkStore.Reading reading;

    @SuppressWarnings("NullAway.Init")
    private ChunkSession session;

    /** Makes the store: its chunks are all the same block, which is enough for the index. */
    @Setup
    public void fill() throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        store = new TemporaryStore(Path.of(folder), StoreProperties.DEFAULT);
        try (Arena arena = Arena.ofConfined();
                ChunkSession adding = store.chunks().begin();
                FrameBuilder frames = adding.newFrameBuilder()) {
            MemorySegment block = arena.allocate(Grid.BLOCK_BYTES);
            byte[] id = new byte[Grid.DIGEST_BYTES];
            for (int i = 0; i < chunks; i++) {
                random.nextBytes(id);
                if (i % (chunks / LOOKUPS) == 0 && i / (chunks / LOOKUPS) < LOOKUPS) {
                    known[i / (chunks / LOOKUPS)] = id.clone();
                }
                adding.claim(id);
                frames.add(id, block, 0, Grid.BLOCK_BYTES);
            }
            frames.flush();
            adding.commit();
        }
        for (int i = 0; i < LOOKUPS; i++) {
            unknown[i] = new byte[Grid.DIGEST_BYTES];
            random.nextBytes(unknown[i]);
        }
        store.chunks().refresh();
        reading = store.chunks().reading();
        session = store.chunks().begin();
    }

    /** Finds where chunks are. */
    @Benchmark
    @OperationsPerInvocation(LOOKUPS)
    public long locate() throws IOException {
        long sum = 0;
        for (byte[] id : known) {
            sum += reading.locate(id);
        }
        return sum;
    }

    /** Asks for chunks that the store has, as an import of a known disk does. */
    @Benchmark
    @OperationsPerInvocation(LOOKUPS)
    public int claimKnown() throws IOException {
        return claim(known);
    }

    /**
     * Asks for chunks that the store does not have: the first time they are claimed, and from then
     * on they are in neither index nor store, but among those that the session knows.
     */
    @Benchmark
    @OperationsPerInvocation(LOOKUPS)
    public int claimUnknown() throws IOException {
        return claim(unknown);
    }

    private int claim(byte[][] ids) throws IOException {
        int count = 0;
        for (byte[] id : ids) {
            count += session.claim(id) ? 1 : 0;
        }
        return count;
    }

    /** Deletes the store. */
    @TearDown(Level.Trial)
    public void close() throws IOException {
        session.close();
        store.close();
    }
}

package dev.quarry.benchmarks.store;

import dev.quarry.benchmarks.micro.FileSystemContent;
import dev.quarry.benchmarks.micro.RawLimit;
import dev.quarry.benchmarks.micro.Yardstick;
import dev.quarry.chunk.Codec;
import dev.quarry.chunk.CutterParameters;
import dev.quarry.chunk.Grid;
import dev.quarry.store.ChunkSession;
import dev.quarry.store.FrameBuilder;
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

/** Appends chunks to packs without compressing them. */
@State(Scope.Benchmark)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PackBenchmark {

    private static final int BYTES = 4 << 20;
    private static final int CHUNK_BYTES = 16 << 10;

    /** A session is thrown away when it has so many bytes, before they fill the memory. */
    private static final long SESSION_BYTES = 512L << 20;

    private static final StoreProperties PLAIN =
            new StoreProperties(CutterParameters.DEFAULT, 256 << 10, Codec.NONE, 1);

    /** Where the store is made. */
    @Param("/dev/shm")
    private String folder = "/dev/shm";

    private final MemorySegment content = Arena.ofAuto().allocate(BYTES, Grid.BLOCK_BYTES);
    private final SplittableRandom random = new SplittableRandom(13);
    private final byte[] id = new byte[Grid.DIGEST_BYTES];

    @SuppressWarnings("NullAway.Init")
    private TemporaryStore store;

    @SuppressWarnings("NullAway.Init")
    private ChunkSession session;

    @SuppressWarnings("NullAway.Init")
    private FrameBuilder frames;

    private long appended;

    /** Makes the store. */
    @Setup
    public void fill() throws IOException {
        FileSystemContent.fill(content);
        Yardstick.use(BYTES, RawLimit.memoryCopy(content));
        store = new TemporaryStore(Path.of(folder), PLAIN);
        begin();
    }

    private void begin() throws IOException {
        session = store.chunks().begin();
        frames = session.newFrameBuilder();
        appended = 0;
    }

    /** Claims chunks and appends them. */
    @Benchmark
    public long append() throws IOException {
        if (appended >= SESSION_BYTES) {
            frames.close();
            session.close();
            begin();
        }
        for (int at = 0; at < BYTES; at += CHUNK_BYTES) {
            random.nextBytes(id);
            if (session.claim(id)) {
                frames.add(id, content, at, CHUNK_BYTES);
            }
        }
        frames.flush();
        appended += BYTES;
        return appended;
    }

    /** Deletes the store. */
    @TearDown(Level.Trial)
    public void close() throws IOException {
        frames.close();
        session.close();
        store.close();
    }
}

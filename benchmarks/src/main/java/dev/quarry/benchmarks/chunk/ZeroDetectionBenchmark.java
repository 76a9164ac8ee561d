package dev.quarry.benchmarks.chunk;

import dev.quarry.benchmarks.micro.FileSystemContent;
import dev.quarry.benchmarks.micro.RawLimit;
import dev.quarry.benchmarks.micro.Yardstick;
import dev.quarry.chunk.BlockHasher;
import dev.quarry.chunk.Grid;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Asks of each block of a window whether it is zeros. */
@State(Scope.Benchmark)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ZeroDetectionBenchmark {

    private static final int WINDOW_BYTES = 1 << 20;

    /** Zeros must be looked at to the end; of data, a few bytes say enough. */
    @Param({"zeros", "files"})
    private String content = "zeros";

    private final MemorySegment window = Arena.ofAuto().allocate(WINDOW_BYTES, Grid.BLOCK_BYTES);

    /** Fills the window. */
    @Setup
    public void fill() throws IOException {
        if (content.equals("files")) {
            FileSystemContent.fill(window);
        }
        Yardstick.use(WINDOW_BYTES, RawLimit.memoryCopy(window));
    }

    /** Counts the blocks that are zeros. */
    @Benchmark
    public int zeroBlocks() {
        int count = 0;
        for (int at = 0; at < WINDOW_BYTES; at += Grid.BLOCK_BYTES) {
            count += BlockHasher.isZeroBlock(window, at) ? 1 : 0;
        }
        return count;
    }
}

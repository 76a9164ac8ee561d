package dev.quarry.benchmarks.chunk;

import dev.quarry.benchmarks.micro.FileSystemContent;
import dev.quarry.benchmarks.micro.RawLimit;
import dev.quarry.benchmarks.micro.Yardstick;
import dev.quarry.chunk.Codec;
import dev.quarry.chunk.Grid;

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
import java.util.Locale;

/** Encodes and decodes frames of several sizes. */
@State(Scope.Benchmark)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CodecBenchmark {

    private static final int BYTES = 2 << 20;

    /** The codec, and after a hyphen the level where it has one. */
    @Param({"zstd-1", "zstd-2", "lz4"})
    private String codec = "zstd-1";

    /** Plain bytes of a frame in KiB. */
    @Param({"16", "64", "256"})
    private int frameKiB = 256;

    private final Arena arena = Arena.ofAuto();
    private final MemorySegment plain = arena.allocate(BYTES, Grid.BLOCK_BYTES);
    private MemorySegment[] plainFrames = {};
    private MemorySegment[] encodedFrames = {};
    private MemorySegment target = plain;
    private Codec used = Codec.ZSTD;
    private Codec.Encoder encoder = new Codec.Encoder(Codec.ZSTD, 1);
    private final Codec.Decoder decoder = new Codec.Decoder();

    /** Fills the frames. */
    @Setup
    public void fill(BenchmarkParams benchmark) throws IOException {
        FileSystemContent.fill(plain);
        int frameBytes = frameKiB << 10;
        String[] words = codec.split("-", 2);
        used = Codec.valueOf(words[0].toUpperCase(Locale.ROOT));
        int level = words.length == 1 ? 1 : Integer.parseInt(words[1]);
        encoder.close();
        encoder = new Codec.Encoder(used, level);
        target = arena.allocate(Codec.encodedBytesMax(frameBytes), Grid.BLOCK_BYTES);
        plainFrames = new MemorySegment[BYTES / frameBytes];
        encodedFrames = new MemorySegment[plainFrames.length];
        for (int i = 0; i < plainFrames.length; i++) {
            plainFrames[i] = plain.asSlice((long) i * frameBytes, frameBytes);
            int size = encoder.encode(plainFrames[i], target);
            encodedFrames[i] = arena.allocate(size).copyFrom(target.asSlice(0, size));
        }
        boolean decodes = benchmark.getBenchmark().endsWith("decode");
        Yardstick.use(
                BYTES,
                decodes
                        ? RawLimit.decompress(used, level, plain, frameBytes)
                        : RawLimit.compress(used, level, plain, frameBytes));
    }

    /** Encodes all frames. */
    @Benchmark
    public int encode() {
        int size = 0;
        for (MemorySegment frame : plainFrames) {
            size += encoder.encode(frame, target);
        }
        return size;
    }

    /** Decodes all frames. */
    @Benchmark
    public MemorySegment decode() throws IOException {
        MemorySegment frame = target.asSlice(0, (long) frameKiB << 10);
        for (MemorySegment encoded : encodedFrames) {
            decoder.decode(used, encoded, frame);
        }
        return frame;
    }

    /** Frees the codecs. */
    @TearDown(Level.Trial)
    public void close() {
        encoder.close();
        decoder.close();
    }
}

package dev.quarry.benchmarks.chunk;

import dev.quarry.benchmarks.micro.FileSystemContent;
import dev.quarry.benchmarks.micro.MemoryDisk;
import dev.quarry.benchmarks.micro.RawLimit;
import dev.quarry.benchmarks.micro.Yardstick;
import dev.quarry.chunk.BlockHasher;
import dev.quarry.chunk.ContentDigest;
import dev.quarry.chunk.Cutter;
import dev.quarry.chunk.CutterParameters;
import dev.quarry.chunk.DiskDigester;
import dev.quarry.chunk.Grid;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Hashes blocks, cuts them into chunks by their digests, and digests a disk. */
@State(Scope.Benchmark)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class HashBenchmark {

    private static final int BYTES = 4 << 20;
    private static final int BLOCKS = BYTES / Grid.BLOCK_BYTES;

    private final MemorySegment content = Arena.ofAuto().allocate(BYTES, Grid.BLOCK_BYTES);
    private final byte[] digests = new byte[BLOCKS * Grid.DIGEST_BYTES];
    private final byte[] id = new byte[Grid.DIGEST_BYTES];
    private final BlockHasher hasher = new BlockHasher();
    private final Cutter cutter = new Cutter(CutterParameters.DEFAULT);

    /** Fills the memory. */
    @Setup
    public void fill() throws IOException {
        FileSystemContent.fill(content);
        Yardstick.use(BYTES, RawLimit.sha256(content));
    }

    /** Hashes every block. */
    @Benchmark
    public byte[] blocks() {
        for (int block = 0; block < BLOCKS; block++) {
            hasher.hashBlock(
                    content, (long) block * Grid.BLOCK_BYTES, digests, block * Grid.DIGEST_BYTES);
        }
        return digests;
    }

    /** Hashes every block and names the chunks that they form. */
    @Benchmark
    public void chunks(Blackhole names) {
        int first = 0;
        for (int block = 0; block < BLOCKS; block++) {
            int index = block * Grid.DIGEST_BYTES;
            hasher.hashBlock(content, (long) block * Grid.BLOCK_BYTES, digests, index);
            int length = block + 1 - first;
            if (cutter.endsAfter(digests, index, length) || block + 1 == BLOCKS) {
                hasher.chunkId(digests, first * Grid.DIGEST_BYTES, length, id);
                names.consume(id[0]);
                first = block + 1;
            }
        }
    }

    /** Computes the content digest of a disk on one thread. */
    @Benchmark
    public ContentDigest disk() throws IOException {
        return DiskDigester.digest(
                new MemoryDisk(content), 1, ProgressListener.none(), new CancelToken());
    }
}

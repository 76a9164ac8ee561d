package dev.quarry.chunk;

import dev.quarry.block.BlockSource;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.job.ProgressMeter;
import dev.quarry.job.Workers;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Says what a store would save on a set of disks at several chunk sizes, by reading each disk once.
 * Disks are added one after the other by one thread.
 *
 * <p>How many bytes are unique is exact up to {@value ChunkSample#CHUNKS_MAX} chunks, and an
 * estimate beyond. How well they compress is estimated: of the bytes that are new at {@link
 * #SAMPLED_AVERAGE}, one frame in {@value #SAMPLE_EVERY} is compressed.
 */
public final class ChunkAnalyzer {

    /** Average chunk sizes that are tried. */
    private static final int[] AVERAGES = {
        4 << 10, 8 << 10, 16 << 10, 32 << 10, 64 << 10, 128 << 10
    };

    /** Chunks have four times the average at most, as in a store by default. */
    private static final int MAXIMUM_FACTOR = 4;

    private static final int SAMPLED_AVERAGE = 2;
    private static final int SAMPLE_EVERY = 8;
    private static final int FRAME_BYTES = 256 << 10;
    private static final int ZSTD_LEVEL = 1;

    private final List<Variant> variants = new ArrayList<>();
    private final int threads;
    private long diskBytes;
    private long dataBytes;
    private long sampledBytes;
    private long sampledEncodedBytes;

    /**
     * @param threads pages that are read at once
     */
    public ChunkAnalyzer(int threads) {
        this.threads = threads;
        for (int average : AVERAGES) {
            variants.add(new Variant(new CutterParameters(average, average * MAXIMUM_FACTOR)));
        }
    }

    /**
     * What one chunk size would give for all disks added so far.
     *
     * @param chunks that are unique
     * @param uniqueBytes of these chunks
     * @param storedBytes estimated, compressed
     */
    public record Estimate(
            CutterParameters cutter, long chunks, long uniqueBytes, long storedBytes) {}

    /** Bytes of all disks, holes included. */
    public synchronized long diskBytes() {
        return diskBytes;
    }

    /** Bytes of all blocks that are not zeros. */
    public synchronized long dataBytes() {
        return dataBytes;
    }

    /** The estimates, by ascending chunk size. */
    public synchronized List<Estimate> estimates() {
        double ratio = sampledBytes == 0 ? 1 : (double) sampledEncodedBytes / sampledBytes;
        return variants.stream()
                .map(variant ->
                        new Estimate(
                                variant.parameters,
                                variant.seen.chunks(),
                                variant.seen.bytes(),
                                Math.round(variant.seen.bytes() * ratio)))
                .toList();
    }

    /**
     * Adds a disk.
     *
     * @param disk stays the caller's
     */
    public void add(BlockSource disk, ProgressListener listener, CancelToken cancel)
            throws IOException {
        GridSource grid = new GridSource(disk, PartitionGrid.leadOf(disk));
        long[] pages = PageReader.dataPages(grid);
        ProgressMeter meter = new ProgressMeter(listener, (long) pages.length * Grid.PAGE_BYTES);
        Workers.run(
                "quarry-analyze",
                pages.length,
                threads,
                cancel,
                () -> new Worker(grid, pages, meter));
        synchronized (this) {
            diskBytes += disk.size();
        }
        meter.finish();
    }

    /** One chunk size, and what was seen of it. */
    private static final class Variant {
        final CutterParameters parameters;
        final Cutter cutter;
        final ChunkSample seen = new ChunkSample();

        Variant(CutterParameters parameters) {
            this.parameters = parameters;
            this.cutter = new Cutter(parameters);
        }

        /** Whether a chunk is new, and among those that are kept. */
        synchronized boolean add(byte[] id, int bytes) {
            long prefix = 0;
            for (int i = 0; i < Long.BYTES; i++) {
                prefix = prefix << Byte.SIZE | (id[i] & 0xff);
            }
            return seen.add(prefix, bytes);
        }
    }

    private synchronized void addTotals(long data, long sampled, long encoded) {
        dataBytes += data;
        sampledBytes += sampled;
        sampledEncodedBytes += encoded;
    }

    /** One thread's part. */
    private final class Worker implements Workers.Worker, PageReader.BlockConsumer {
        private final PageReader reader;
        private final long[] pages;
        private final ProgressMeter meter;
        private final BlockHasher hasher = new BlockHasher();
        private final byte[] digests = new byte[Grid.PAGE_BLOCKS * Grid.DIGEST_BYTES];
        private final boolean[] data = new boolean[Grid.PAGE_BLOCKS];
        private final byte[] id = new byte[Grid.DIGEST_BYTES];
        private final int[] gathered = new int[AVERAGES.length];
        private final Sampler sampler = new Sampler();
        private int nextBlock;
        private long dataBlocks;

        Worker(GridSource grid, long[] pages, ProgressMeter meter) {
            this.reader = new PageReader(grid);
            this.pages = pages;
            this.meter = meter;
        }

        @Override
        public void work(long index) throws IOException {
            Arrays.fill(data, false);
            Arrays.fill(gathered, 0);
            nextBlock = 0;
            dataBlocks = 0;
            reader.read(pages[(int) index], this);
            addTotals(dataBlocks * Grid.BLOCK_BYTES, sampler.takePlain(), sampler.takeEncoded());
            meter.add(Grid.PAGE_BYTES);
        }

        @Override
        public int blocks(MemorySegment memory, long position, int firstBlock, int count) {
            if (firstBlock != nextBlock) {
                endChunks(memory, position);
            }
            for (int i = 0; i < count; i++) {
                long at = position + (long) i * Grid.BLOCK_BYTES;
                int block = firstBlock + i;
                nextBlock = block;
                if (BlockHasher.isZeroBlock(memory, at)) {
                    endChunks(memory, at);
                    continue;
                }
                hasher.hashBlock(memory, at, digests, block * Grid.DIGEST_BYTES);
                dataBlocks++;
                nextBlock = block + 1;
                for (int v = 0; v < AVERAGES.length; v++) {
                    gathered[v]++;
                    if (variants.get(v)
                            .cutter
                            .endsAfter(digests, block * Grid.DIGEST_BYTES, gathered[v])) {
                        endChunk(v, memory, at + Grid.BLOCK_BYTES);
                    }
                }
            }
            nextBlock = firstBlock + count;
            return gathered[SAMPLED_AVERAGE];
        }

        @Override
        public void endOfPage(MemorySegment memory, long position) {
            endChunks(memory, position);
        }

        private void endChunks(MemorySegment memory, long end) {
            for (int v = 0; v < AVERAGES.length; v++) {
                endChunk(v, memory, end);
            }
        }

        private void endChunk(int v, MemorySegment memory, long end) {
            int blocks = gathered[v];
            if (blocks == 0) {
                return;
            }
            gathered[v] = 0;
            hasher.chunkId(digests, (nextBlock - blocks) * Grid.DIGEST_BYTES, blocks, id);
            int bytes = blocks * Grid.BLOCK_BYTES;
            if (variants.get(v).add(id, bytes) && v == SAMPLED_AVERAGE) {
                sampler.add(memory, end - bytes, bytes);
            }
        }

        @Override
        public void close() {
            sampler.close();
            reader.close();
        }
    }

    /** Compresses one frame in {@value #SAMPLE_EVERY}. */
    private static final class Sampler implements AutoCloseable {
        private final Arena arena = Arena.ofShared();
        private final MemorySegment plain = arena.allocate(FRAME_BYTES, Grid.BLOCK_BYTES);
        private final MemorySegment encoded =
                arena.allocate(Codec.encodedBytesMax(FRAME_BYTES), Grid.BLOCK_BYTES);
        private final Codec.Encoder encoder = new Codec.Encoder(Codec.ZSTD, ZSTD_LEVEL);
        private int length;
        private int frames;
        private long plainBytes;
        private long encodedBytes;

        void add(MemorySegment memory, long position, int bytes) {
            if (length + bytes > FRAME_BYTES) {
                if (frames++ % SAMPLE_EVERY == 0) {
                    plainBytes += length;
                    encodedBytes += encoder.encode(plain.asSlice(0, length), encoded);
                }
                length = 0;
            }
            MemorySegment.copy(memory, position, plain, length, bytes);
            length += bytes;
        }

        long takePlain() {
            long taken = plainBytes;
            plainBytes = 0;
            return taken;
        }

        long takeEncoded() {
            long taken = encodedBytes;
            encodedBytes = 0;
            return taken;
        }

        @Override
        public void close() {
            encoder.close();
            arena.close();
        }
    }
}

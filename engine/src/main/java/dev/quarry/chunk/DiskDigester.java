package dev.quarry.chunk;

import dev.quarry.block.BlockSource;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.job.ProgressMeter;
import dev.quarry.job.Workers;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Computes the {@link ContentDigest} of a disk by reading it. */
public final class DiskDigester {

    private DiskDigester() {}

    /**
     * Reads a disk and gives its digest.
     *
     * @param disk stays the caller's
     * @param threads at most so many
     */
    public static ContentDigest digest(
            BlockSource disk, int threads, ProgressListener listener, CancelToken cancel)
            throws IOException {
        GridSource grid = new GridSource(disk, 0);
        long[] pages = PageReader.dataPages(grid);
        byte[][] digests = new byte[pages.length][];
        ProgressMeter meter = new ProgressMeter(listener, (long) pages.length * Grid.PAGE_BYTES);
        Workers.run(
                "quarry-digest",
                pages.length,
                threads,
                cancel,
                () -> new Worker(grid, pages, digests, meter));
        ContentDigest.Builder builder = new ContentDigest.Builder(disk.size());
        for (int i = 0; i < pages.length; i++) {
            builder.add(pages[i], digests[i]);
        }
        meter.finish();
        return builder.finish();
    }

    private static final class Worker implements Workers.Worker, PageReader.BlockConsumer {
        private final PageReader reader;
        private final long[] pages;
        private final byte[][] digests;
        private final ProgressMeter meter;
        private final BlockHasher hasher = new BlockHasher();
        private final byte[] blocks = new byte[Grid.PAGE_BLOCKS * Grid.DIGEST_BYTES];

        Worker(GridSource grid, long[] pages, byte[][] digests, ProgressMeter meter) {
            this.reader = new PageReader(grid);
            this.pages = pages;
            this.digests = digests;
            this.meter = meter;
        }

        @Override
        public void work(long index) throws IOException {
            Arrays.fill(blocks, (byte) 0);
            reader.read(pages[(int) index], this);
            digests[(int) index] = ContentDigest.ofPage(hasher, blocks);
            meter.add(Grid.PAGE_BYTES);
        }

        @Override
        public int blocks(MemorySegment memory, long position, int firstBlock, int count) {
            for (int i = 0; i < count; i++) {
                long at = position + (long) i * Grid.BLOCK_BYTES;
                if (!BlockHasher.isZeroBlock(memory, at)) {
                    hasher.hashBlock(memory, at, blocks, (firstBlock + i) * Grid.DIGEST_BYTES);
                }
            }
            return 0;
        }

        @Override
        public void endOfPage(MemorySegment memory, long position) {
            // Nothing is kept from block to block.
        }

        @Override
        public void close() {
            reader.close();
        }
    }
}

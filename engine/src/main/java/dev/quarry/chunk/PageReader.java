package dev.quarry.chunk;

import dev.quarry.block.BlockSource;
import dev.quarry.block.Extent;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Reads pages of the grid and hands on their blocks, leaving out what is known to be zeros. For one
 * thread.
 */
public final class PageReader implements Closeable {

    /**
     * Bytes read at once: half of the second-level cache, so that hashing and compressing find them
     * there; 64 KiB and 1 MiB were both slower.
     */
    private static final int WINDOW_BYTES = 256 << 10;

    /** Takes the blocks of a page in ascending order. */
    public interface BlockConsumer {

        /**
         * Takes blocks that follow one another. Blocks between two calls are zeros.
         *
         * @param memory holds the blocks from {@code position} on, and before them those that the
         *     call before wanted kept
         * @param position of the first block
         * @param firstBlock its number in the page
         * @param count how many blocks
         * @return how many of the last blocks shall be kept in memory just before the next ones, at
         *     most {@link CutterParameters#CHUNK_BYTES_MAX} bytes of them
         */
        int blocks(MemorySegment memory, long position, int firstBlock, int count)
                throws IOException;

        /** Ends the page; blocks that were kept stand before {@code position}. */
        void endOfPage(MemorySegment memory, long position) throws IOException;
    }

    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory =
            arena.allocate(CutterParameters.CHUNK_BYTES_MAX + WINDOW_BYTES, Grid.BLOCK_BYTES);
    private final BlockSource grid;

    /**
     * @param grid whole blocks, such as a {@link GridSource}; stays the caller's
     */
    public PageReader(BlockSource grid) {
        this.grid = grid;
    }

    /** Whether a page is known to be zeros; looks at no data. */
    public boolean isZero(long page) throws IOException {
        long start = Math.multiplyExact(page, (long) Grid.PAGE_BYTES);
        long end = Math.min(grid.size(), start + Grid.PAGE_BYTES);
        Extent extent = grid.extentAt(start, end);
        return extent.isZero() && extent.end() == end;
    }

    /** Reads a page and hands its blocks to {@code consumer}. */
    public void read(long page, BlockConsumer consumer) throws IOException {
        long start = Math.multiplyExact(page, (long) Grid.PAGE_BYTES);
        long end = Math.min(grid.size(), start + Grid.PAGE_BYTES);
        long offset = start;
        while (offset < end) {
            Extent extent = grid.extentAt(offset, end);
            if (extent.isZero()) {
                long zeros = extent.end() == end ? end : Grid.blockFloor(extent.end());
                if (zeros > offset) {
                    offset = zeros;
                    continue;
                }
            }
            long dataEnd = Math.min(end, Grid.blockCeiling(extent.end()));
            offset = readData(start, offset, dataEnd, consumer);
        }
        consumer.endOfPage(memory, CutterParameters.CHUNK_BYTES_MAX);
    }

    private long readData(long page, long from, long end, BlockConsumer consumer)
            throws IOException {
        for (long offset = from; offset < end; ) {
            int length = (int) Math.min(WINDOW_BYTES, end - offset);
            int at = CutterParameters.CHUNK_BYTES_MAX;
            grid.read(offset, memory.asSlice(at, length));
            int kept =
                    consumer.blocks(
                                    memory,
                                    at,
                                    (int) ((offset - page) / Grid.BLOCK_BYTES),
                                    length / Grid.BLOCK_BYTES)
                            * Grid.BLOCK_BYTES;
            MemorySegment.copy(memory, (long) at + length - kept, memory, at - kept, kept);
            offset += length;
        }
        return end;
    }

    /**
     * Numbers of the pages that are not known to be zeros, found without reading data.
     *
     * @param grid whole blocks
     */
    public static long[] dataPages(BlockSource grid) throws IOException {
        long[] pages = new long[64];
        int count = 0;
        long size = grid.size();
        for (long page = 0; page < Grid.pages(size); ) {
            long start = page * Grid.PAGE_BYTES;
            long end = Math.min(size, start + Grid.PAGE_BYTES);
            long zeros = zerosEnd(grid, start, end, size);
            if (zeros >= end) {
                page = zeros == size ? Grid.pages(size) : zeros / Grid.PAGE_BYTES;
            } else {
                if (count == pages.length) {
                    pages = Arrays.copyOf(pages, count * 2);
                }
                pages[count++] = page++;
            }
        }
        return Arrays.copyOf(pages, count);
    }

    /**
     * Where the zeros that begin at {@code start} end; looks on only as long as they have not
     * filled the page.
     */
    private static long zerosEnd(BlockSource grid, long start, long pageEnd, long size)
            throws IOException {
        long offset = start;
        while (offset < pageEnd) {
            Extent extent = grid.extentAt(offset, size);
            if (!extent.isZero()) {
                return offset;
            }
            offset = extent.end();
        }
        return offset;
    }

    @Override
    public void close() {
        arena.close();
    }
}

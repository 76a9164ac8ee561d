package dev.quarry.volume;

import dev.quarry.block.BlockSource;
import dev.quarry.block.BlockTarget;
import dev.quarry.block.EncodingTarget;
import dev.quarry.block.Extent;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.job.ProgressMeter;
import dev.quarry.job.Turns;
import dev.quarry.job.Workers;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Copies a disk to a target, in parallel, and writes no zeros: what is known to be zeros is handed
 * to {@link BlockTarget#zero}, and so is every block of zeros found in the data. Whatever the
 * target has behind the source's end is zeroed too.
 *
 * <p>Guest space is dealt out in pages; each thread has one buffer, so memory does not grow with
 * the disk. An {@link EncodingTarget} gets whole units, and its batches in ascending order.
 */
public final class Copier {

    /**
     * Guest bytes that one thread takes at once: large enough that tables are read by one thread,
     * small enough that all threads end at about the same time.
     */
    static final long PAGE_BYTES = 16L << 20;

    /**
     * The same where data is encoded: so much of it is kept in memory, by each thread, until its
     * turn has come.
     */
    static final int ENCODED_PAGE_BYTES = 4 << 20;

    /** Threads beyond the processors, to encode while others wait for their turn. */
    private static final int WAITING_THREADS = 1;

    /**
     * Bytes read and written at once. A window must hold many compressed clusters, so that none is
     * decoded twice, and stay within the processor's cache between the read, the search for zeros
     * and the write.
     */
    static final int WINDOW_BYTES = 1 << 20;

    /**
     * Zeros are looked for in blocks of so many bytes, on this grid of guest offsets: what file
     * systems and hosts allocate by.
     */
    static final int BLOCK_BYTES = 4096;

    private static final MemorySegment ZERO_BLOCK =
            Arena.global().allocate(BLOCK_BYTES).asReadOnly();

    private final BlockSource source;
    private final BlockTarget target;
    private final DataPages pages;
    private final ProgressMeter progress;
    private final CancelToken cancel;
    private final Turns turns = new Turns();

    private Copier(
            BlockSource source,
            BlockTarget target,
            DataPages pages,
            ProgressMeter progress,
            CancelToken cancel) {
        this.source = source;
        this.target = target;
        this.pages = pages;
        this.progress = progress;
        this.cancel = cancel;
    }

    /**
     * Copies the whole disk. Neither closes nor commits anything.
     *
     * @param source read by several threads at once
     * @param target at least as large as the source
     * @param threads at most so many work at once, the caller's among them
     * @param listener told about the target's bytes
     * @throws IllegalArgumentException if the target is smaller than the source
     * @throws dev.quarry.job.CancelledException if {@code cancel} asked for it
     */
    public static void copy(
            BlockSource source,
            BlockTarget target,
            int threads,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        if (target.size() < source.size()) {
            throw new IllegalArgumentException(
                    "the target has " + target.size() + " bytes, the source " + source.size());
        }
        ProgressMeter progress = new ProgressMeter(listener, target.size());
        if (target instanceof EncodingTarget encoding) {
            int unit = encoding.unitBytes();
            int page = Math.max(unit, ENCODED_PAGE_BYTES);
            DataPages pages = new DataPages(source, target, progress, page, unit);
            Copier copier = new Copier(source, target, pages, progress, cancel);
            copier.run(threads + WAITING_THREADS, page, () -> copier.new Encoder(encoding, page));
        } else {
            DataPages pages = new DataPages(source, target, progress, PAGE_BYTES, 1);
            Copier copier = new Copier(source, target, pages, progress, cancel);
            copier.run(threads, PAGE_BYTES, copier::newPlainWorker);
        }
        long tail = target.size() - source.size();
        if (tail > 0) {
            target.zero(source.size(), tail);
        }
        progress.finish();
    }

    private void run(int threads, long pageBytes, Workers.WorkerFactory factory)
            throws IOException {
        // A small disk needs no more threads than it has pages.
        long pages = Math.max(1, Math.ceilDiv(source.size(), pageBytes));
        Workers.runUntilDone("copy", (int) Math.min(threads, pages), cancel, factory);
    }

    /** Takes page after page, until none is left. */
    private abstract class PageWorker implements Workers.Worker {

        private final Arena arena = Arena.ofConfined();
        final MemorySegment window;
        private boolean done;

        PageWorker(int windowBytes) {
            this.window = arena.allocate(windowBytes, BLOCK_BYTES);
        }

        @Override
        public final void work(long index) throws IOException {
            DataPages.Page page = pages.next();
            if (page == null) {
                done = true;
            } else {
                copy(page);
            }
        }

        @Override
        public final boolean isDone() {
            return done;
        }

        abstract void copy(DataPages.Page page) throws IOException;

        @Override
        public void close() {
            arena.close();
        }
    }

    private Workers.Worker newPlainWorker() {
        return new Writer();
    }

    /** Writes what is found where it belongs. */
    private final class Writer extends PageWorker {

        Writer() {
            super(WINDOW_BYTES);
        }

        @Override
        void copy(DataPages.Page page) throws IOException {
            long offset = page.offset();
            while (offset < page.end()) {
                cancel.check();
                Extent extent = source.extentAt(offset, page.end());
                if (extent.isZero()) {
                    target.zero(offset, extent.length());
                    progress.add(extent.length());
                } else {
                    copyData(offset, extent.end());
                }
                offset = extent.end();
            }
        }

        /**
         * Copies data window by window; windows lie on a grid, so that no compressed cluster is in
         * two of them.
         */
        private void copyData(long start, long end) throws IOException {
            long offset = start;
            while (offset < end) {
                cancel.check();
                long stop = Math.min(end, (offset / WINDOW_BYTES + 1) * WINDOW_BYTES);
                MemorySegment data = window.asSlice(0, stop - offset);
                source.read(offset, data);
                writeWithoutZeros(offset, data);
                progress.add(stop - offset);
                offset = stop;
            }
        }

        private void writeWithoutZeros(long offset, MemorySegment data) throws IOException {
            for (long at = 0; at < data.byteSize(); ) {
                boolean zero = isZero(data, at, blockEnd(offset, data, at));
                long end = blockEnd(offset, data, at);
                while (end < data.byteSize()
                        && isZero(data, end, blockEnd(offset, data, end)) == zero) {
                    end = blockEnd(offset, data, end);
                }
                if (zero) {
                    target.zero(offset + at, end - at);
                } else {
                    target.write(offset + at, data.asSlice(at, end - at));
                }
                at = end;
            }
        }
    }

    /** Encodes whole units and appends them when its turn has come. */
    private final class Encoder extends PageWorker {

        private final EncodingTarget encoding;
        private final long unitBytes;
        private final EncodingTarget.Batch batch;

        Encoder(EncodingTarget encoding, int pageBytes) throws IOException {
            super(pageBytes);
            this.encoding = encoding;
            this.unitBytes = encoding.unitBytes();
            this.batch = encoding.newBatch(pageBytes);
        }

        @Override
        void copy(DataPages.Page page) throws IOException {
            try {
                encode(page);
                turns.await(page.ordinal());
                batch.append();
                turns.next();
            } catch (Throwable t) {
                turns.fail();
                throw t;
            }
        }

        private void encode(DataPages.Page page) throws IOException {
            long offset = page.offset();
            while (offset < page.end()) {
                cancel.check();
                Extent extent = source.extentAt(offset, page.end());
                boolean last = extent.end() == page.end();
                long stop;
                if (!extent.isZero()) {
                    stop = Math.min(page.end(), (extent.end() + unitBytes - 1) & -unitBytes);
                    encodeData(offset, stop);
                } else if (last || extent.end() - offset >= unitBytes) {
                    stop = last ? page.end() : extent.end() & -unitBytes;
                    encoding.zero(offset, stop - offset);
                } else {
                    stop = Math.min(page.end(), offset + unitBytes);
                    encodeData(offset, stop);
                }
                progress.add(stop - offset);
                offset = stop;
            }
        }

        /** Encodes a range that begins with a unit; a unit of zeros is none. */
        private void encodeData(long start, long end) throws IOException {
            MemorySegment data = window.asSlice(0, end - start);
            source.read(start, data);
            for (long at = 0; at < data.byteSize(); at += unitBytes) {
                long stop = Math.min(at + unitBytes, data.byteSize());
                if (isZero(data, at, stop)) {
                    encoding.zero(start + at, stop - at);
                } else {
                    batch.add(start + at, data.asSlice(at, stop - at));
                }
            }
        }

        @Override
        public void close() {
            batch.close();
            super.close();
        }
    }

    /** End of the block of the grid that {@code at} lies in. */
    private static long blockEnd(long offset, MemorySegment data, long at) {
        return Math.min(data.byteSize(), at + BLOCK_BYTES - (offset + at) % BLOCK_BYTES);
    }

    /** Looks at a block's first bytes before it compares the rest: few have zeros there. */
    private static boolean isZero(MemorySegment data, long from, long to) {
        for (long at = from; at < to; at += BLOCK_BYTES) {
            long length = Math.min(BLOCK_BYTES, to - at);
            if (data.get(ValueLayout.JAVA_BYTE, at) != 0
                    || data.get(ValueLayout.JAVA_BYTE, at + length / 2) != 0
                    || MemorySegment.mismatch(data, at, at + length, ZERO_BLOCK, 0, length) >= 0) {
                return false;
            }
        }
        return true;
    }
}

package dev.quarry.volume;

import dev.quarry.block.BlockSource;
import dev.quarry.block.BlockTarget;
import dev.quarry.block.Extent;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.job.ProgressMeter;
import dev.quarry.job.Workers;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Copies a disk to a target, in parallel, and writes no zeros: what is known to be zeros is handed
 * to {@link BlockTarget#zero}, and so is every block of zeros found in the data. Whatever the
 * target has behind the source's end is zeroed too.
 *
 * <p>Guest space is dealt out in pages; each thread has one buffer, so memory does not grow with
 * the disk.
 */
public final class Copier {

    /**
     * Guest bytes that one thread takes at once: large enough that tables are read by one thread,
     * small enough to share the work.
     */
    static final long PAGE_BYTES = 64L << 20;

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
    private final ProgressMeter progress;
    private final CancelToken cancel;

    private Copier(
            BlockSource source, BlockTarget target, ProgressMeter progress, CancelToken cancel) {
        this.source = source;
        this.target = target;
        this.progress = progress;
        this.cancel = cancel;
    }

    /**
     * Copies the whole disk. Neither closes nor commits anything.
     *
     * @param source read by several threads at once
     * @param target at least as large as the source
     * @param threads at most so many at once, the caller's among them
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
        Copier copier = new Copier(source, target, progress, cancel);
        Workers.run(
                "copy",
                Math.ceilDiv(source.size(), PAGE_BYTES),
                threads,
                cancel,
                copier::newWorker);
        long tail = target.size() - source.size();
        if (tail > 0) {
            target.zero(source.size(), tail);
        }
        progress.finish();
    }

    private Workers.Worker newWorker() {
        return new PageWorker();
    }

    private final class PageWorker implements Workers.Worker {

        private final Arena arena = Arena.ofConfined();
        private final MemorySegment window = arena.allocate(WINDOW_BYTES, BLOCK_BYTES);

        @Override
        public void work(long index) throws IOException {
            long offset = index * PAGE_BYTES;
            long end = Math.min(offset + PAGE_BYTES, source.size());
            while (offset < end) {
                cancel.check();
                Extent extent = source.extentAt(offset, end);
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
            long length = data.byteSize();
            long runStart = 0;
            boolean runIsZero = false;
            for (long at = 0; at < length; ) {
                long next = Math.min(length, at + BLOCK_BYTES - (offset + at) % BLOCK_BYTES);
                boolean zero = isZero(data, at, next);
                if (zero != runIsZero && at > runStart) {
                    put(offset + runStart, data.asSlice(runStart, at - runStart), runIsZero);
                    runStart = at;
                }
                runIsZero = zero;
                at = next;
            }
            put(offset + runStart, data.asSlice(runStart, length - runStart), runIsZero);
        }

        private void put(long offset, MemorySegment data, boolean zero) throws IOException {
            if (zero) {
                target.zero(offset, data.byteSize());
            } else {
                target.write(offset, data);
            }
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    private static boolean isZero(MemorySegment data, long from, long to) {
        return MemorySegment.mismatch(data, from, to, ZERO_BLOCK, 0, to - from) < 0;
    }
}

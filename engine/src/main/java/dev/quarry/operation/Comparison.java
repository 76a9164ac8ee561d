package dev.quarry.operation;

import dev.quarry.block.BlockSource;
import dev.quarry.block.Extent;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.job.ProgressMeter;
import dev.quarry.job.Workers;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Compares two disks, in parallel, reading only what is data in one of them. Where one disk is
 * longer, the rest of it must be zeros.
 */
public final class Comparison {

    /** How two disks differ, and where. */
    public enum Outcome {
        IDENTICAL,
        /** Bytes differ; or, behind the end of the shorter disk, are not zeros. */
        CONTENT,
        /** The sizes differ, which counts only where that was asked for. */
        SIZE,
        /** One disk has allocated what the other has not, which counts only where asked for. */
        ALLOCATION
    }

    /** What counts as different. */
    public enum Strictness {
        CONTENT,
        /** Sizes and allocation, too. */
        ALLOCATION
    }

    /**
     * What a comparison came to.
     *
     * @param offset guest byte of the first sector that differs, or -1
     * @param size guest bytes of the longer disk
     * @param commonSize guest bytes of the shorter disk
     */
    public record Result(Outcome outcome, long offset, long size, long commonSize) {}

    private static final long PAGE_BYTES = 64L << 20;
    private static final int WINDOW_BYTES = 1 << 20;
    private static final int SECTOR_BYTES = 512;

    private static final MemorySegment ZEROS = MemorySegment.ofArray(new byte[WINDOW_BYTES]);

    private final BlockSource one;
    private final BlockSource other;
    private final Strictness strictness;
    private final ProgressMeter progress;
    private final CancelToken cancel;

    /** The lowest offset that differs, twice; and one less if it is in its allocation. */
    private final AtomicLong first = new AtomicLong(Long.MAX_VALUE);

    private Comparison(
            BlockSource one,
            BlockSource other,
            Strictness strictness,
            ProgressMeter progress,
            CancelToken cancel) {
        this.one = one;
        this.other = other;
        this.strictness = strictness;
        this.progress = progress;
        this.cancel = cancel;
    }

    /** Compares two disks, which stay the caller's. */
    public static Result compare(
            BlockSource one,
            BlockSource other,
            Strictness strictness,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        long size = Math.max(one.size(), other.size());
        long common = Math.min(one.size(), other.size());
        if (size > common && strictness == Strictness.ALLOCATION) {
            return new Result(Outcome.SIZE, -1, size, common);
        }
        ProgressMeter progress = new ProgressMeter(listener, size);
        Comparison comparison = new Comparison(one, other, strictness, progress, cancel);
        Workers.run(
                "compare",
                Math.ceilDiv(size, PAGE_BYTES),
                Workers.defaultThreads(),
                cancel,
                comparison::newWorker);
        progress.finish();
        return comparison.result(size, common);
    }

    private Result result(long size, long common) {
        long found = first.get();
        if (found == Long.MAX_VALUE) {
            return new Result(Outcome.IDENTICAL, -1, size, common);
        }
        Outcome outcome = (found & 1) == 0 ? Outcome.CONTENT : Outcome.ALLOCATION;
        long offset = (found >> 1) / SECTOR_BYTES * SECTOR_BYTES;
        return new Result(outcome, offset, size, common);
    }

    private Workers.Worker newWorker() {
        return new PageWorker();
    }

    private void differs(long offset, Outcome outcome) {
        long found = offset << 1 | (outcome == Outcome.ALLOCATION ? 1 : 0);
        first.accumulateAndGet(found, Math::min);
    }

    private final class PageWorker implements Workers.Worker {

        private final Arena arena = Arena.ofConfined();
        private final MemorySegment left = arena.allocate(WINDOW_BYTES);
        private final MemorySegment right = arena.allocate(WINDOW_BYTES);

        @Override
        public void work(long index) throws IOException {
            long offset = index * PAGE_BYTES;
            long end = Math.min(offset + PAGE_BYTES, Math.max(one.size(), other.size()));
            // Pages are dealt out in ascending order: behind a difference nothing matters.
            while (offset < end && offset < first.get() >> 1) {
                cancel.check();
                Extent a = extent(one, offset, end);
                Extent b = extent(other, offset, end);
                long stop = Math.min(a.end(), b.end());
                if (strictness == Strictness.ALLOCATION
                        && (a.kind() == Extent.Kind.HOLE) != (b.kind() == Extent.Kind.HOLE)) {
                    differs(offset, Outcome.ALLOCATION);
                    return;
                }
                if (!(a.isZero() && b.isZero())) {
                    stop = Math.min(stop, (offset / WINDOW_BYTES + 1) * WINDOW_BYTES);
                    compareBytes(offset, stop, a, b);
                }
                progress.add(stop - offset);
                offset = stop;
            }
        }

        private Extent extent(BlockSource disk, long offset, long end) throws IOException {
            return offset >= disk.size()
                    ? new Extent(offset, end - offset, Extent.Kind.HOLE)
                    : disk.extentAt(offset, Math.min(end, disk.size()));
        }

        private void compareBytes(long offset, long end, Extent a, Extent b) throws IOException {
            MemorySegment x = bytes(one, offset, end, a, left);
            MemorySegment y = bytes(other, offset, end, b, right);
            long mismatch = x.mismatch(y);
            if (mismatch >= 0) {
                differs(offset + mismatch, Outcome.CONTENT);
            }
        }

        private MemorySegment bytes(
                BlockSource disk, long offset, long end, Extent extent, MemorySegment window)
                throws IOException {
            if (extent.isZero()) {
                return ZEROS.asSlice(0, end - offset);
            }
            MemorySegment part = window.asSlice(0, end - offset);
            disk.read(offset, part);
            return part;
        }

        @Override
        public void close() {
            arena.close();
        }
    }
}

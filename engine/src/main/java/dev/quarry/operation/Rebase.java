package dev.quarry.operation;

import dev.quarry.block.BlockSource;
import dev.quarry.block.Extent;
import dev.quarry.image.EditableImage;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.job.ProgressMeter;
import dev.quarry.job.Workers;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Prepares an overlay for another backing file: whatever it takes from the old one and would not
 * find in the new one is written into it, in parallel. The disk's content stays what it was.
 */
public final class Rebase {

    /** Guest bytes that one thread takes at once. */
    private static final long PAGE_BYTES = 16L << 20;

    /** Bytes compared at once, where units are smaller: windows lie on a grid of it. */
    private static final int WINDOW_BYTES = 1 << 20;

    private final EditableImage image;
    private final BlockSource disk;
    private final @Nullable BlockSource backing;
    private final Shared shared;
    private final ProgressMeter progress;
    private final CancelToken cancel;
    private final int unitBytes;
    private final int windowBytes;
    private long cursor;

    /** A part of the disk that one thread looks at; it ends where a page does. */
    private record Piece(long start, long end) {}

    /** Knows what the disk and the backing file have in common, without a look at the bytes. */
    @FunctionalInterface
    public interface Shared {

        /** Nothing is known. */
        Shared NOTHING = (offset, _) -> offset;

        /**
         * Guest byte up to which both are the same from {@code offset} on, at most {@code limit};
         * {@code offset} if nothing is known of it.
         */
        long end(long offset, long limit) throws IOException;
    }

    private Rebase(
            EditableImage image,
            BlockSource disk,
            @Nullable BlockSource backing,
            Shared shared,
            ProgressMeter progress,
            CancelToken cancel) {
        this.image = image;
        this.disk = disk;
        this.backing = backing;
        this.shared = shared;
        this.progress = progress;
        this.cancel = cancel;
        this.unitBytes = image.unitBytes();
        this.windowBytes = Math.max(unitBytes, WINDOW_BYTES);
    }

    /**
     * Writes what differs. Neither names the new backing file nor finishes the image.
     *
     * @param image the overlay
     * @param disk the overlay again, opened for reading with its old backing file
     * @param backing the new backing file, or null for none
     * @param shared what need not be compared
     * @param threads at most so many work at once, the caller's among them
     */
    public static void copyDifferences(
            EditableImage image,
            BlockSource disk,
            @Nullable BlockSource backing,
            Shared shared,
            int threads,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        ProgressMeter progress = new ProgressMeter(listener, image.size());
        Rebase rebase = new Rebase(image, disk, backing, shared, progress, cancel);
        Workers.runUntilDone("rebase", threads, cancel, rebase::newWorker);
        progress.finish();
    }

    /** Deals out what must be looked at, in ascending order; null when there is none. */
    private synchronized @Nullable Piece next() throws IOException {
        while (cursor < image.size()) {
            cancel.check();
            long start = cursor;
            long pageEnd = Math.min(image.size(), (start / PAGE_BYTES + 1) * PAGE_BYTES);
            long end = settledEnd(start, pageEnd, image.size());
            if (end == start) {
                cursor = pageEnd;
                return new Piece(start, pageEnd);
            }
            progress.add(end - start);
            cursor = end;
        }
        return null;
    }

    /**
     * Where it ends that nothing has to be done from an offset on; the offset itself if something
     * has.
     *
     * @param limit how far is looked at first
     * @param farLimit how far, where all of that is settled
     */
    private long settledEnd(long offset, long limit, long farLimit) throws IOException {
        EditableImage.Run run = image.runAt(offset, limit);
        if (run.share() == EditableImage.Share.ALL) {
            return run.end();
        }
        long far = run.end() == limit ? farLimit : run.end();
        long end = sharedEnd(offset, run.end());
        if (end > offset) {
            return end;
        }
        long near = Math.min(run.end(), offset + windowBytes);
        end = zerosEnd(offset, near);
        return end == near && far > near ? zerosEnd(offset, far) : end;
    }

    private Workers.Worker newWorker() {
        return new Comparer();
    }

    /** Looks at piece after piece, until none is left. */
    private final class Comparer implements Workers.Worker {

        private final Arena arena = Arena.ofConfined();
        private final MemorySegment wanted = arena.allocate(windowBytes);
        private final MemorySegment found = arena.allocate(windowBytes);
        private boolean done;

        @Override
        public void work(long index) throws IOException {
            Piece piece = next();
            if (piece == null) {
                done = true;
                return;
            }
            for (long offset = piece.start(); offset < piece.end(); ) {
                cancel.check();
                long end = settledEnd(offset, piece.end(), piece.end());
                if (end == offset) {
                    end = Math.min(piece.end(), (offset / windowBytes + 1) * windowBytes);
                    end = image.runAt(offset, end).end();
                    compare(offset, end);
                }
                progress.add(end - offset);
                offset = end;
            }
        }

        @Override
        public boolean isDone() {
            return done;
        }

        private void compare(long offset, long end) throws IOException {
            long length = end - offset;
            MemorySegment one = wanted.asSlice(0, length);
            MemorySegment other = found.asSlice(0, length);
            read(disk, offset, one);
            read(backing, offset, other);
            for (long at = 0; at < length; at += unitBytes) {
                long stop = Math.min(length, at + unitBytes);
                if (MemorySegment.mismatch(one, at, stop, other, at, stop) >= 0) {
                    MemorySegment unit = one.asSlice(at, stop - at);
                    if (Zeros.isZero(unit)) {
                        image.zero(offset + at, stop - at);
                    } else {
                        image.write(offset + at, unit);
                    }
                }
            }
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    /** Whole units: what begins within one is compared. */
    private long sharedEnd(long offset, long limit) throws IOException {
        long end = shared.end(offset, limit);
        return end == limit ? end : end / unitBytes * unitBytes;
    }

    /** Where both stop being zeros for certain, rounded down to a unit. */
    private long zerosEnd(long offset, long limit) throws IOException {
        long end = Math.min(zeros(disk, offset, limit), zeros(backing, offset, limit));
        return end == limit ? end : Math.max(end / unitBytes * unitBytes, offset);
    }

    private static long zeros(@Nullable BlockSource source, long offset, long limit)
            throws IOException {
        if (source == null || offset >= source.size()) {
            return limit;
        }
        long stop = Math.min(limit, source.size());
        Extent extent = source.extentAt(offset, stop);
        if (!extent.isZero()) {
            return offset;
        }
        return extent.end() == source.size() ? limit : extent.end();
    }

    /** What lies past the end of a disk is zeros. */
    static void read(@Nullable BlockSource source, long offset, MemorySegment target)
            throws IOException {
        long there = source == null ? 0 : Math.clamp(source.size() - offset, 0, target.byteSize());
        if (source != null && there > 0) {
            source.read(offset, target.asSlice(0, there));
        }
        target.asSlice(there).fill((byte) 0);
    }
}

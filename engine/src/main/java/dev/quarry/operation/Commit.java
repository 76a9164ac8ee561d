package dev.quarry.operation;

import dev.quarry.block.Extent;
import dev.quarry.image.DiskImage;
import dev.quarry.image.EditableImage;
import dev.quarry.image.Mapping;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.job.ProgressMeter;
import dev.quarry.job.Workers;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Writes what overlays have on top of a base into the base, in parallel. The overlays are only
 * read: until they are emptied, the disk is what it was, whatever becomes of the base.
 */
public final class Commit {

    /** Guest bytes that one thread takes at once; a whole number of the largest units. */
    private static final long PAGE_BYTES = 16L << 20;

    /** Bytes read at once, where units are smaller: windows lie on a grid of it. */
    private static final int WINDOW_BYTES = 1 << 20;

    private final DiskImage disk;
    private final int depth;
    private final DiskImage base;
    private final EditableImage target;
    private final ProgressMeter progress;
    private final CancelToken cancel;
    private final int unitBytes;
    private final int windowBytes;
    private long cursor;

    /**
     * A part of the disk that one thread writes; it begins where a unit does, and ends where a page
     * or the disk does.
     */
    private record Piece(long start, long end) {}

    private Commit(
            DiskImage disk,
            int depth,
            EditableImage target,
            ProgressMeter progress,
            CancelToken cancel) {
        this.disk = disk;
        this.depth = depth;
        this.base = layer(disk, depth);
        this.target = target;
        this.progress = progress;
        this.cancel = cancel;
        this.unitBytes = target.unitBytes();
        this.windowBytes = Math.max(unitBytes, WINDOW_BYTES);
    }

    /**
     * Writes the difference. Does not finish the base.
     *
     * @param disk the topmost overlay, opened for reading
     * @param depth how far below it the layer is that is written to
     * @param target the base again, to be changed; at least as large as the disk
     * @param threads at most so many work at once, the caller's among them
     */
    public static void write(
            DiskImage disk,
            int depth,
            EditableImage target,
            int threads,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        ProgressMeter progress = new ProgressMeter(listener, disk.size());
        Commit commit = new Commit(disk, depth, target, progress, cancel);
        Workers.runUntilDone("commit", threads, cancel, commit::newWorker);
        progress.finish();
    }

    /** Deals out the pages of which an overlay decides something, ascending; null at the end. */
    private synchronized @Nullable Piece next() throws IOException {
        while (cursor < disk.size()) {
            cancel.check();
            long start = cursor;
            long end = endAbove(start, disk.size());
            if (end >= 0) {
                cursor = Math.min(disk.size(), (start / PAGE_BYTES + 1) * PAGE_BYTES);
                return new Piece(start, cursor);
            }
            // What lies before the end in its unit is not decided, but written with the unit.
            cursor = -end == disk.size() ? disk.size() : -end / unitBytes * unitBytes;
            if (cursor <= start) {
                cursor = Math.min(disk.size(), (start / PAGE_BYTES + 1) * PAGE_BYTES);
                return new Piece(start, cursor);
            }
            progress.add(cursor - start);
        }
        return null;
    }

    private Workers.Worker newWorker() {
        return new Writer();
    }

    /** Writes piece after piece, until none is left. */
    private final class Writer implements Workers.Worker {

        private final Arena arena = Arena.ofConfined();
        private final MemorySegment window = arena.allocate(windowBytes);
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
                long end = endAbove(offset, piece.end());
                if (end < 0) {
                    progress.add(-end - offset);
                    offset = -end;
                } else {
                    // Whole units, of which a unit's other parts are what the disk has there.
                    long start = offset / unitBytes * unitBytes;
                    long stop = Math.min(piece.end(), Math.ceilDiv(end, unitBytes) * unitBytes);
                    writeRange(start, stop);
                    progress.add(stop - offset);
                    offset = stop;
                }
            }
        }

        @Override
        public boolean isDone() {
            return done;
        }

        private void writeRange(long start, long stop) throws IOException {
            for (long at = start; at < stop; ) {
                cancel.check();
                long end = zerosEnd(at, stop);
                if (end > at) {
                    target.zero(at, unitsEnd(end) - at);
                } else {
                    end = Math.min(stop, (at / windowBytes + 1) * windowBytes);
                    copy(at, end);
                }
                at = end;
            }
        }

        private void copy(long start, long end) throws IOException {
            long inTarget = unitsEnd(end);
            MemorySegment data = window.asSlice(0, inTarget - start);
            disk.read(start, data.asSlice(0, end - start));
            if (inTarget > end) {
                Rebase.read(base, end, data.asSlice(end - start));
            }
            if (Zeros.isZero(data)) {
                target.zero(start, inTarget - start);
            } else {
                target.write(start, data);
            }
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    /** Where whole units of zeros end that begin at an offset, as the disk's mapping has it. */
    private long zerosEnd(long offset, long limit) throws IOException {
        Extent extent = disk.extentAt(offset, limit);
        if (!extent.isZero()) {
            return offset;
        }
        // In the disk's last unit, the base may have more than the disk.
        boolean isWhole = extent.end() == limit && unitsEnd(limit) == limit;
        return isWhole ? limit : Math.max(offset, extent.end() / unitBytes * unitBytes);
    }

    /** The end of the unit, or of the base, behind the end of what is written of the disk. */
    private long unitsEnd(long end) {
        return Math.min(target.size(), Math.ceilDiv(end, unitBytes) * unitBytes);
    }

    /**
     * The end of the range from {@code offset} that a layer above the base decides about; or, as a
     * negative number, of the range that none does.
     */
    private long endAbove(long offset, long limit) throws IOException {
        long end = limit;
        DiskImage layer = disk;
        for (int i = 0; i < depth; i++) {
            Mapping mapping = layer.allocation(offset, end);
            if (!(mapping instanceof Mapping.Backing)) {
                return mapping.end();
            }
            DiskImage below = layer.backing();
            if (below == null) {
                throw new AssertionError("less than " + depth + " layers below");
            }
            end = mapping.end();
            if (offset >= below.size()) {
                // Zeros by a layer that is shorter than those above it.
                return i + 1 == depth ? -end : end;
            }
            end = Math.min(end, below.size());
            layer = below;
        }
        return -end;
    }

    /** The layer at a depth below a disk; it must be there. */
    public static DiskImage layer(DiskImage disk, int depth) {
        DiskImage layer = disk;
        for (int i = 0; i < depth; i++) {
            layer = Objects.requireNonNull(layer.backing());
        }
        return layer;
    }
}

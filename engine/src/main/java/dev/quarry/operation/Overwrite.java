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
 * Writes a whole disk into an image that is there, in parallel. What the image has behind the
 * disk's end stays, and so does what reads as zeros in both: a hole stays a hole, and room that was
 * made stays.
 */
public final class Overwrite {

    /** Guest bytes that one thread takes at once. */
    private static final long PAGE_BYTES = 16L << 20;

    /** Bytes read at once, where units are smaller: windows lie on a grid of it. */
    private static final int WINDOW_BYTES = 1 << 20;

    /** Zeros made between two looks at whether to go on: a device may have to write them. */
    private static final long ZERO_BYTES = 64L << 20;

    /** Zeros are looked for in blocks of so many bytes, where units are smaller. */
    private static final int BLOCK_BYTES = 4096;

    private final BlockSource disk;
    private final EditableImage image;
    private final BlockSource before;
    private final ProgressMeter progress;
    private final CancelToken cancel;
    private final int stepBytes;
    private final int windowBytes;
    private long cursor;

    /** A part of the disk that one thread writes. */
    private record Piece(long start, long end, boolean isZero) {}

    private Overwrite(
            BlockSource disk,
            EditableImage image,
            BlockSource before,
            ProgressMeter progress,
            CancelToken cancel) {
        this.disk = disk;
        this.image = image;
        this.before = before;
        this.progress = progress;
        this.cancel = cancel;
        this.stepBytes = Math.max(image.unitBytes(), BLOCK_BYTES);
        this.windowBytes = Math.max(stepBytes, WINDOW_BYTES);
    }

    /**
     * Writes all of it. Does not finish the image.
     *
     * @param disk not larger than the image's
     * @param image the image, to be changed
     * @param before the image again, opened for reading: its last unit that the disk reaches into
     *     keeps its end
     * @param threads at most so many work at once, the caller's among them
     */
    public static void write(
            BlockSource disk,
            EditableImage image,
            BlockSource before,
            int threads,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        ProgressMeter progress = new ProgressMeter(listener, disk.size());
        Overwrite overwrite = new Overwrite(disk, image, before, progress, cancel);
        Workers.runUntilDone("overwrite", threads, cancel, overwrite::newWorker);
        progress.finish();
    }

    /** Deals out the next part, in ascending order; null when there is none. */
    private synchronized @Nullable Piece next() throws IOException {
        long start = cursor;
        if (start >= disk.size()) {
            return null;
        }
        long pageEnd = Math.min(disk.size(), (start / PAGE_BYTES + 1) * PAGE_BYTES);
        long zeros = zerosEnd(start, pageEnd);
        if (zeros == pageEnd) {
            zeros = zerosEnd(start, Math.min(disk.size(), start + ZERO_BYTES));
        }
        cursor = zeros > start ? zeros : pageEnd;
        return new Piece(start, cursor, zeros > start);
    }

    /** Where whole units of zeros end that begin at an offset, as the disk's mapping has it. */
    private long zerosEnd(long offset, long limit) throws IOException {
        Extent extent = disk.extentAt(offset, limit);
        if (!extent.isZero()) {
            return offset;
        }
        // The disk's last bytes may be part of a unit.
        return Math.max(offset, extent.end() / stepBytes * stepBytes);
    }

    private Workers.Worker newWorker() {
        return new Writer();
    }

    /** Writes piece after piece, until none is left. */
    private final class Writer implements Workers.Worker {

        private final Arena arena = Arena.ofConfined();
        private final MemorySegment window = arena.allocate(windowBytes, BLOCK_BYTES);
        private boolean done;

        @Override
        public void work(long index) throws IOException {
            Piece piece = next();
            if (piece == null) {
                done = true;
            } else if (piece.isZero()) {
                zero(piece.start(), piece.end() - piece.start());
                progress.add(piece.end() - piece.start());
            } else {
                write(piece);
            }
        }

        @Override
        public boolean isDone() {
            return done;
        }

        private void write(Piece piece) throws IOException {
            for (long offset = piece.start(); offset < piece.end(); ) {
                cancel.check();
                long end = zerosEnd(offset, piece.end());
                if (end > offset) {
                    zero(offset, end - offset);
                } else {
                    end = Math.min(piece.end(), (offset / windowBytes + 1) * windowBytes);
                    copy(offset, end);
                }
                progress.add(end - offset);
                offset = end;
            }
        }

        private void copy(long start, long end) throws IOException {
            long unitBytes = image.unitBytes();
            long stop = Math.min(image.size(), Math.ceilDiv(end, unitBytes) * unitBytes);
            MemorySegment data = window.asSlice(0, stop - start);
            disk.read(start, data.asSlice(0, end - start));
            if (stop > end) {
                before.read(end, data.asSlice(end - start));
            }
            for (long at = 0; at < data.byteSize(); ) {
                boolean zero = isZero(data, at);
                long next = at;
                do {
                    next = Math.min(next + stepBytes, data.byteSize());
                } while (next < data.byteSize() && isZero(data, next) == zero);
                if (zero) {
                    zero(start + at, next - at);
                } else {
                    image.write(start + at, data.asSlice(at, next - at));
                }
                at = next;
            }
        }

        private boolean isZero(MemorySegment data, long at) {
            return Zeros.isZero(data.asSlice(at, Math.min(stepBytes, data.byteSize() - at)));
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    private void zero(long offset, long length) throws IOException {
        Extent there = before.extentAt(offset, offset + length);
        if (!there.isZero() || there.end() < offset + length) {
            image.zero(offset, length);
        }
    }
}

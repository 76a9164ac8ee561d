package dev.quarry.operation;

import dev.quarry.block.BlockSource;
import dev.quarry.block.Extent;
import dev.quarry.image.EditableImage;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.job.ProgressMeter;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Prepares an overlay for another backing file: whatever it takes from the old one and would not
 * find in the new one is written into it. The disk's content stays what it was.
 */
public final class Rebase {

    private final EditableImage image;
    private final BlockSource disk;
    private final @Nullable BlockSource backing;
    private final Shared shared;
    private final ProgressMeter progress;
    private final CancelToken cancel;
    private final int unitBytes;

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
    }

    /**
     * Writes what differs. Neither names the new backing file nor finishes the image.
     *
     * @param image the overlay
     * @param disk the overlay again, opened for reading with its old backing file
     * @param backing the new backing file, or null for none
     * @param shared what need not be compared
     */
    public static void copyDifferences(
            EditableImage image,
            BlockSource disk,
            @Nullable BlockSource backing,
            Shared shared,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        ProgressMeter progress = new ProgressMeter(listener, image.size());
        new Rebase(image, disk, backing, shared, progress, cancel).copyDifferences();
        progress.finish();
    }

    private void copyDifferences() throws IOException {
        int windowBytes = Math.max(unitBytes, 1 << 20);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment wanted = arena.allocate(windowBytes);
            MemorySegment found = arena.allocate(windowBytes);
            for (long offset = 0; offset < image.size(); ) {
                cancel.check();
                EditableImage.Run run = image.runAt(offset, image.size());
                if (run.share() == EditableImage.Share.ALL) {
                    progress.add(run.end() - offset);
                    offset = run.end();
                    continue;
                }
                while (offset < run.end()) {
                    cancel.check();
                    long end = sharedEnd(offset, run.end());
                    if (end > offset) {
                        progress.add(end - offset);
                        offset = end;
                        continue;
                    }
                    end = Math.min(run.end(), offset + windowBytes);
                    if (isZero(disk, offset, end) && isZero(backing, offset, end)) {
                        end = run.end() == end ? end : zerosEnd(offset, run.end());
                    } else {
                        long length = end - offset;
                        compare(offset, wanted.asSlice(0, length), found.asSlice(0, length));
                    }
                    progress.add(end - offset);
                    offset = end;
                }
            }
        }
    }

    /** Whole units: what begins within one is compared. */
    private long sharedEnd(long offset, long limit) throws IOException {
        long end = shared.end(offset, limit);
        return end == limit ? end : end / unitBytes * unitBytes;
    }

    /** Where both stop being zeros for certain, rounded down to a unit; not before one unit. */
    private long zerosEnd(long offset, long limit) throws IOException {
        long end = Math.min(zeros(disk, offset, limit), zeros(backing, offset, limit));
        return end == limit ? end : Math.max(end / unitBytes * unitBytes, offset + unitBytes);
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

    private static boolean isZero(@Nullable BlockSource source, long offset, long end)
            throws IOException {
        return zeros(source, offset, end) >= end;
    }

    private void compare(long offset, MemorySegment wanted, MemorySegment found)
            throws IOException {
        read(disk, offset, wanted);
        read(backing, offset, found);
        long length = wanted.byteSize();
        for (long at = 0; at < length; at += unitBytes) {
            long end = Math.min(length, at + unitBytes);
            if (MemorySegment.mismatch(wanted, at, end, found, at, end) >= 0) {
                MemorySegment unit = wanted.asSlice(at, end - at);
                if (Zeros.isZero(unit)) {
                    image.zero(offset + at, end - at);
                } else {
                    image.write(offset + at, unit);
                }
            }
        }
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

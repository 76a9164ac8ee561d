package dev.quarry.operation;

import dev.quarry.block.BlockSource;
import dev.quarry.block.Extent;
import dev.quarry.image.EditableImage;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.job.ProgressMeter;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Writes a whole disk into an image that is there. What the image has behind the disk's end stays.
 */
public final class Overwrite {

    private static final int WINDOW_BYTES = 1 << 20;

    /** Zeros are looked for in blocks of so many bytes, where units are smaller. */
    private static final int BLOCK_BYTES = 4096;

    private final BlockSource disk;
    private final EditableImage image;
    private final BlockSource before;
    private final int stepBytes;

    private Overwrite(BlockSource disk, EditableImage image, BlockSource before) {
        this.disk = disk;
        this.image = image;
        this.before = before;
        this.stepBytes = Math.max(image.unitBytes(), BLOCK_BYTES);
    }

    /**
     * Writes all of it. Does not finish the image.
     *
     * @param disk not larger than the image's
     * @param image the image, to be changed
     * @param before the image again, opened for reading: its last unit that the disk reaches into
     *     keeps its end
     */
    public static void write(
            BlockSource disk,
            EditableImage image,
            BlockSource before,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        Overwrite overwrite = new Overwrite(disk, image, before);
        ProgressMeter progress = new ProgressMeter(listener, disk.size());
        int windowBytes = Math.max(overwrite.stepBytes, WINDOW_BYTES);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment window = arena.allocate(windowBytes);
            for (long offset = 0; offset < disk.size(); ) {
                cancel.check();
                long end = overwrite.zerosEnd(offset);
                if (end > offset) {
                    image.zero(offset, end - offset);
                } else {
                    end = Math.min(disk.size(), offset + windowBytes);
                    overwrite.copy(offset, end, window);
                }
                progress.add(end - offset);
                offset = end;
            }
        }
        progress.finish();
    }

    /** Where whole units of zeros end that begin at an offset, as the disk's mapping has it. */
    private long zerosEnd(long offset) throws IOException {
        Extent extent = disk.extentAt(offset, disk.size());
        return extent.isZero() ? extent.end() / stepBytes * stepBytes : offset;
    }

    private void copy(long start, long end, MemorySegment window) throws IOException {
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
                image.zero(start + at, next - at);
            } else {
                image.write(start + at, data.asSlice(at, next - at));
            }
            at = next;
        }
    }

    private boolean isZero(MemorySegment data, long at) {
        return Zeros.isZero(data.asSlice(at, Math.min(stepBytes, data.byteSize() - at)));
    }
}

package dev.quarry.operation;

import dev.quarry.block.Extent;
import dev.quarry.image.DiskImage;
import dev.quarry.image.EditableImage;
import dev.quarry.image.Mapping;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.job.ProgressMeter;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Writes what overlays have on top of a base into the base. The overlays are only read: until they
 * are emptied, the disk is what it was, whatever becomes of the base.
 */
public final class Commit {

    private final DiskImage disk;
    private final int depth;
    private final DiskImage base;
    private final EditableImage target;
    private final ProgressMeter progress;
    private final CancelToken cancel;

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
    }

    /**
     * Writes the difference. Does not finish the base.
     *
     * @param disk the topmost overlay, opened for reading
     * @param depth how far below it the layer is that is written to
     * @param target the base again, to be changed; at least as large as the disk
     */
    public static void write(
            DiskImage disk,
            int depth,
            EditableImage target,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        ProgressMeter progress = new ProgressMeter(listener, disk.size());
        new Commit(disk, depth, target, progress, cancel).write();
        progress.finish();
    }

    private void write() throws IOException {
        int unitBytes = target.unitBytes();
        int windowBytes = Math.max(unitBytes, 1 << 20);
        long size = disk.size();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment window = arena.allocate(windowBytes);
            long done = 0;
            for (long offset = 0; offset < size; ) {
                cancel.check();
                long end = endAbove(offset, size);
                if (end < 0) {
                    offset = -end;
                    continue;
                }
                long stop = Math.ceilDiv(end, (long) unitBytes) * unitBytes;
                long at = Math.max(done, offset / unitBytes * unitBytes);
                while (at < stop) {
                    cancel.check();
                    long next = Math.min(stop, at + windowBytes);
                    writeUnits(at, next, window);
                    progress.add(next - at);
                    at = next;
                }
                done = Math.max(done, stop);
                offset = Math.max(end, Math.min(done, size));
            }
        }
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

    private void writeUnits(long start, long end, MemorySegment window) throws IOException {
        long inDisk = Math.min(end, disk.size());
        Extent extent = disk.extentAt(start, inDisk);
        if (extent.isZero() && extent.end() == end) {
            target.zero(start, end - start);
            return;
        }
        long inTarget = Math.min(end, target.size());
        MemorySegment data = window.asSlice(0, inTarget - start);
        disk.read(start, data.asSlice(0, inDisk - start));
        if (inTarget > inDisk) {
            Rebase.read(base, inDisk, data.asSlice(inDisk - start));
        }
        if (Zeros.isZero(data)) {
            target.zero(start, inTarget - start);
        } else {
            target.write(start, data);
        }
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

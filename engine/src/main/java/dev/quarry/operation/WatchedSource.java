package dev.quarry.operation;

import dev.quarry.block.BlockSource;
import dev.quarry.block.Extent;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressMeter;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A disk whose extents are walked through once, by one thread, which can be watched and stopped.
 */
public final class WatchedSource implements BlockSource {

    private final BlockSource disk;
    private final ProgressMeter progress;
    private final CancelToken cancel;
    private long passed;

    /**
     * @param disk stays the caller's
     * @param progress hears how far the walk is
     */
    public WatchedSource(BlockSource disk, ProgressMeter progress, CancelToken cancel) {
        this.disk = disk;
        this.progress = progress;
        this.cancel = cancel;
    }

    @Override
    public long size() {
        return disk.size();
    }

    @Override
    public Extent extentAt(long offset, long limit) throws IOException {
        cancel.check();
        Extent extent = disk.extentAt(offset, limit);
        if (extent.end() > passed) {
            progress.add(extent.end() - passed);
            passed = extent.end();
        }
        return extent;
    }

    @Override
    public void read(long offset, MemorySegment target) throws IOException {
        cancel.check();
        disk.read(offset, target);
    }

    @Override
    public void close() {
        // The disk is the caller's.
    }
}

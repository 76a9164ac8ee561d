package dev.quarry.volume;

import dev.quarry.block.BlockSource;
import dev.quarry.block.BlockTarget;
import dev.quarry.block.Extent;
import dev.quarry.job.ProgressMeter;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * Deals out the pages of a disk that may hold data, in ascending order, and zeroes in the target
 * what lies between them. A hole of any size costs one step. Thread-safe.
 */
final class DataPages {

    /**
     * A part of one page of the grid.
     *
     * @param ordinal counts what was dealt out, from 0
     * @param offset first guest byte, at the beginning of a unit
     * @param end guest byte after the last
     */
    record Page(long ordinal, long offset, long end) {}

    private final BlockSource source;
    private final BlockTarget target;
    private final ProgressMeter progress;
    private final long pageBytes;
    private final long unitBytes;
    private long dealt;
    private long cursor;

    /**
     * @param pageBytes a multiple of {@code unitBytes}
     * @param unitBytes the parts begin at multiples of it; a power of two
     */
    DataPages(
            BlockSource source,
            BlockTarget target,
            ProgressMeter progress,
            long pageBytes,
            long unitBytes) {
        this.source = source;
        this.target = target;
        this.progress = progress;
        this.pageBytes = pageBytes;
        this.unitBytes = unitBytes;
    }

    /** The next part, or null when there is none. */
    synchronized @Nullable Page next() throws IOException {
        while (cursor < source.size()) {
            long end = pageEnd(cursor);
            long hole = zerosFrom(cursor, end);
            if (hole == 0) {
                Page page = new Page(dealt++, cursor, end);
                cursor = end;
                return page;
            }
            target.zero(cursor, hole);
            progress.add(hole);
            cursor += hole;
        }
        return null;
    }

    /** Bytes of whole units that are known to be zeros, which may go on behind the page. */
    private long zerosFrom(long offset, long end) throws IOException {
        Extent extent = source.extentAt(offset, end);
        if (extent.isZero() && extent.end() == end && end < source.size()) {
            extent = source.extentAt(offset, source.size());
        }
        if (!extent.isZero()) {
            return 0;
        }
        long zeros = extent.end() == source.size() ? extent.end() : extent.end() & -unitBytes;
        return Math.max(0, zeros - offset);
    }

    private long pageEnd(long offset) {
        return Math.min(source.size(), (offset / pageBytes + 1) * pageBytes);
    }
}

package dev.quarry.formats.qcow2;

import static dev.quarry.formats.qcow2.Qcow2Layout.*;

import dev.quarry.storage.OutputFile;
import dev.quarry.storage.Preallocation;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Writes an uncompressed qcow2 image. A cluster is allocated when something in it is first written,
 * at the end of the file, unless all were allocated at the beginning. A cluster, or with extended
 * L2 entries a subcluster, that is written in part has zeros in its other parts.
 */
final class Qcow2Writer extends Qcow2Target {

    /**
     * @param file becomes the writer's
     * @param size guest bytes; padded to whole sectors
     */
    Qcow2Writer(OutputFile file, long size, Qcow2CreateOptions options) throws IOException {
        super(file, size, options);
        if (options.preallocation() != Preallocation.OFF) {
            preallocate();
        }
    }

    /** Gives every cluster of the disk a place, in the disk's order. */
    private void preallocate() throws IOException {
        long count = Math.ceilDiv(size(), clusterMask + 1);
        long start = clusters.allocate(count);
        long position = start;
        for (long at = 0; at < size(); at += clusterMask + 1) {
            tables.tableOf(at).setEntry(at, position | ENTRY_COPIED);
            position += clusterMask + 1;
        }
        file.preallocate(start, position - start, options.preallocation());
    }

    @Override
    public void write(long offset, MemorySegment source) throws IOException {
        long length = source.byteSize();
        checkRange(offset, length);
        for (long done = 0; done < length; ) {
            long at = offset + done;
            long end = Math.min(offset + length, tables.tableEnd(at));
            Qcow2Tables.Table table = tables.tableOf(at);
            allocate(table, at, end);
            writeRuns(table, at, end, source.asSlice(done, end - at));
            done += end - at;
        }
    }

    /**
     * Gives a place to every cluster of a range that has none, contiguous in the file where they
     * are in the disk.
     */
    private void allocate(Qcow2Tables.Table table, long start, long end) throws IOException {
        synchronized (table) {
            long missing = 0;
            for (long at = start & ~clusterMask; at < end; at += clusterMask + 1) {
                if (!table.isStored(at)) {
                    missing++;
                }
            }
            long position = missing == 0 ? 0 : clusters.allocate(missing);
            for (long at = start & ~clusterMask; at < end; at += clusterMask + 1) {
                if (!table.isStored(at)) {
                    boolean whole = at >= start && at + clusterMask < end;
                    if (!whole) {
                        // On a device, what the cluster's other parts held before must not show. A
                        // new file has zeros there.
                        file.zero(position, clusterMask + 1);
                    }
                    table.setEntry(at, position | ENTRY_COPIED);
                    position += clusterMask + 1;
                }
                table.markStored(Math.max(at, start), Math.min(at + clusterMask + 1, end));
            }
        }
    }

    /** Writes a range of allocated clusters, in as few calls as their places allow. */
    private void writeRuns(Qcow2Tables.Table table, long start, long end, MemorySegment source)
            throws IOException {
        long runStart = start;
        long runPosition = table.positionOf(start);
        for (long at = start; at < end; ) {
            long next = Math.min(end, (at | clusterMask) + 1);
            boolean ends = next == end || table.positionOf(next) != runPosition + (next - runStart);
            if (ends) {
                file.write(runPosition, source.asSlice(runStart - start, next - runStart));
                if (next < end) {
                    runStart = next;
                    runPosition = table.positionOf(next);
                }
            }
            at = next;
        }
    }

    @Override
    int countOf(long cluster) {
        return 1;
    }
}

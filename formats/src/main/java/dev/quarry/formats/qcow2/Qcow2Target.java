package dev.quarry.formats.qcow2;

import static dev.quarry.formats.qcow2.Qcow2Layout.*;

import dev.quarry.block.OpenEndedTarget;
import dev.quarry.formats.qcow2.Qcow2Clusters.RefcountTable;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.storage.OutputFile;

import java.io.IOException;

/**
 * What all qcow2 images that are written have in common: tables that are kept in memory until
 * {@link #commit}, metadata behind the data, and a header that is written last.
 *
 * <p>With a backing file, clusters that are never touched show it.
 */
abstract class Qcow2Target implements OpenEndedTarget {

    final OutputFile file;
    final Qcow2CreateOptions options;
    final int clusterBits;
    final long clusterMask;
    final Qcow2Clusters clusters;
    final Qcow2Tables tables;
    private long size;

    /**
     * @param file becomes the writer's
     * @param size guest bytes; padded to whole sectors, because qemu cuts what is not
     */
    Qcow2Target(OutputFile file, long size, Qcow2CreateOptions options) throws ImageException {
        this.file = file;
        this.options = options;
        this.clusterBits = options.clusterBits();
        this.clusterMask = (1L << clusterBits) - 1;
        long sizeMax =
                Math.min(
                        Long.MAX_VALUE - SECTOR_BYTES,
                        ((long) L1_BYTES_MAX / L1_ENTRY_BYTES)
                                << Qcow2Tables.coverageBits(options));
        if (size < 0 || size > sizeMax) {
            throw new ImageException(
                    Kind.LIMIT,
                    file.name(),
                    -1,
                    "a disk of 0x"
                            + Long.toHexString(size)
                            + " bytes exceeds 0x"
                            + Long.toHexString(sizeMax)
                            + ", the largest for clusters of 0x"
                            + Integer.toHexString(1 << clusterBits)
                            + " bytes");
        }
        this.size = Math.ceilDiv(size, SECTOR_BYTES) * SECTOR_BYTES;
        this.clusters = new Qcow2Clusters(file, clusterBits, options.refcountOrder());
        this.tables = new Qcow2Tables(options, this.size);
    }

    /** Whole sectors: may be more than was asked for. */
    @Override
    public final long size() {
        return size;
    }

    @Override
    public final void endAt(long end) {
        size = Math.ceilDiv(end, SECTOR_BYTES) * SECTOR_BYTES;
    }

    @Override
    public final void zero(long offset, long length) throws IOException {
        checkRange(offset, length);
        if (options.backingFile() == null) {
            return; // What is not allocated is zeros, and so is what is not written of an allocated
            // cluster.
        }
        for (long at = offset; at < offset + length; ) {
            long end = Math.min(offset + length, tables.tableEnd(at));
            hideBacking(tables.tableOf(at), at, end);
            at = end;
        }
    }

    /** Makes clusters that are not written zeros, rather than what the backing file has there. */
    private void hideBacking(Qcow2Tables.Table table, long start, long end) throws IOException {
        synchronized (table) {
            for (long at = start; at < end; ) {
                long next = Math.min(end, (at | clusterMask) + 1);
                if (table.entry(at) == 0) {
                    boolean whole =
                            (at & clusterMask) == 0 && ((next & clusterMask) == 0 || next == size);
                    if (options.version() >= 3 && (whole || options.extendedL2())) {
                        hidePart(table, at, next);
                    } else {
                        place(table, at);
                    }
                } else if (options.extendedL2()) {
                    hidePart(table, at, next);
                }
                at = next;
            }
        }
    }

    /** Marks a range within one cluster as zeros; subclusters that it cuts get a place. */
    private void hidePart(Qcow2Tables.Table table, long start, long end) throws IOException {
        if (!options.extendedL2()) {
            table.setEntry(start, ENTRY_ZERO);
            return;
        }
        int cut = table.markZero(start, end, size);
        if (cut != 0) {
            if ((table.entry(start) & ENTRY_POSITION_MASK) == 0) {
                place(table, start);
            }
            table.markStored(start, cut);
        }
    }

    /** Gives a cluster a place of its own, which reads as zeros. */
    private void place(Qcow2Tables.Table table, long offset) throws IOException {
        long position = clusters.allocate(1);
        file.zero(position, clusterMask + 1);
        table.setEntry(offset, position | ENTRY_COPIED);
    }

    final void checkRange(long offset, long length) {
        if (offset < 0 || length < 0 || offset > size - length) {
            throw new IndexOutOfBoundsException(length + " bytes at " + offset + " of " + size);
        }
    }

    /** Reference count of a cluster that was handed out. */
    abstract int countOf(long cluster);

    @Override
    public final void commit() throws IOException {
        Qcow2Tables.Written l1 = tables.write(file, clusters, size);
        RefcountTable refcounts = clusters.writeRefcounts(this::countOf);
        Qcow2HeaderWriter.write(file, options, size, l1, refcounts);
        file.commit();
    }

    @Override
    public void close() throws IOException {
        tables.close();
        file.close();
    }
}

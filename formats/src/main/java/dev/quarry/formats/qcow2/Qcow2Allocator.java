package dev.quarry.formats.qcow2;

import static dev.quarry.formats.qcow2.Qcow2Layout.*;

import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.storage.OutputFile;
import dev.quarry.storage.Storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Hands out host clusters of an image that is there, and takes them back. Counts are changed in
 * memory and written by {@link #flush}; what is given up is counted down by {@link #finish} alone,
 * so that nothing is used again while an older state of the image may still refer to it. For one
 * thread.
 */
final class Qcow2Allocator {

    private final OutputFile file;
    private final Storage storage;
    private final int clusterBits;
    private final Qcow2Refcounts refcounts;

    private long tablePosition;
    private long tableClusters;
    private boolean tableMoved;
    private long next;
    private long end;

    /**
     * What was given up, as ranges: the first cluster and the number of each. Most clusters follow
     * one another, and a disk may have more of them than there is memory for.
     */
    private long[] freed = new long[64];

    private int freedLength;

    Qcow2Allocator(OutputFile file, Qcow2Header header) throws IOException {
        this.file = file;
        this.storage = file.storage();
        this.clusterBits = header.clusterBits();
        this.refcounts = Qcow2Refcounts.open(storage, header);
        this.tablePosition = header.refcountTablePosition();
        this.tableClusters = header.refcountTableClusters();
        this.end = Math.ceilDiv(file.size(), 1L << clusterBits);
    }

    /** References to the cluster at a position, as counted. */
    long count(long position) throws IOException {
        return refcounts.get(position >>> clusterBits);
    }

    /**
     * Takes contiguous clusters that are free, and may hold anything.
     *
     * @return host byte of the first
     */
    long allocate(long count) throws IOException {
        return take(count, next, true);
    }

    /** Takes contiguous clusters behind the end of the file, which read as zeros. */
    long allocateAtEnd(long count) throws IOException {
        return take(count, end, false);
    }

    private long take(long count, long from, boolean moves) throws IOException {
        long first = from;
        for (long cluster = first; cluster < first + count; ) {
            if (!refcounts.isCounted(cluster)) {
                addBlock(cluster);
                first = cluster;
            }
            if (refcounts.get(cluster) != 0) {
                first = cluster + 1;
            }
            cluster++;
        }
        for (long cluster = first; cluster < first + count; cluster++) {
            refcounts.set(cluster, 1);
        }
        end = Math.max(end, first + count);
        if (moves) {
            next = first + count;
        }
        return first << clusterBits;
    }

    /**
     * Makes a block for the counts around a cluster: it is put there itself. Nothing there was
     * counted, so nothing there is used.
     */
    private void addBlock(long cluster) throws IOException {
        long index = cluster / refcounts.countsPerBlock();
        long limit = (long) REFCOUNT_TABLE_BYTES_MAX / Long.BYTES;
        if (index >= limit) {
            throw new ImageException(
                    Kind.LIMIT,
                    file.name(),
                    cluster << clusterBits,
                    "refcount block 0x"
                            + Long.toHexString(index)
                            + " exceeds 0x"
                            + Long.toHexString(limit)
                            + ": larger clusters are needed");
        }
        boolean grows = index >= refcounts.tableEntries();
        if (grows) {
            long perCluster = (1L << clusterBits) / Long.BYTES;
            long wanted = Math.min(limit, Math.max(index + 1, refcounts.tableEntries() * 2L));
            refcounts.growTable((int) (Math.ceilDiv(wanted, perCluster) * perCluster));
        }
        refcounts.addBlock((int) index, cluster << clusterBits);
        refcounts.set(cluster, 1);
        end = Math.max(end, cluster + 1);
        if (grows) {
            moveTable();
        }
    }

    private void moveTable() throws IOException {
        freeAll(tablePosition, tableClusters << clusterBits);
        tableClusters = ((long) refcounts.tableEntries() * Long.BYTES) >>> clusterBits;
        tablePosition = take(tableClusters, end, false);
        tableMoved = true;
    }

    /**
     * Counts one more reference to each cluster that a range touches.
     *
     * @throws ImageException of kind UNSUPPORTED if its counts are too narrow
     */
    void addAll(long position, long length) throws IOException {
        long last = (position + length - 1) >>> clusterBits;
        for (long cluster = position >>> clusterBits; cluster <= last; cluster++) {
            long count = refcounts.get(cluster);
            if (count >= refcounts.countMax()) {
                throw new ImageException(
                        Kind.UNSUPPORTED,
                        file.name(),
                        cluster << clusterBits,
                        "a cluster can be referred to "
                                + refcounts.countMax()
                                + " times at most, by the width of the image's refcounts");
            }
            refcounts.set(cluster, count + 1);
        }
    }

    /** Gives up one reference to the cluster at a position. */
    void free(long position) {
        freeAll(position, 1);
    }

    /** Gives up one reference to each cluster that a range touches. */
    void freeAll(long position, long length) {
        long first = position >>> clusterBits;
        long count = ((position + length - 1) >>> clusterBits) - first + 1;
        if (count <= 0) {
            return;
        }
        if (freedLength > 0 && freed[freedLength - 2] + freed[freedLength - 1] == first) {
            freed[freedLength - 1] += count;
            return;
        }
        if (freedLength == freed.length) {
            freed = Arrays.copyOf(freed, freedLength * 2);
        }
        freed[freedLength++] = first;
        freed[freedLength++] = count;
    }

    /** Makes the counts durable that were raised; nothing may refer to new clusters before. */
    void flush() throws IOException {
        refcounts.write(file);
        if (tableMoved) {
            refcounts.writeTable(file, tablePosition);
            file.sync();
            MemorySegment fields = MemorySegment.ofArray(new byte[Long.BYTES + Integer.BYTES]);
            fields.set(LONG, 0, tablePosition);
            fields.set(INT, Long.BYTES, (int) tableClusters);
            file.write(REFCOUNT_TABLE_OFFSET_POSITION, fields);
            tableMoved = false;
        } else {
            file.sync();
            refcounts.writeTable(file, tablePosition);
        }
        file.sync();
    }

    /** Counts down what was given up, and cuts what is free at the file's end. */
    void finish() throws IOException {
        for (int i = 0; i < freedLength; i += 2) {
            for (long cluster = freed[i]; cluster < freed[i] + freed[i + 1]; cluster++) {
                countDown(cluster);
            }
        }
        freedLength = 0;
        refcounts.write(file);
        file.sync();
        long last = Math.ceilDiv(file.size(), 1L << clusterBits);
        while (last > 1 && refcounts.get(last - 1) == 0) {
            last--;
        }
        if (file.size() > last << clusterBits) {
            file.truncate(last << clusterBits);
            file.sync();
        }
    }

    private void countDown(long cluster) throws IOException {
        long count = refcounts.get(cluster);
        if (count == 0) {
            throw new ImageException(
                    Kind.CORRUPT,
                    file.name(),
                    cluster << clusterBits,
                    "a cluster that was used is counted as free; check -r all mends it");
        }
        refcounts.set(cluster, count - 1);
    }
}

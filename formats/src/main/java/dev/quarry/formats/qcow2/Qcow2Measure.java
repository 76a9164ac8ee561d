package dev.quarry.formats.qcow2;

import static dev.quarry.formats.qcow2.Qcow2Layout.*;

import dev.quarry.block.BlockSource;
import dev.quarry.block.Extent;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.image.MeasuredSize;
import dev.quarry.storage.Preallocation;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/** What an uncompressed image takes, reckoned as {@code qemu-img measure} does. */
final class Qcow2Measure {

    private Qcow2Measure() {}

    static MeasuredSize measure(long size, @Nullable BlockSource source, Qcow2CreateOptions options)
            throws IOException {
        long clusterSize = 1L << options.clusterBits();
        int entryBytes = options.extendedL2() ? L2_ENTRY_BYTES_EXTENDED : L2_ENTRY_BYTES;
        long tables = Math.ceilDiv(Math.ceilDiv(size, clusterSize), clusterSize / entryBytes);
        if (size < 0
                || size > Long.MAX_VALUE - clusterSize
                || tables > L1_BYTES_MAX / L1_ENTRY_BYTES) {
            throw new ImageException(
                    Kind.LIMIT,
                    Qcow2Format.NAME,
                    -1,
                    "a disk of 0x"
                            + Long.toHexString(size)
                            + " bytes is too large for clusters of 0x"
                            + Long.toHexString(clusterSize)
                            + " bytes");
        }
        long whole = Math.ceilDiv(size, clusterSize) * clusterSize;
        long all =
                Math.addExact(
                        metadata(whole, clusterSize, entryBytes, options.refcountOrder()), whole);
        long data = whole;
        if (options.backingFile() == null && !isAllocated(options.preallocation())) {
            data = source == null ? 0 : dataBytes(source, clusterSize);
        }
        return new MeasuredSize(all - whole + data, all);
    }

    private static boolean isAllocated(Preallocation how) {
        return how == Preallocation.FALLOC || how == Preallocation.FULL;
    }

    /** Bytes of the header and all tables of an image whose every cluster is written. */
    private static long metadata(long whole, long clusterSize, int entryBytes, int refcountOrder) {
        long perTable = clusterSize / entryBytes;
        long l2Tables = Math.ceilDiv(whole / clusterSize, perTable);
        long l1Clusters = Math.ceilDiv(l2Tables, clusterSize / L1_ENTRY_BYTES);
        long clusters = 1 + l2Tables + l1Clusters;
        return (clusters
                        + refcountClusters(
                                clusters + whole / clusterSize, clusterSize, refcountOrder))
                * clusterSize;
    }

    /** Clusters of a refcount table and its blocks, which count themselves, too. */
    private static long refcountClusters(long clusters, long clusterSize, int refcountOrder) {
        long countsPerBlock = (clusterSize * Byte.SIZE) >>> refcountOrder;
        long blocks = 0;
        long table = 0;
        for (long before = -1; before != blocks + table; ) {
            before = blocks + table;
            blocks = Math.ceilDiv(clusters + before, countsPerBlock);
            table = Math.ceilDiv(blocks, clusterSize / Long.BYTES);
        }
        return blocks + table;
    }

    /** Bytes of the clusters in which there is anything but zeros, as far as is known. */
    private static long dataBytes(BlockSource source, long clusterSize) throws IOException {
        long bytes = 0;
        for (long offset = 0; offset < source.size(); ) {
            Extent extent = source.extentAt(offset, source.size());
            if (extent.isZero()) {
                offset = extent.end();
            } else {
                long start = offset / clusterSize * clusterSize;
                offset = Math.ceilDiv(extent.end(), clusterSize) * clusterSize;
                bytes += offset - start;
            }
        }
        return bytes;
    }
}

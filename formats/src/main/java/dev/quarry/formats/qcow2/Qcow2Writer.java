package dev.quarry.formats.qcow2;

import static dev.quarry.formats.qcow2.Qcow2Layout.*;

import dev.quarry.block.BlockTarget;
import dev.quarry.formats.qcow2.Qcow2Clusters.RefcountTable;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.storage.OutputFile;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Writes an uncompressed qcow2 image. A cluster is allocated when something in it is first written,
 * at the end of the file; all metadata but the header follows the data, and the header is written
 * last.
 *
 * <p>The L2 tables are kept in memory until {@link #commit}: 8 bytes for each cluster of every
 * table that is used, 128 KiB for each GiB of data with usual clusters.
 *
 * <p>With a backing file, clusters that are never touched show it. A cluster that is written in
 * part has zeros in its other parts.
 */
final class Qcow2Writer implements BlockTarget {

    private final OutputFile file;
    private final Qcow2CreateOptions options;
    private final long size;
    private final int clusterBits;
    private final long clusterMask;
    private final int coverageBits;
    private final Qcow2Clusters clusters;
    private final Arena arena = Arena.ofShared();

    /**
     * L2 tables as they will stand in the file. Each guards its own entries; an entry that is set
     * does not change.
     */
    private final AtomicReferenceArray<@Nullable MemorySegment> tables;

    /**
     * @param file becomes the writer's
     * @param size guest bytes; padded to whole sectors, because qemu cuts what is not
     */
    Qcow2Writer(OutputFile file, long size, Qcow2CreateOptions options) throws ImageException {
        this.file = file;
        this.options = options;
        this.clusterBits = options.clusterBits();
        this.clusterMask = (1L << clusterBits) - 1;
        this.coverageBits = 2 * clusterBits - Integer.numberOfTrailingZeros(L2_ENTRY_BYTES);
        long sizeMax =
                Math.min(
                        Long.MAX_VALUE - SECTOR_BYTES,
                        ((long) L1_BYTES_MAX / L1_ENTRY_BYTES) << coverageBits);
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
        this.tables =
                new AtomicReferenceArray<>(
                        Math.toIntExact(Math.ceilDiv(this.size, 1L << coverageBits)));
        this.clusters = new Qcow2Clusters(file, clusterBits);
    }

    /** Whole sectors: may be more than was asked for. */
    @Override
    public long size() {
        return size;
    }

    @Override
    public void write(long offset, MemorySegment source) throws IOException {
        long length = source.byteSize();
        checkRange(offset, length);
        for (long done = 0; done < length; ) {
            long at = offset + done;
            long end = Math.min(offset + length, ((at >>> coverageBits) + 1) << coverageBits);
            MemorySegment table = tableOf(at);
            allocate(table, at, end);
            writeRuns(table, at, end, source.asSlice(done, end - at));
            done += end - at;
        }
    }

    private MemorySegment tableOf(long offset) {
        int index = (int) (offset >>> coverageBits);
        MemorySegment table = tables.get(index);
        if (table == null) {
            MemorySegment made = arena.allocate(1L << clusterBits, Long.BYTES);
            table = tables.compareAndExchange(index, null, made);
            return table == null ? made : table;
        }
        return table;
    }

    private long entryAt(long offset) {
        return ((offset & ((1L << coverageBits) - 1)) >>> clusterBits) * L2_ENTRY_BYTES;
    }

    /**
     * Gives a place to every cluster of a range that has none, contiguous in the file where they
     * are in the disk.
     */
    private void allocate(MemorySegment table, long start, long end) throws IOException {
        synchronized (table) {
            long missing = 0;
            for (long at = start & ~clusterMask; at < end; at += clusterMask + 1) {
                if (!isStored(table, at)) {
                    missing++;
                }
            }
            if (missing == 0) {
                return;
            }
            long position = clusters.allocate(missing);
            for (long at = start & ~clusterMask; at < end; at += clusterMask + 1) {
                if (!isStored(table, at)) {
                    boolean whole = at >= start && at + clusterMask < end;
                    if (!whole) {
                        // On a device, what the cluster's other parts held before must not show. A
                        // new file has zeros there.
                        file.zero(position, clusterMask + 1);
                    }
                    table.set(LONG, entryAt(at), position | ENTRY_COPIED);
                    position += clusterMask + 1;
                }
            }
        }
    }

    /** Whether a cluster has a place; one that is marked as zeros has none. */
    private boolean isStored(MemorySegment table, long offset) {
        return (table.get(LONG, entryAt(offset)) & ENTRY_POSITION_MASK) != 0;
    }

    /** Writes a range of allocated clusters, in as few calls as their places allow. */
    private void writeRuns(MemorySegment table, long start, long end, MemorySegment source)
            throws IOException {
        long runStart = start;
        long runPosition = positionOf(table, start);
        for (long at = start; at < end; ) {
            long next = Math.min(end, (at | clusterMask) + 1);
            boolean ends =
                    next == end || positionOf(table, next) != runPosition + (next - runStart);
            if (ends) {
                file.write(runPosition, source.asSlice(runStart - start, next - runStart));
                if (next < end) {
                    runStart = next;
                    runPosition = positionOf(table, next);
                }
            }
            at = next;
        }
    }

    private long positionOf(MemorySegment table, long offset) {
        return (table.get(LONG, entryAt(offset)) & ENTRY_POSITION_MASK) + (offset & clusterMask);
    }

    @Override
    public void zero(long offset, long length) throws IOException {
        checkRange(offset, length);
        if (options.backingFile() == null) {
            return; // What is not allocated is zeros, and so is what is not written of an allocated
            // cluster.
        }
        for (long at = offset; at < offset + length; ) {
            long end = Math.min(offset + length, ((at >>> coverageBits) + 1) << coverageBits);
            hideBacking(tableOf(at), at, end);
            at = end;
        }
    }

    /** Makes clusters that are not written zeros, rather than what the backing file has there. */
    private void hideBacking(MemorySegment table, long start, long end) throws IOException {
        synchronized (table) {
            for (long at = start; at < end; ) {
                long next = Math.min(end, (at | clusterMask) + 1);
                boolean whole =
                        (at & clusterMask) == 0 && ((next & clusterMask) == 0 || next == size);
                if (table.get(LONG, entryAt(at)) == 0) {
                    if (whole && options.version() >= 3) {
                        table.set(LONG, entryAt(at), ENTRY_ZERO);
                    } else {
                        long position = clusters.allocate(1);
                        file.zero(position, clusterMask + 1);
                        table.set(LONG, entryAt(at), position | ENTRY_COPIED);
                    }
                }
                at = next;
            }
        }
    }

    private void checkRange(long offset, long length) {
        if (offset < 0 || length < 0 || offset > size - length) {
            throw new IndexOutOfBoundsException(length + " bytes at " + offset + " of " + size);
        }
    }

    @Override
    public void commit() throws IOException {
        long[] tablePositions = new long[tables.length()];
        for (int i = 0; i < tables.length(); i++) {
            MemorySegment table = tables.get(i);
            if (table != null) {
                long position = clusters.allocate(1);
                file.write(position, table);
                tablePositions[i] = position | ENTRY_COPIED;
            }
        }
        long l1Bytes =
                Math.ceilDiv((long) l1Entries() * L1_ENTRY_BYTES, 1L << clusterBits) << clusterBits;
        long l1Position = clusters.allocate(l1Bytes >>> clusterBits);
        clusters.writeWords(
                l1Position,
                l1Bytes,
                index -> index < tablePositions.length ? tablePositions[(int) index] : 0);
        RefcountTable refcounts = clusters.writeRefcounts();
        writeHeader(l1Position, refcounts);
        file.commit();
    }

    /** At least one, because a table of none has no place. */
    private int l1Entries() {
        return Math.max(1, tables.length());
    }

    private void writeHeader(long l1Position, RefcountTable refcounts) throws IOException {
        try (Arena confined = Arena.ofConfined()) {
            MemorySegment header = confined.allocate(1L << clusterBits);
            header.set(INT, MAGIC_POSITION, MAGIC);
            header.set(INT, VERSION_POSITION, options.version());
            header.set(INT, CLUSTER_BITS_POSITION, clusterBits);
            header.set(LONG, SIZE_POSITION, size);
            header.set(INT, L1_SIZE_POSITION, l1Entries());
            header.set(LONG, L1_TABLE_OFFSET_POSITION, l1Position);
            header.set(LONG, REFCOUNT_TABLE_OFFSET_POSITION, refcounts.position());
            header.set(INT, REFCOUNT_TABLE_CLUSTERS_POSITION, refcounts.clusters());
            int end = HEADER_LENGTH_V2;
            if (options.version() >= 3) {
                header.set(INT, REFCOUNT_ORDER_POSITION, REFCOUNT_ORDER_DEFAULT);
                header.set(INT, HEADER_LENGTH_POSITION, HEADER_LENGTH_WRITTEN);
                end = HEADER_LENGTH_WRITTEN;
            }
            writeBacking(header, end);
            file.write(0, header);
        }
    }

    private void writeBacking(MemorySegment header, int extensions) {
        if (options.backingFile() == null || options.backingFormat() == null) {
            return;
        }
        byte[] format = options.backingFormat().getBytes(StandardCharsets.UTF_8);
        byte[] name = options.backingFile().getBytes(StandardCharsets.UTF_8);
        header.set(INT, extensions, EXTENSION_BACKING_FORMAT);
        header.set(INT, extensions + Integer.BYTES, format.length);
        int data = extensions + EXTENSION_HEADER_BYTES;
        MemorySegment.copy(MemorySegment.ofArray(format), 0, header, data, format.length);
        int padded = Math.ceilDiv(format.length, EXTENSION_ALIGNMENT) * EXTENSION_ALIGNMENT;
        int namePosition =
                data
                        + padded
                        + EXTENSION_HEADER_BYTES; // Behind the mark that ends the extensions, which
        // is zeros.
        MemorySegment.copy(MemorySegment.ofArray(name), 0, header, namePosition, name.length);
        header.set(LONG, BACKING_FILE_OFFSET_POSITION, namePosition);
        header.set(INT, BACKING_FILE_SIZE_POSITION, name.length);
    }

    @Override
    public void close() throws IOException {
        arena.close();
        file.close();
    }
}

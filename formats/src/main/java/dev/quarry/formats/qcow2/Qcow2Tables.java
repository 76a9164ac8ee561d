package dev.quarry.formats.qcow2;

import static dev.quarry.formats.qcow2.Qcow2Layout.*;

import dev.quarry.storage.OutputFile;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The L1 and L2 tables of an image that is being written. L2 tables are made when they are first
 * used and kept in memory: 128 KiB for each GiB of data with usual clusters. Thread-safe where
 * methods say so.
 */
final class Qcow2Tables implements Closeable {

    /** Where the L1 table stands. */
    record Written(long position, int entries) {}

    private final int clusterBits;
    private final int entryBytes;
    private final int coverageBits;
    private final Arena arena = Arena.ofShared();
    private final AtomicReferenceArray<@Nullable Table> tables;

    /**
     * @param size guest bytes; the caller has checked that the L1 table can be so large
     */
    Qcow2Tables(Qcow2CreateOptions options, long size) {
        this.clusterBits = options.clusterBits();
        this.entryBytes = entryBytes(options);
        this.coverageBits = coverageBits(options);
        this.tables =
                new AtomicReferenceArray<>(Math.toIntExact(Math.ceilDiv(size, 1L << coverageBits)));
    }

    private static int entryBytes(Qcow2CreateOptions options) {
        return options.extendedL2() ? L2_ENTRY_BYTES_EXTENDED : L2_ENTRY_BYTES;
    }

    /** Bits of a guest offset that one L2 table resolves. */
    static int coverageBits(Qcow2CreateOptions options) {
        return 2 * options.clusterBits() - Integer.numberOfTrailingZeros(entryBytes(options));
    }

    /** First offset behind the table that {@code offset} is looked up in. */
    long tableEnd(long offset) {
        return ((offset >>> coverageBits) + 1) << coverageBits;
    }

    /** The table for an offset, made if need be. Thread-safe. */
    Table tableOf(long offset) {
        int index = (int) (offset >>> coverageBits);
        Table table = tables.get(index);
        if (table == null) {
            Table made = new Table();
            table = tables.compareAndExchange(index, null, made);
            return table == null ? made : table;
        }
        return table;
    }

    /** An L2 table as it will stand in the file. Callers synchronize on it to change it. */
    final class Table {

        private final MemorySegment words = arena.allocate(1L << clusterBits, Long.BYTES);

        private long at(long offset) {
            return ((offset & ((1L << coverageBits) - 1)) >>> clusterBits) * entryBytes;
        }

        long entry(long offset) {
            return words.get(LONG, at(offset));
        }

        void setEntry(long offset, long entry) {
            words.set(LONG, at(offset), entry);
        }

        /** Whether a cluster has a place; one that is marked as zeros has none. */
        boolean isStored(long offset) {
            return (entry(offset) & ENTRY_POSITION_MASK) != 0;
        }

        /** Where a byte of a stored cluster stands. */
        long positionOf(long offset) {
            return (entry(offset) & ENTRY_POSITION_MASK) + (offset & ((1L << clusterBits) - 1));
        }

        /** With extended entries: marks the subclusters that a range of one cluster touches. */
        void markStored(long start, long end) {
            if (entryBytes == L2_ENTRY_BYTES_EXTENDED) {
                markStored(start, maskOf(firstOf(start), lastOf(end)));
            }
        }

        /**
         * Marks subclusters as stored.
         *
         * @param mask one bit for each
         */
        void markStored(long offset, int mask) {
            long position = at(offset) + L2_BITMAP_POSITION;
            long stored = Integer.toUnsignedLong(mask);
            long bitmap = words.get(LONG, position);
            words.set(LONG, position, (bitmap | stored) & ~(stored << SUBCLUSTERS));
        }

        /**
         * Marks the whole subclusters of a range of one cluster as zeros, unless they are stored.
         *
         * @param size guest bytes of the disk: its last subcluster is whole there
         * @return mask of those that the range cuts and that are not stored
         */
        int markZero(long start, long end, long size) {
            int subclusterBits = clusterBits - Integer.numberOfTrailingZeros(SUBCLUSTERS);
            long subclusterMask = (1L << subclusterBits) - 1;
            int touched = maskOf(firstOf(start), lastOf(end));
            int cut = 0;
            if ((start & subclusterMask) != 0) {
                cut |= maskOf(firstOf(start), firstOf(start));
            }
            if ((end & subclusterMask) != 0 && end != size) {
                cut |= maskOf(lastOf(end), lastOf(end));
            }
            long position = at(start) + L2_BITMAP_POSITION;
            long bitmap = words.get(LONG, position);
            int stored = (int) bitmap;
            long zero = Integer.toUnsignedLong(touched & ~cut & ~stored);
            words.set(LONG, position, bitmap | (zero << SUBCLUSTERS));
            return cut & ~stored & ~(int) (bitmap >>> SUBCLUSTERS);
        }

        private int firstOf(long start) {
            return subcluster(start);
        }

        private int lastOf(long end) {
            return subcluster(end - 1);
        }

        private int subcluster(long offset) {
            long inCluster = offset & ((1L << clusterBits) - 1);
            return (int) ((inCluster * SUBCLUSTERS) >>> clusterBits);
        }

        /** Bits {@code first} to {@code last}. */
        private static int maskOf(int first, int last) {
            return (int) ((1L << (last + 1)) - (1L << first));
        }
    }

    /**
     * Writes all tables.
     *
     * @param size guest bytes of the disk, at most what the tables were made for
     */
    Written write(OutputFile file, Qcow2Clusters clusters, long size) throws IOException {
        long[] positions = new long[(int) Math.ceilDiv(size, 1L << coverageBits)];
        for (int i = 0; i < positions.length; i++) {
            Table table = tables.get(i);
            if (table != null) {
                long position = clusters.allocate(1);
                file.write(position, table.words);
                positions[i] = position | ENTRY_COPIED;
            }
        }
        // At least one entry, because a table of none has no place.
        int entries = Math.max(1, positions.length);
        long bytes =
                Math.ceilDiv((long) entries * L1_ENTRY_BYTES, 1L << clusterBits) << clusterBits;
        long l1 = clusters.allocate(bytes >>> clusterBits);
        clusters.writeWords(
                l1, bytes, index -> index < positions.length ? positions[(int) index] : 0);
        return new Written(l1, entries);
    }

    @Override
    public void close() {
        arena.close();
    }
}

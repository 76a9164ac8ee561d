package dev.quarry.formats.qcow2;

import static dev.quarry.formats.qcow2.Qcow2Layout.*;

import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.storage.OutputFile;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The host clusters of an image that is being written. They are handed out in order and never taken
 * back, so each has exactly one reference. Thread-safe.
 */
final class Qcow2Clusters {

    /** Where the reference counts stand. */
    record RefcountTable(long position, int clusters) {}

    /** Written at once, of tables that may be larger: keeps memory small. */
    private static final int TABLE_PIECE_BYTES = 64 << 10;

    private final OutputFile file;
    private final int clusterBits;
    private final int refcountOrder;
    private final long clustersMax;

    /** The header has the first. */
    private final AtomicLong next = new AtomicLong(1);

    /**
     * @param refcountOrder log2 of the bits of a reference count
     */
    Qcow2Clusters(OutputFile file, int clusterBits, int refcountOrder) {
        this.file = file;
        this.clusterBits = clusterBits;
        this.refcountOrder = refcountOrder;
        // What a refcount table of its largest size can count; with clusters of 512 bytes and
        // counts of 16 bits that is 128 GiB.
        this.clustersMax = (long) REFCOUNT_TABLE_BYTES_MAX / Long.BYTES * countsPerBlock();
    }

    private long countsPerBlock() {
        return ((long) Byte.SIZE << clusterBits) >>> refcountOrder;
    }

    /**
     * Hands out contiguous clusters.
     *
     * @return host byte of the first
     * @throws ImageException of kind LIMIT if the refcount table could not count them
     */
    long allocate(long count) throws ImageException {
        long first = next.getAndAdd(count);
        if (first > clustersMax - count) {
            throw new ImageException(
                    Kind.LIMIT,
                    file.name(),
                    -1,
                    "more than 0x"
                            + Long.toHexString(clustersMax)
                            + " clusters of 0x"
                            + Integer.toHexString(1 << clusterBits)
                            + " bytes cannot be counted: larger clusters are needed");
        }
        return first << clusterBits;
    }

    /** Clusters that were handed out, with the header's. */
    long used() {
        return next.get();
    }

    /** Gives the reference count of a cluster that was handed out. */
    @FunctionalInterface
    interface Counts {
        int countOf(long cluster);
    }

    /**
     * Writes the reference counts of all clusters, their own among them. Nothing can be allocated
     * any more.
     */
    RefcountTable writeRefcounts(Counts counts) throws IOException {
        long used = next.get();
        long blocks = 0;
        long tableClusters = 0;
        for (long before = -1; before != blocks + tableClusters; ) {
            before = blocks + tableClusters;
            blocks = Math.ceilDiv(used + before, countsPerBlock());
            tableClusters = Math.ceilDiv(blocks * Long.BYTES, 1L << clusterBits);
        }
        long table = allocate(tableClusters + blocks);
        long firstBlock = table + (tableClusters << clusterBits);
        long positions = blocks;
        writeWords(
                table,
                tableClusters << clusterBits,
                index -> index < positions ? firstBlock + (index << clusterBits) : 0);
        long counted = next.get();
        writeWords(
                firstBlock,
                blocks << clusterBits,
                index -> word(index, counted, counts, refcountOrder));
        return new RefcountTable(table, Math.toIntExact(tableClusters));
    }

    /**
     * The word of reference counts at an index of the blocks. Counts that share a byte begin with
     * its lowest bits.
     */
    private static long word(long index, long counted, Counts counts, int order) {
        int bits = 1 << order;
        int perWord = Long.SIZE >>> order;
        long first = index * perWord;
        long word = 0;
        for (int i = 0; i < perWord; i++) {
            long cluster = first + i;
            int from = i * bits;
            int shift =
                    bits < Byte.SIZE
                            ? Long.SIZE
                                    - Byte.SIZE
                                    - from / Byte.SIZE * Byte.SIZE
                                    + from % Byte.SIZE
                            : Long.SIZE - bits - from;
            word |= cluster < counted ? (long) counts.countOf(cluster) << shift : 0;
        }
        return word;
    }

    /** Gives the big-endian word at an index of a table. */
    @FunctionalInterface
    interface Words {
        long wordAt(long index);
    }

    /** Writes a table, padded to {@code bytes}. */
    void writeWords(long position, long bytes, Words words) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment piece = arena.allocate(Math.min(bytes, TABLE_PIECE_BYTES), Long.BYTES);
            for (long done = 0; done < bytes; done += piece.byteSize()) {
                for (long at = 0; at < piece.byteSize(); at += Long.BYTES) {
                    piece.set(LONG, at, words.wordAt((done + at) / Long.BYTES));
                }
                file.write(position + done, piece);
            }
        }
    }
}

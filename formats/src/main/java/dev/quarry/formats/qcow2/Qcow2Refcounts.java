package dev.quarry.formats.qcow2;

import static dev.quarry.formats.qcow2.Qcow2Layout.*;

import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.storage.OutputFile;
import dev.quarry.storage.Storage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The reference counts of an image that is there: read by blocks, changed in memory, written by
 * {@link #write}. For one thread.
 *
 * <pre>
 *  refcount table: 8 bytes for each block   refcount block: one cluster of counts
 *   63                        9 8       0    order 4: 16-bit big-endian counts
 *  +---------------------------+---------+   order below 3: several in a byte, the lowest bits first
 *  | host position of a block  | reserved|
 *  +---------------------------+---------+
 * </pre>
 */
final class Qcow2Refcounts {

    /** Bits 9 to 63 of a table entry. */
    static final long TABLE_POSITION_MASK = ~0x1ffL;

    /** Blocks that are kept unchanged: 16 MiB of them with usual clusters. */
    private static final int BLOCK_CACHE_BYTES = 16 << 20;

    private final Storage storage;
    private final int clusterBits;
    private final int order;
    private long[] table;
    private boolean tableChanged;
    private final int blocksKept;

    private final LinkedHashMap<Integer, Block> blocks = new LinkedHashMap<>(16, 0.75f, true);

    /** The block that was looked at last: most counts that are asked for follow one another. */
    private @Nullable Block lastBlock;

    private int lastIndex;

    private static final class Block {
        final MemorySegment bytes;
        boolean changed;

        Block(MemorySegment bytes) {
            this.bytes = bytes;
        }
    }

    private Qcow2Refcounts(Storage storage, int clusterBits, int order, long[] table) {
        this.storage = storage;
        this.clusterBits = clusterBits;
        this.order = order;
        this.table = table;
        this.blocksKept = Math.max(1, BLOCK_CACHE_BYTES >> clusterBits);
    }

    /** Reads the table of an image; blocks are read when they are needed. */
    static Qcow2Refcounts open(Storage storage, Qcow2Header header) throws IOException {
        long bytes = (long) header.refcountTableClusters() << header.clusterBits();
        if (header.refcountTablePosition() > storage.size() - bytes) {
            throw new ImageException(
                    Kind.TRUNCATED,
                    storage.name(),
                    REFCOUNT_TABLE_OFFSET_POSITION,
                    "the refcount table at 0x"
                            + Long.toHexString(header.refcountTablePosition())
                            + " lies past the end of the file (0x"
                            + Long.toHexString(storage.size())
                            + ")");
        }
        MemorySegment read = MemorySegment.ofArray(new byte[Math.toIntExact(bytes)]);
        storage.read(header.refcountTablePosition(), read);
        return new Qcow2Refcounts(
                storage, header.clusterBits(), header.refcountOrder(), read.toArray(LONG));
    }

    /** For a table that is being made: its blocks are added one by one. */
    static Qcow2Refcounts ofNewBlocks(
            Storage storage, int clusterBits, int order, long[] positions) {
        return new Qcow2Refcounts(storage, clusterBits, order, positions);
    }

    /** Counts that a block has. */
    long countsPerBlock() {
        return (8L << clusterBits) >>> order;
    }

    /** The largest count that can be written. */
    long countMax() {
        return order == REFCOUNT_ORDER_MAX ? Long.MAX_VALUE : (1L << (1 << order)) - 1;
    }

    int tableEntries() {
        return table.length;
    }

    /** A table entry as it stands there. */
    long tableEntry(int index) {
        return table[index];
    }

    /** Puts a block that is all zeros at a place, in memory: {@link #write} writes it. */
    void addBlock(int index, long position) {
        table[index] = position;
        tableChanged = true;
        Block block = new Block(MemorySegment.ofArray(new byte[1 << clusterBits]));
        block.changed = true;
        evict();
        lastBlock = null;
        blocks.put(index, block);
    }

    /** Makes room for more blocks, in memory. */
    void growTable(int entries) {
        table = Arrays.copyOf(table, entries);
        tableChanged = true;
    }

    /** Writes the table, if it was changed. */
    void writeTable(OutputFile file, long position) throws IOException {
        if (tableChanged) {
            MemorySegment words = MemorySegment.ofArray(new byte[table.length * Long.BYTES]);
            MemorySegment.copy(table, 0, words, LONG, 0, table.length);
            file.write(position, words);
            tableChanged = false;
        }
    }

    /** Whether a cluster's count has a place. */
    boolean isCounted(long cluster) {
        long index = cluster / countsPerBlock();
        return index < table.length && blockPosition((int) index) != 0;
    }

    private long blockPosition(int index) {
        return table[index] & TABLE_POSITION_MASK;
    }

    /**
     * How often a cluster is referred to, by what was counted; 0 where the count has no place.
     *
     * @throws IOException if the block cannot be read
     */
    long get(long cluster) throws IOException {
        if (!isCounted(cluster)) {
            return 0;
        }
        MemorySegment bytes = block(cluster).bytes;
        long index = cluster % countsPerBlock();
        return switch (order) {
            case 0, 1, 2 -> {
                int bits = 1 << order;
                int shift = (int) (index * bits % Byte.SIZE);
                byte in = bytes.get(ValueLayout.JAVA_BYTE, index * bits / Byte.SIZE);
                yield (in >>> shift) & ((1 << bits) - 1);
            }
            case 3 -> Byte.toUnsignedLong(bytes.get(ValueLayout.JAVA_BYTE, index));
            case 4 -> Short.toUnsignedLong(bytes.get(SHORT, index * Short.BYTES));
            case 5 -> Integer.toUnsignedLong(bytes.get(INT, index * Integer.BYTES));
            default -> bytes.get(LONG, index * Long.BYTES);
        };
    }

    /** Sets a count in memory; its place must be there. */
    void set(long cluster, long count) throws IOException {
        if (!isCounted(cluster) || count < 0 || count > countMax()) {
            throw new IllegalArgumentException("count " + count + " of cluster " + cluster);
        }
        Block block = block(cluster);
        block.changed = true;
        MemorySegment bytes = block.bytes;
        long index = cluster % countsPerBlock();
        switch (order) {
            case 0, 1, 2 -> {
                int bits = 1 << order;
                int shift = (int) (index * bits % Byte.SIZE);
                long position = index * bits / Byte.SIZE;
                int mask = ((1 << bits) - 1) << shift;
                int in = bytes.get(ValueLayout.JAVA_BYTE, position);
                bytes.set(
                        ValueLayout.JAVA_BYTE,
                        position,
                        (byte) ((in & ~mask) | ((int) count << shift)));
            }
            case 3 -> bytes.set(ValueLayout.JAVA_BYTE, index, (byte) count);
            case 4 -> bytes.set(SHORT, index * Short.BYTES, (short) count);
            case 5 -> bytes.set(INT, index * Integer.BYTES, (int) count);
            default -> bytes.set(LONG, index * Long.BYTES, count);
        }
    }

    private Block block(long cluster) throws IOException {
        int index = (int) (cluster / countsPerBlock());
        Block last = lastBlock;
        if (last != null && index == lastIndex) {
            return last;
        }
        Block block = blocks.get(index);
        if (block == null) {
            long position = blockPosition(index);
            if ((position & (1L << clusterBits) - 1) != 0 || position < 0) {
                throw new ImageException(
                        Kind.CORRUPT,
                        storage.name(),
                        position,
                        "refcount block " + index + " is on no cluster");
            }
            block = new Block(MemorySegment.ofArray(new byte[1 << clusterBits]));
            // What lies past the end of the file counts nothing; a check says so.
            long there = Math.clamp(storage.size() - position, 0, 1 << clusterBits);
            storage.read(position, block.bytes.asSlice(0, there));
            evict();
            blocks.put(index, block);
        }
        lastIndex = index;
        lastBlock = block;
        return block;
    }

    private void evict() {
        if (blocks.size() >= blocksKept) {
            for (Map.Entry<Integer, Block> oldest : blocks.entrySet()) {
                if (!oldest.getValue().changed) {
                    blocks.remove(oldest.getKey());
                    lastBlock = null;
                    return;
                }
            }
        }
    }

    /** Writes the blocks that were changed to their places. */
    void write(OutputFile file) throws IOException {
        for (Map.Entry<Integer, Block> entry : blocks.entrySet()) {
            Block block = entry.getValue();
            if (block.changed) {
                file.write(blockPosition(entry.getKey()), block.bytes);
                block.changed = false;
            }
        }
    }
}

package dev.quarry.formats.qcow2;

import static dev.quarry.formats.qcow2.Qcow2Layout.*;

import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.storage.OutputFile;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Writes the refcount structures of an image anew, all of them behind the end of the file, from
 * references that were counted without the old ones. The old ones are free from then on.
 */
final class Qcow2RefcountRebuild {

    private Qcow2RefcountRebuild() {}

    /**
     * Writes table and blocks, makes them durable, and then lets the header name them.
     *
     * @param references to all clusters but those of the old refcount structures; the new ones are
     *     added
     */
    static void write(OutputFile file, Qcow2Header header, Qcow2References references)
            throws IOException {
        int bits = header.clusterBits();
        long countsPerBlock = (8L << bits) >>> header.refcountOrder();
        long start = Math.ceilDiv(file.size(), header.clusterSize());
        long blocks = 0;
        long table = 0;
        for (long before = -1; before != blocks + table; ) {
            before = blocks + table;
            blocks = Math.ceilDiv(start + before, countsPerBlock);
            table = Math.ceilDiv(blocks * Long.BYTES, (long) header.clusterSize());
        }
        if (table << bits > REFCOUNT_TABLE_BYTES_MAX) {
            throw new ImageException(
                    Kind.LIMIT,
                    file.name(),
                    -1,
                    "a refcount table for 0x" + Long.toHexString(start) + " clusters is too large");
        }
        for (long cluster = start; cluster < start + table + blocks; cluster++) {
            references.add(cluster);
        }
        writeBlocks(file, header, references, start + table, blocks);
        writeTable(file, header, start, table, blocks);
        file.sync();
        MemorySegment fields = MemorySegment.ofArray(new byte[Long.BYTES + Integer.BYTES]);
        fields.set(LONG, 0, start << bits);
        fields.set(INT, Long.BYTES, (int) table);
        file.write(REFCOUNT_TABLE_OFFSET_POSITION, fields);
        file.sync();
    }

    private static void writeBlocks(
            OutputFile file,
            Qcow2Header header,
            Qcow2References references,
            long firstBlock,
            long blocks)
            throws IOException {
        int bits = header.clusterBits();
        long[] positions = new long[(int) blocks];
        for (int i = 0; i < blocks; i++) {
            positions[i] = (firstBlock + i) << bits;
        }
        Qcow2Refcounts counts =
                Qcow2Refcounts.ofNewBlocks(file.storage(), bits, header.refcountOrder(), positions);
        for (int i = 0; i < blocks; i++) {
            counts.addBlock(i, positions[i]);
            long first = i * counts.countsPerBlock();
            for (long c = first; c < first + counts.countsPerBlock(); c++) {
                int count = references.get(c);
                if (count > counts.countMax()) {
                    throw new ImageException(
                            Kind.UNSUPPORTED,
                            file.name(),
                            c << bits,
                            "a cluster is referred to "
                                    + count
                                    + " times, and a count can"
                                    + " be "
                                    + counts.countMax()
                                    + " at most");
                }
                if (count != 0) {
                    counts.set(c, count);
                }
            }
            counts.write(file);
        }
    }

    private static void writeTable(
            OutputFile file, Qcow2Header header, long start, long table, long blocks)
            throws IOException {
        int bits = header.clusterBits();
        MemorySegment words = MemorySegment.ofArray(new byte[(int) (table << bits)]);
        for (int i = 0; i < blocks; i++) {
            words.setAtIndex(LONG, i, (start + table + i) << bits);
        }
        file.write(start << bits, words);
    }
}

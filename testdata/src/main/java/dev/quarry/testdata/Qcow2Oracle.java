package dev.quarry.testdata;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.zip.Deflater;

/**
 * Writes qcow2 images, slowly and simply, from QEMU's specification (docs/interop/qcow2.rst) and
 * from no code of the engine. With a seed it chooses at random among everything that is valid: the
 * order of clusters, gaps, how zeros are said, which clusters are compressed.
 */
public final class Qcow2Oracle {

    /** How compressed clusters are made. */
    public enum Compression {
        /** None are compressed. */
        NONE,
        /** Raw deflate, type 0. */
        DEFLATE,
        /** Zstandard, type 1: frames of raw and run-length blocks, which need no compressor. */
        ZSTD
    }

    /**
     * What to write.
     *
     * @param version 2 or 3
     * @param clusterBits 9 to 21
     * @param refcountOrder 0 to 6; 4 in version 2
     * @param compression of the clusters that are compressed
     * @param extended whether L2 entries are extended; needs version 3 and 14 cluster bits
     * @param backingFile name that the image gives its backing file, or null
     * @param backingFormat the format it names, or null
     * @param seed chooses; 0 writes clusters in order, compresses all that shrink, and leaves zeros
     *     unallocated
     */
    public record Options(
            int version,
            int clusterBits,
            int refcountOrder,
            Compression compression,
            boolean extended,
            @Nullable String backingFile,
            @Nullable String backingFormat,
            long seed) {

        /** Returns plain options: version 3, 64 KiB clusters, nothing compressed. */
        public static Options plain() {
            return new Options(3, 16, 4, Compression.NONE, false, null, null, 0);
        }

        /** Returns these with another version. */
        public Options withVersion(int newVersion) {
            return new Options(
                    newVersion,
                    clusterBits,
                    newVersion == 2 ? 4 : refcountOrder,
                    compression,
                    extended,
                    backingFile,
                    backingFormat,
                    seed);
        }

        /** Returns these with another cluster size. */
        public Options withClusterBits(int bits) {
            return new Options(
                    version,
                    bits,
                    refcountOrder,
                    compression,
                    extended,
                    backingFile,
                    backingFormat,
                    seed);
        }

        /** Returns these with another width of refcounts. */
        public Options withRefcountOrder(int order) {
            return new Options(
                    version,
                    clusterBits,
                    order,
                    compression,
                    extended,
                    backingFile,
                    backingFormat,
                    seed);
        }

        /** Returns these with compressed clusters. */
        public Options withCompression(Compression newCompression) {
            return new Options(
                    version,
                    clusterBits,
                    refcountOrder,
                    newCompression,
                    extended,
                    backingFile,
                    backingFormat,
                    seed);
        }

        /** Returns these with extended L2 entries. */
        public Options withExtendedL2() {
            return new Options(
                    version,
                    clusterBits,
                    refcountOrder,
                    compression,
                    true,
                    backingFile,
                    backingFormat,
                    seed);
        }

        /** Returns these with a backing file. */
        public Options withBacking(String file, @Nullable String format) {
            return new Options(
                    version, clusterBits, refcountOrder, compression, extended, file, format, seed);
        }

        /** Returns these with random choices. */
        public Options withSeed(long newSeed) {
            return new Options(
                    version,
                    clusterBits,
                    refcountOrder,
                    compression,
                    extended,
                    backingFile,
                    backingFormat,
                    newSeed);
        }
    }

    private static final long COPIED = 1L << 63;
    private static final long COMPRESSED = 1L << 62;
    private static final int SECTOR = 512;

    private final Content content;
    private final Content below;
    private final Options options;
    private final Random random;
    private final int clusterSize;
    private final List<Long> refcounts = new ArrayList<>();
    private final RandomAccessFile file;

    /**
     * Where the next compressed cluster may begin, if its host cluster is still the last; 0 if
     * there is none.
     */
    private long packed;

    private Qcow2Oracle(Content content, Content below, RandomAccessFile file, Options options) {
        this.content = content;
        this.below = below;
        this.options = options;
        this.file = file;
        this.random = new Random(options.seed());
        this.clusterSize = 1 << options.clusterBits();
    }

    /** Writes an image of the content. */
    public static void write(Content content, Path target, Options options) throws IOException {
        write(content, Content.zeros(0), target, options);
    }

    /**
     * Writes an image that gives the content over a backing file.
     *
     * @param below what the backing file gives; clusters that are the same there are mostly left
     *     out
     */
    public static void write(Content content, Content below, Path target, Options options)
            throws IOException {
        Files.deleteIfExists(target);
        try (RandomAccessFile file = new RandomAccessFile(target.toFile(), "rw")) {
            new Qcow2Oracle(content, below, file, options).write();
        }
    }

    private boolean chance(int percent) {
        return options.seed() != 0 && random.nextInt(100) < percent;
    }

    private long allocate(int clusters) {
        if (chance(10)) {
            refcounts.add(0L); // A gap, filled with something that must not be read.
            writeAt((refcounts.size() - 1L) * clusterSize, noise(clusterSize));
        }
        long position = (long) refcounts.size() * clusterSize;
        for (int i = 0; i < clusters; i++) {
            refcounts.add(1L);
        }
        return position;
    }

    private byte[] noise(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private void writeAt(long position, byte[] bytes) {
        try {
            file.seek(position);
            file.write(bytes);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void write() throws IOException {
        refcounts.add(1L);
        int entryBytes = options.extended() ? 16 : 8;
        int entriesPerTable = clusterSize / entryBytes;
        int guestClusters = Math.toIntExact(Math.ceilDiv(content.size(), clusterSize));
        int tables = Math.ceilDiv(guestClusters, entriesPerTable);
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < guestClusters; i++) {
            order.add(i);
        }
        if (options.seed() != 0 && random.nextBoolean()) {
            Collections.shuffle(order, random);
        }
        byte[][] tableBytes = new byte[tables][];
        for (int cluster : order) {
            long[] entry = entryOf(cluster);
            if (entry[0] != 0 || entry[1] != 0 || chance(1)) {
                int table = cluster / entriesPerTable;
                if (tableBytes[table] == null) {
                    tableBytes[table] = new byte[clusterSize];
                }
                ByteBuffer buffer = ByteBuffer.wrap(tableBytes[table]);
                int at = cluster % entriesPerTable * entryBytes;
                buffer.putLong(at, entry[0]);
                if (options.extended()) {
                    buffer.putLong(at + 8, entry[1]);
                }
            }
        }
        long[] l1 = new long[Math.max(1, tables + (chance(30) ? 3 : 0))];
        for (int i = 0; i < tables; i++) {
            if (tableBytes[i] != null) {
                long position = allocate(1);
                writeAt(position, tableBytes[i]);
                l1[i] = position | COPIED;
            }
        }
        long l1Position = allocate(Math.ceilDiv(l1.length * 8, clusterSize));
        writeAt(l1Position, words(l1));
        writeHeader(l1.length, l1Position, writeRefcounts());
        file.setLength((long) refcounts.size() * clusterSize);
    }

    /** Stores a guest cluster; gives the L2 entry and, if extended, the bitmap. */
    private long[] entryOf(int cluster) throws IOException {
        long offset = (long) cluster * clusterSize;
        byte[] bytes = content.read(offset, clusterSize);
        byte[] under = below.read(offset, clusterSize);
        boolean same = Arrays.equals(bytes, under);
        if (same && !chance(20)) {
            return new long[] {0, 0};
        }
        if (options.extended()) {
            return extendedEntry(bytes, under);
        }
        if (Content.isZero(bytes) && options.version() >= 3 && !chance(30)) {
            if (chance(40)) {
                long position = allocate(1);
                writeAt(
                        position,
                        noise(clusterSize)); // Preallocated: what stands there must not be read.
                return new long[] {position | COPIED | 1, 0};
            }
            return new long[] {1, 0};
        }
        byte[] compressed =
                options.compression() == Compression.NONE || chance(30) ? null : compress(bytes);
        if (compressed != null && compressed.length < clusterSize) {
            return new long[] {storeCompressed(compressed), 0};
        }
        return new long[] {store(bytes), 0};
    }

    private long store(byte[] bytes) {
        long position = allocate(1);
        writeAt(position, bytes);
        return position | COPIED;
    }

    private long[] extendedEntry(byte[] bytes, byte[] under) {
        if (options.compression() != Compression.NONE && chance(30)) {
            byte[] compressed = compress(bytes);
            if (compressed.length < clusterSize) {
                return new long[] {storeCompressed(compressed), 0};
            }
        }
        int sub = clusterSize / 32;
        byte[] stored = noise(clusterSize);
        long bitmap = 0;
        boolean any = false;
        for (int i = 0; i < 32; i++) {
            byte[] part = Arrays.copyOfRange(bytes, i * sub, (i + 1) * sub);
            boolean same = Arrays.equals(part, Arrays.copyOfRange(under, i * sub, (i + 1) * sub));
            if (same && !chance(20)) {
                continue;
            }
            if (Content.isZero(part) && !chance(20)) {
                bitmap |= 1L << (32 + i);
                continue;
            }
            bitmap |= 1L << i;
            System.arraycopy(part, 0, stored, i * sub, sub);
            any = true;
        }
        return new long[] {any || chance(20) ? store(stored) : 0, bitmap};
    }

    private byte[] compress(byte[] bytes) {
        if (options.compression() == Compression.ZSTD) {
            return zstd(bytes);
        }
        Deflater deflater = new Deflater(chance(50) ? 1 : 6, true);
        deflater.setInput(bytes);
        deflater.finish();
        byte[] buffer = new byte[bytes.length + 64];
        int length = deflater.deflate(buffer);
        boolean done = deflater.finished();
        deflater.end();
        return done ? Arrays.copyOf(buffer, length) : new byte[clusterSize];
    }

    /**
     * A Zstandard frame (RFC 8878) of blocks that hold bytes as they are, or one byte many times.
     */
    private static byte[] zstd(byte[] bytes) {
        ByteBuffer out =
                ByteBuffer.allocate(bytes.length * 2 + 64).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        out.putInt(0xFD2FB528);
        out.put((byte) 0b1010_0000); // Content size in 4 bytes, single segment, no checksum.
        out.putInt(bytes.length);
        int at = 0;
        while (at < bytes.length) {
            int run = 1;
            while (at + run < bytes.length && bytes[at + run] == bytes[at] && run < 128 << 10) {
                run++;
            }
            int length = run;
            boolean repeated = run >= 16;
            if (!repeated) {
                length = Math.min(Math.min(bytes.length - at, 1024), 128 << 10);
            }
            int last = at + length == bytes.length ? 1 : 0;
            int header = last | (repeated ? 1 : 0) << 1 | length << 3;
            out.put((byte) header).put((byte) (header >> 8)).put((byte) (header >> 16));
            if (repeated) {
                out.put(bytes[at]);
            } else {
                out.put(bytes, at, length);
            }
            at += length;
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    private long storeCompressed(byte[] compressed) {
        long clusterEnd = (long) refcounts.size() * clusterSize;
        boolean fits =
                packed != 0 && Math.ceilDiv(packed, clusterSize) * (long) clusterSize == clusterEnd;
        long position = packed;
        if (!fits || chance(10)) {
            position = allocate(1);
            refcounts.set((int) (position / clusterSize), 0L);
        }
        long end = position + compressed.length;
        while ((long) refcounts.size() * clusterSize < end) {
            refcounts.add(0L);
        }
        writeAt(position, compressed);
        long sectors = (end - 1) / SECTOR - position / SECTOR;
        long touchedEnd = (end - 1) / SECTOR * SECTOR;
        for (long c = position / clusterSize; c <= touchedEnd / clusterSize; c++) {
            refcounts.set((int) c, refcounts.get((int) c) + 1);
        }
        packed = end % clusterSize == 0 ? 0 : end;
        int shift = 62 - (options.clusterBits() - 8);
        return COMPRESSED | sectors << shift | position;
    }

    /** Writes refcount blocks and their table; gives the table's position and its clusters. */
    private long[] writeRefcounts() {
        int bits = 1 << options.refcountOrder();
        long perBlock = clusterSize * 8L / bits;
        long used = refcounts.size();
        long blocks = 0;
        long tableClusters = 0;
        for (int i = 0; i < 100; i++) {
            blocks = Math.ceilDiv(used + blocks + tableClusters, perBlock);
            tableClusters = Math.ceilDiv(blocks * 8, clusterSize);
        }
        long table = used * clusterSize;
        for (int i = 0; i < blocks + tableClusters; i++) {
            refcounts.add(1L);
        }
        long[] entries = new long[(int) blocks];
        for (int b = 0; b < blocks; b++) {
            entries[b] = table + (tableClusters + b) * clusterSize;
            byte[] block = new byte[clusterSize];
            for (int i = 0; i < perBlock && b * perBlock + i < refcounts.size(); i++) {
                putRefcount(block, i, bits, refcounts.get((int) (b * perBlock + i)));
            }
            writeAt(entries[b], block);
        }
        writeAt(table, words(entries));
        return new long[] {table, tableClusters};
    }

    private static void putRefcount(byte[] block, int index, int bits, long count) {
        if (bits < 8) {
            if (count >= 1L << bits) {
                throw new IllegalArgumentException(
                        "refcount " + count + " does not fit in " + bits + " bits");
            }
            int bit = index * bits;
            block[bit / 8] |= (byte) (count << bit % 8);
            return;
        }
        for (int i = 0; i < bits / 8; i++) {
            block[index * bits / 8 + i] = (byte) (count >>> (bits - 8 - 8 * i));
        }
    }

    private void writeHeader(int l1Entries, long l1Position, long[] refcountTable)
            throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        boolean zstd = options.compression() == Compression.ZSTD;
        int headerLength = options.version() == 2 ? 72 : zstd || chance(50) ? 112 : 104;
        byte[] name =
                options.backingFile() == null
                        ? new byte[0]
                        : options.backingFile().getBytes(StandardCharsets.UTF_8);
        byte[] format =
                options.backingFormat() == null
                        ? new byte[0]
                        : options.backingFormat().getBytes(StandardCharsets.UTF_8);
        int formatRoom = format.length == 0 ? 0 : 8 + Math.ceilDiv(format.length, 8) * 8;
        boolean unknownExtension = chance(30);
        int namePosition = headerLength + formatRoom + (unknownExtension ? 16 : 0) + 8;
        out.writeInt(0x514649fb);
        out.writeInt(options.version());
        out.writeLong(name.length == 0 ? 0 : namePosition);
        out.writeInt(name.length);
        out.writeInt(options.clusterBits());
        out.writeLong(content.size());
        out.writeInt(0); // Not encrypted.
        out.writeInt(l1Entries);
        out.writeLong(l1Position);
        out.writeLong(refcountTable[0]);
        out.writeInt((int) refcountTable[1]);
        out.writeInt(0); // No snapshots.
        out.writeLong(0);
        if (options.version() >= 3) {
            out.writeLong((zstd ? 1 << 3 : 0) | (options.extended() ? 1 << 4 : 0));
            out.writeLong(chance(20) ? 1L << 40 : 0); // Compatible bits may be unknown.
            out.writeLong(chance(20) ? 1L << 41 : 0); // And so may those to be cleared.
            out.writeInt(options.refcountOrder());
            out.writeInt(headerLength);
            if (headerLength == 112) {
                out.writeLong(zstd ? 1L << 56 : 0);
            }
        }
        if (unknownExtension) {
            out.writeInt(0x12345678);
            out.writeInt(5);
            out.writeLong(0x6162636465000000L);
        }
        if (format.length > 0) {
            out.writeInt(0xe2792aca);
            out.writeInt(format.length);
            out.write(Arrays.copyOf(format, formatRoom - 8));
        }
        out.writeLong(0); // End of the extensions.
        out.write(name);
        writeAt(0, bytes.toByteArray());
    }

    private static byte[] words(long[] words) {
        ByteBuffer buffer = ByteBuffer.allocate(words.length * 8);
        for (long word : words) {
            buffer.putLong(word);
        }
        return buffer.array();
    }
}

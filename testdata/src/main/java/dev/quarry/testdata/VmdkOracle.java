package dev.quarry.testdata;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/**
 * Writes VMDK images, slowly and simply, from VMware's "Virtual Disk Format 5.0" and libyal's
 * document, and from no code of the engine. Sizes are whole sectors. With a seed it chooses at
 * random among what is valid.
 */
public final class VmdkOracle {

    /**
     * What to write.
     *
     * @param grainSectors a power of two
     * @param zeroedGrains whether zeros may be written as grain table entry 1, with its flag
     * @param footer whether a stream's directory is named by a footer, or by its header
     * @param parentCid content identifier of the parent, or 0xffffffff
     * @param parentHint name of the parent, or null
     * @param seed chooses; 0 writes grains in order and leaves zeros out
     */
    public record Options(
            int grainSectors,
            boolean zeroedGrains,
            boolean footer,
            int parentCid,
            @Nullable String parentHint,
            long seed) {

        /** Returns plain options: grains of 64 KiB, streams with a footer. */
        public static Options plain() {
            return new Options(128, false, true, -1, null, 0);
        }

        /** Returns these with another grain size. */
        public Options withGrainSectors(int sectors) {
            return new Options(sectors, zeroedGrains, footer, parentCid, parentHint, seed);
        }

        /** Returns these with zeroed grains. */
        public Options withZeroedGrains() {
            return new Options(grainSectors, true, footer, parentCid, parentHint, seed);
        }

        /** Returns these with the directory of a stream in front. */
        public Options withDirectoryInFront() {
            return new Options(grainSectors, zeroedGrains, false, parentCid, parentHint, seed);
        }

        /** Returns these with a parent. */
        public Options withParent(int cid, String hint) {
            return new Options(grainSectors, zeroedGrains, footer, cid, hint, seed);
        }

        /** Returns these with random choices. */
        public Options withSeed(long newSeed) {
            return new Options(grainSectors, zeroedGrains, footer, parentCid, parentHint, newSeed);
        }
    }

    /** Content identifier of every image that is written. */
    public static final int CID = 0x51a7c0de;

    private static final int SECTOR = 512;
    private static final int TABLE_ENTRIES = 512;
    private static final int COWD_TABLE_ENTRIES = 4096;
    private static final int DESCRIPTOR_SECTORS = 20;

    private final Content content;
    private final Content below;
    private final Options options;
    private final Random random;
    private final RandomAccessFile file;
    private final int grainBytes;
    private final long sectors;

    private VmdkOracle(Content content, Content below, RandomAccessFile file, Options options) {
        this.content = content;
        this.below = below;
        this.options = options;
        this.random = new Random(options.seed());
        this.file = file;
        this.grainBytes = options.grainSectors() * SECTOR;
        this.sectors = wholeSectors(content.size());
    }

    private static long wholeSectors(long bytes) {
        if (bytes % SECTOR != 0) {
            throw new IllegalArgumentException(bytes + " bytes are not whole sectors");
        }
        return bytes / SECTOR;
    }

    @FunctionalInterface
    private interface Body {
        void write(VmdkOracle oracle) throws IOException;
    }

    private static void write(
            Content content, Content below, Path target, Options options, Body body)
            throws IOException {
        Files.deleteIfExists(target);
        try (RandomAccessFile file = new RandomAccessFile(target.toFile(), "rw")) {
            body.write(new VmdkOracle(content, below, file, options));
        }
    }

    /** Writes one sparse file with an embedded descriptor. */
    public static void writeMonolithicSparse(Content content, Path target, Options options)
            throws IOException {
        writeMonolithicSparse(content, Content.zeros(0), target, options);
    }

    /**
     * Writes one sparse file over a parent.
     *
     * @param below what the parent gives; grains that are the same there are mostly left out
     */
    public static void writeMonolithicSparse(
            Content content, Content below, Path target, Options options) throws IOException {
        write(
                content,
                below,
                target,
                options,
                oracle ->
                        oracle.sparse(
                                oracle.descriptor(
                                        "monolithicSparse",
                                        List.of(
                                                "RW "
                                                        + oracle.sectors
                                                        + " SPARSE \""
                                                        + target.getFileName()
                                                        + "\""))));
    }

    /** Writes a compressed stream. */
    public static void writeStreamOptimized(Content content, Path target, Options options)
            throws IOException {
        write(
                content,
                Content.zeros(0),
                target,
                options,
                oracle -> oracle.stream(target.getFileName().toString()));
    }

    /** Writes a descriptor and one flat file, {@code name-flat.vmdk}. */
    public static void writeMonolithicFlat(Content content, Path target, Options options)
            throws IOException {
        String name = stem(target) + "-flat.vmdk";
        writeFlat(content, target.resolveSibling(name));
        writeDescriptor(
                content,
                target,
                options,
                "monolithicFlat",
                List.of("RW " + wholeSectors(content.size()) + " FLAT \"" + name + "\" 0"));
    }

    /**
     * Writes a descriptor and flat files, {@code name-f001.vmdk} and on.
     *
     * @param partBytes guest bytes of a part, whole sectors
     */
    public static void writeSplitFlat(Content content, Path target, long partBytes, Options options)
            throws IOException {
        List<String> lines = new ArrayList<>();
        for (long offset = 0; offset < content.size(); offset += partBytes) {
            long length = Math.min(partBytes, content.size() - offset);
            String name = String.format("%s-f%03d.vmdk", stem(target), lines.size() + 1);
            writeFlat(slice(content, offset, length), target.resolveSibling(name));
            lines.add("RW " + wholeSectors(length) + " FLAT \"" + name + "\" 0");
        }
        writeDescriptor(content, target, options, "twoGbMaxExtentFlat", lines);
    }

    /**
     * Writes a descriptor and sparse files, {@code name-s001.vmdk} and on.
     *
     * @param partBytes guest bytes of a part, whole sectors
     */
    public static void writeSplitSparse(
            Content content, Path target, long partBytes, Options options) throws IOException {
        List<String> lines = new ArrayList<>();
        for (long offset = 0; offset < content.size(); offset += partBytes) {
            long length = Math.min(partBytes, content.size() - offset);
            String name = String.format("%s-s%03d.vmdk", stem(target), lines.size() + 1);
            write(
                    slice(content, offset, length),
                    Content.zeros(0),
                    target.resolveSibling(name),
                    options,
                    oracle -> oracle.sparse(""));
            lines.add("RW " + wholeSectors(length) + " SPARSE \"" + name + "\"");
        }
        writeDescriptor(content, target, options, "twoGbMaxExtentSparse", lines);
    }

    /** Writes a descriptor and one COWD file, {@code name-sparse.vmdk}, as ESX did. */
    public static void writeVmfsSparse(Content content, Path target, Options options)
            throws IOException {
        String name = stem(target) + "-sparse.vmdk";
        write(content, Content.zeros(0), target.resolveSibling(name), options, VmdkOracle::cowd);
        writeDescriptor(
                content,
                target,
                options,
                "vmfsSparse",
                List.of("RW " + wholeSectors(content.size()) + " VMFSSPARSE \"" + name + "\""));
    }

    /** Writes a descriptor and one seSparse file, {@code name-sesparse.vmdk}, as ESXi does. */
    public static void writeSeSparse(Content content, Path target, Options options)
            throws IOException {
        String name = stem(target) + "-sesparse.vmdk";
        write(
                content,
                Content.zeros(0),
                target.resolveSibling(name),
                options,
                VmdkOracle::seSparse);
        writeDescriptor(
                content,
                target,
                options,
                "seSparse",
                List.of("RW " + wholeSectors(content.size()) + " SESPARSE \"" + name + "\""));
    }

    /**
     * Writes a descriptor with the extent lines that are given, beside whatever files they name.
     *
     * @param createType as it shall stand there
     */
    public static void writeDescriptor(
            Content content, Path target, Options options, String createType, List<String> lines)
            throws IOException {
        write(
                content,
                Content.zeros(0),
                target,
                options,
                oracle ->
                        oracle.writeAt(
                                0,
                                oracle.descriptor(createType, lines)
                                        .getBytes(StandardCharsets.UTF_8)));
    }

    private static String stem(Path target) {
        return target.getFileName().toString().replaceFirst("\\.vmdk$", "");
    }

    private static Content slice(Content content, long start, long length) {
        return new Content() {
            @Override
            public long size() {
                return length;
            }

            @Override
            public byte[] read(long offset, int wanted) throws IOException {
                int there = Math.clamp(length - offset, 0, wanted);
                return Arrays.copyOf(content.read(start + offset, there), wanted);
            }

            @Override
            public void close() {}
        };
    }

    private static void writeFlat(Content content, Path target) throws IOException {
        Files.deleteIfExists(target);
        try (RandomAccessFile file = new RandomAccessFile(target.toFile(), "rw")) {
            file.setLength(content.size());
            for (long offset = 0; offset < content.size(); offset += 1 << 16) {
                byte[] bytes =
                        content.read(offset, (int) Math.min(1 << 16, content.size() - offset));
                if (!Content.isZero(bytes)) {
                    file.seek(offset);
                    file.write(bytes);
                }
            }
        }
    }

    private String descriptor(String createType, List<String> lines) {
        List<String> text = new ArrayList<>();
        Collections.addAll(
                text,
                "# Disk DescriptorFile",
                "version=1",
                String.format("CID=%08x", CID),
                String.format("parentCID=%08x", options.parentCid()),
                "createType=\"" + createType + "\"");
        if (options.parentHint() != null) {
            text.add("parentFileNameHint=\"" + options.parentHint() + "\"");
        }
        // qemu takes an extent line twice if an empty line stands before it; no writer leaves the
        // comment out.
        Collections.addAll(text, "", "# Extent description");
        text.addAll(lines);
        Collections.addAll(
                text,
                "",
                "ddb.virtualHWVersion = \"4\"",
                "ddb.geometry.cylinders = \"" + Math.ceilDiv(sectors, 255 * 63) + "\"",
                "ddb.geometry.heads = \"255\"",
                "ddb.geometry.sectors = \"63\"",
                "ddb.adapterType = \"lsilogic\"",
                "");
        return String.join("\n", text);
    }

    private boolean chance(int percent) {
        return options.seed() != 0 && random.nextInt(100) < percent;
    }

    private void writeAt(long position, byte[] bytes) {
        try {
            file.seek(position);
            file.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A KDMV header of 512 bytes. */
    private byte[] header(
            int version,
            int flags,
            int descriptorSectors,
            long redundant,
            long directory,
            long overhead,
            int compression) {
        ByteBuffer out = ByteBuffer.allocate(SECTOR).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(0x564d444b).putInt(version).putInt(flags | 1);
        out.putLong(sectors).putLong(options.grainSectors());
        out.putLong(descriptorSectors == 0 ? 0 : 1).putLong(descriptorSectors);
        out.putInt(TABLE_ENTRIES).putLong(redundant).putLong(directory).putLong(overhead);
        out.put((byte) (chance(30) ? 1 : 0)); // Not shut down cleanly: still readable.
        out.put(new byte[] {'\n', ' ', '\r', '\n'}).putShort((short) compression);
        return out.array();
    }

    private List<Integer> grains(boolean shuffled) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < Math.ceilDiv(content.size(), grainBytes); i++) {
            order.add(i);
        }
        if (shuffled && chance(50)) {
            Collections.shuffle(order, random);
        }
        return order;
    }

    private byte[] grain(Content from, int index) throws IOException {
        return from.read((long) index * grainBytes, grainBytes);
    }

    private boolean isLeftOut(int index) throws IOException {
        return Arrays.equals(grain(content, index), grain(below, index)) && !chance(20);
    }

    /** Directory, tables and grains, twice the metadata, as hosted products write. */
    private void sparse(String descriptor) throws IOException {
        int descriptorSectors = descriptor.isEmpty() ? 0 : DESCRIPTOR_SECTORS;
        int grainCount = Math.toIntExact(Math.ceilDiv(sectors, options.grainSectors()));
        int tables = Math.ceilDiv(grainCount, TABLE_ENTRIES);
        int directorySectors = Math.ceilDiv(tables * 4, SECTOR);
        int metadataSectors = directorySectors + tables * 4;
        long redundant = 1L + descriptorSectors;
        long directory = redundant + metadataSectors;
        long overhead =
                Math.ceilDiv(directory + metadataSectors, options.grainSectors())
                        * options.grainSectors();
        int[] entries = new int[tables * TABLE_ENTRIES];
        long next = overhead;
        for (int index : grains(true)) {
            byte[] bytes = grain(content, index);
            if (isLeftOut(index)) {
                continue;
            }
            if (options.zeroedGrains() && Content.isZero(bytes)) {
                entries[index] = 1;
                continue;
            }
            next += chance(10) ? options.grainSectors() : 0;
            entries[index] = Math.toIntExact(next);
            writeAt(next * SECTOR, bytes);
            next += options.grainSectors();
        }
        int flags = 2 | (options.zeroedGrains() ? 4 : 0);
        writeAt(
                0,
                header(
                        options.zeroedGrains() ? 2 : 1,
                        flags,
                        descriptorSectors,
                        redundant,
                        directory,
                        overhead,
                        0));
        writeAt(SECTOR, descriptor.getBytes(StandardCharsets.UTF_8));
        for (long start : new long[] {redundant, directory}) {
            writeTables(start, directorySectors, tables, entries);
        }
        file.setLength(Math.max(file.length(), overhead * SECTOR));
    }

    private void writeTables(long start, int directorySectors, int tables, int[] entries) {
        int[] directory = new int[tables];
        for (int i = 0; i < tables; i++) {
            directory[i] = Math.toIntExact(start + directorySectors + i * 4L);
            writeAt(
                    directory[i] * (long) SECTOR,
                    words(Arrays.copyOfRange(entries, i * TABLE_ENTRIES, (i + 1) * TABLE_ENTRIES)));
        }
        writeAt(start * SECTOR, words(directory));
    }

    /**
     * Grains behind markers; each table follows its grains, and the directory and the footer follow
     * all.
     */
    private void stream(String name) throws IOException {
        String descriptor =
                descriptor(
                        "streamOptimized", List.of("RW " + sectors + " SPARSE \"" + name + "\""));
        int grainCount = Math.toIntExact(Math.ceilDiv(sectors, options.grainSectors()));
        int tables = Math.ceilDiv(grainCount, TABLE_ENTRIES);
        int[] directory = new int[tables];
        long overhead = 128;
        long next = overhead;
        for (int table = 0; table < tables; table++) {
            int[] entries = new int[TABLE_ENTRIES];
            boolean any = false;
            for (int i = 0; i < TABLE_ENTRIES && table * TABLE_ENTRIES + i < grainCount; i++) {
                int index = table * TABLE_ENTRIES + i;
                if (!isLeftOut(index)) {
                    entries[i] = Math.toIntExact(next);
                    next += writeGrain(next, index);
                    any = true;
                }
            }
            if (any) {
                writeAt(next * SECTOR, marker(4, 1));
                writeAt((next + 1) * SECTOR, words(entries));
                directory[table] = Math.toIntExact(next + 1);
                next += 5;
            }
        }
        int directorySectors = Math.ceilDiv(tables * 4, SECTOR);
        writeAt(next * SECTOR, marker(directorySectors, 2));
        writeAt((next + 1) * SECTOR, words(directory));
        long directoryAt = next + 1;
        next += 1 + directorySectors;
        int flags = 0x30000;
        writeAt(
                0,
                header(
                        3,
                        flags,
                        DESCRIPTOR_SECTORS,
                        0,
                        options.footer() ? -1L : directoryAt,
                        overhead,
                        1));
        writeAt(SECTOR, descriptor.getBytes(StandardCharsets.UTF_8));
        if (options.footer()) {
            writeAt(next * SECTOR, marker(1, 3));
            writeAt(
                    (next + 1) * SECTOR,
                    header(3, flags, DESCRIPTOR_SECTORS, 0, directoryAt, overhead, 1));
            next += 2;
        }
        writeAt(next * SECTOR, new byte[SECTOR]);
    }

    /**
     * Writes one grain; gives its sectors. The last may be cut at the end of the disk, or padded.
     */
    private long writeGrain(long sector, int index) throws IOException {
        byte[] bytes = grain(content, index);
        long left = content.size() - (long) index * grainBytes;
        if (left < grainBytes && !chance(50)) {
            bytes = Arrays.copyOf(bytes, (int) left);
        }
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (DeflaterOutputStream out =
                new DeflaterOutputStream(compressed, new Deflater(chance(50) ? 1 : 6))) {
            out.write(bytes);
        }
        ByteBuffer out =
                ByteBuffer.allocate(Math.ceilDiv(12 + compressed.size(), SECTOR) * SECTOR)
                        .order(ByteOrder.LITTLE_ENDIAN);
        out.putLong((long) index * options.grainSectors())
                .putInt(compressed.size())
                .put(compressed.toByteArray());
        writeAt(sector * SECTOR, out.array());
        return out.capacity() / SECTOR;
    }

    private static byte[] marker(long sectors, int type) {
        return ByteBuffer.allocate(SECTOR)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(sectors)
                .putInt(0)
                .putInt(type)
                .array();
    }

    /** A COWD extent: header, directory at sector 4, tables of 4,096 entries. */
    private void cowd() throws IOException {
        int grainCount = Math.toIntExact(Math.ceilDiv(sectors, options.grainSectors()));
        int tables = Math.ceilDiv(grainCount, COWD_TABLE_ENTRIES);
        int directorySectors = Math.ceilDiv(tables * 4, SECTOR);
        int tableSectors = COWD_TABLE_ENTRIES * 4 / SECTOR;
        long next = 4 + directorySectors + (long) tables * tableSectors;
        int[] entries = new int[tables * COWD_TABLE_ENTRIES];
        for (int index : grains(true)) {
            if (!isLeftOut(index)) {
                entries[index] = Math.toIntExact(next);
                writeAt(next * SECTOR, grain(content, index));
                next += options.grainSectors();
            }
        }
        int[] directory = new int[tables];
        for (int i = 0; i < tables; i++) {
            directory[i] = 4 + directorySectors + i * tableSectors;
            writeAt(
                    directory[i] * (long) SECTOR,
                    words(
                            Arrays.copyOfRange(
                                    entries,
                                    i * COWD_TABLE_ENTRIES,
                                    (i + 1) * COWD_TABLE_ENTRIES)));
        }
        writeAt(4 * SECTOR, words(directory));
        ByteBuffer out = ByteBuffer.allocate(4 * SECTOR).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(0x44574f43)
                .putInt(1)
                .putInt(3)
                .putInt((int) sectors)
                .putInt(options.grainSectors());
        out.putInt(4).putInt(tables).putInt((int) next);
        writeAt(0, out.array());
    }

    private void seSparse() throws IOException {
        new SeSparseOracle(content, file, options.seed() != 0 ? random : null).write();
    }

    private static byte[] words(int[] words) {
        ByteBuffer buffer =
                ByteBuffer.allocate(Math.ceilDiv(words.length * 4, SECTOR) * SECTOR)
                        .order(ByteOrder.LITTLE_ENDIAN);
        for (int word : words) {
            buffer.putInt(word);
        }
        return buffer.array();
    }
}

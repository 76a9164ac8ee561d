package dev.quarry.testdata;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;

/**
 * Disks that resemble installed systems, made from a seed: a partition table, tables that differ
 * everywhere, and files on blocks of 4 KiB with free space between them. Variants of one seed are
 * related as machine images are: they share most of their files, and have them in other places. The
 * same arguments give the same bytes on every machine.
 */
public final class DemoDisk {

    /** Variants of a seed that are related; more can be had. */
    public static final int VARIANTS = 3;

    /** Bytes of a disk unless told otherwise. */
    public static final long DEFAULT_SIZE = 128L << 20;

    private static final int BLOCK = 4096;
    private static final int SECTOR = 512;
    private static final long PARTITION_START = 1 << 20;

    /** Of 100 files, so many are in every variant; each of the others in every third. */
    private static final int SHARED_PERCENT = 35;

    private static final int FOLDER_FILES = 24;

    /**
     * Guest bytes for each file that a variant may have. It has somewhat more than half of them,
     * and one takes 80 KiB on average with the free space behind it.
     */
    private static final int SPACE_PER_FILE = 56 << 10;

    private static final int WORDS = 1024;
    private static final String LETTERS = "etaoinshrdlucmfw";

    private final long seed;
    private final int variant;
    private final long size;
    private final byte[][] words = new byte[WORDS][];

    private DemoDisk(long seed, int variant, long size) {
        this.seed = seed;
        this.variant = variant;
        this.size = size;
        SplittableRandom random = new SplittableRandom(seed ^ 0x776f726473L);
        for (int i = 0; i < WORDS; i++) {
            StringBuilder word = new StringBuilder();
            for (int n = random.nextInt(2, 11); n > 0; n--) {
                word.append(LETTERS.charAt(skewed(random, LETTERS.length())));
            }
            words[i] =
                    word.append(i % 9 == 0 ? '\n' : ' ')
                            .toString()
                            .getBytes(StandardCharsets.US_ASCII);
        }
    }

    /**
     * Writes a disk of {@link #DEFAULT_SIZE}, of which somewhat more than half is used; the rest is
     * holes.
     *
     * @param raw the file, replaced if it is there
     * @param seed the family of disks
     * @param variant which member of it, from 0
     */
    public static void write(Path raw, long seed, int variant) throws IOException {
        write(raw, seed, variant, DEFAULT_SIZE);
    }

    /**
     * Writes a disk.
     *
     * @param size bytes, at least 4 MiB, a multiple of 4 KiB
     */
    public static void write(Path raw, long seed, int variant, long size) throws IOException {
        if (size < 4 << 20 || size % BLOCK != 0) {
            throw new IllegalArgumentException(
                    size + " bytes are fewer than 4 MiB, or not whole blocks");
        }
        try (FileChannel channel =
                FileChannel.open(
                        raw,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.SPARSE)) {
            new DemoDisk(seed, variant, size).write(channel);
        }
    }

    private void write(FileChannel channel) throws IOException {
        writeAt(channel, 0, partitionTable());
        long tablesEnd = PARTITION_START + size / 64 / BLOCK * BLOCK;
        writeTables(channel, PARTITION_START, tablesEnd);
        long filesEnd = tablesEnd + (size - tablesEnd) * 6 / 10 / BLOCK * BLOCK;
        writeFiles(channel, tablesEnd, filesEnd);
        if (channel.size() < size) {
            channel.write(ByteBuffer.allocate(1), size - 1);
        }
    }

    private static void writeAt(FileChannel channel, long position, byte[] bytes)
            throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer, position + buffer.position());
        }
    }

    /** A master boot record with one Linux partition at 1 MiB. */
    private byte[] partitionTable() {
        ByteBuffer sector = ByteBuffer.allocate(SECTOR).order(ByteOrder.LITTLE_ENDIAN);
        sector.putInt(440, (int) (seed * 31 + variant));
        sector.put(446 + 4, (byte) 0x83);
        sector.putInt(446 + 8, (int) (PARTITION_START / SECTOR));
        sector.putInt(446 + 12, (int) Math.min((size - PARTITION_START) / SECTOR, 0xffffffffL));
        sector.putShort(510, (short) 0xaa55);
        return sector.array();
    }

    /**
     * What a file system keeps of its files: small records, mostly alike, with times that differ in
     * each variant.
     */
    private void writeTables(FileChannel channel, long start, long end) throws IOException {
        SplittableRandom random = new SplittableRandom(seed ^ (variant + 1L) * 0x7461626c6573L);
        for (long position = start; position < end; position += BLOCK) {
            ByteBuffer block = ByteBuffer.allocate(BLOCK).order(ByteOrder.LITTLE_ENDIAN);
            if (random.nextInt(4) > 0) {
                for (int at = 0; at < BLOCK; at += 256) {
                    block.putInt(at, 0x81a4).putInt(at + 4, random.nextInt(1 << 22));
                    block.putInt(at + 8, 1_700_000_000 + random.nextInt(1 << 20));
                    block.putInt(at + 40, random.nextInt(1 << 18));
                }
                writeAt(channel, position, block.array());
            }
        }
    }

    /**
     * Folders of files, the folders in an order of the variant's own, with free blocks between some
     * files.
     */
    private void writeFiles(FileChannel channel, long start, long end) throws IOException {
        Random random = new Random(seed ^ (variant + 1L) * 0x66696c6573L);
        List<Integer> folders = new ArrayList<>();
        long count = (end - start) / SPACE_PER_FILE / FOLDER_FILES + 1;
        for (int i = 0; i < count; i++) {
            folders.add(i);
        }
        Collections.shuffle(folders, random);
        long position = start;
        for (int folder : folders) {
            for (int i = 0; i < FOLDER_FILES; i++) {
                long id = (long) folder * FOLDER_FILES + i;
                if (!isInVariant(id)) {
                    continue;
                }
                byte[] bytes = file(id);
                if (position + bytes.length > end) {
                    return;
                }
                writeAt(channel, position, bytes);
                position += Math.ceilDiv((long) bytes.length, BLOCK) * BLOCK;
                if (random.nextInt(16) == 0) {
                    position += (1L + random.nextInt(32)) * BLOCK;
                }
            }
        }
    }

    private boolean isInVariant(long id) {
        return fileRandom(id, 1).nextInt(100) < SHARED_PERCENT
                || fileRandom(id, 2 + variant).nextInt(3) == 0;
    }

    private SplittableRandom fileRandom(long id, long purpose) {
        return new SplittableRandom(seed * 0x9E3779B97F4A7C15L + id * 0x1000193 + purpose);
    }

    /** The bytes of one file: the same in every variant that has it. */
    private byte[] file(long id) {
        SplittableRandom random = fileRandom(id, 0);
        int length = (int) (512 * Math.pow(2, random.nextDouble(10))) + random.nextInt(512);
        int kind = random.nextInt(10);
        byte[] bytes = new byte[length];
        if (kind < 4) {
            fillWithText(bytes, random);
        } else if (kind < 8) {
            fillWithRecords(bytes, random);
        } else {
            random.nextBytes(bytes); // Compressed already, as archives and pictures are.
        }
        return bytes;
    }

    /** Low numbers are likelier than high ones, as letters and words are. */
    private static int skewed(SplittableRandom random, int bound) {
        int one = random.nextInt(bound);
        int other = random.nextInt(bound);
        return Math.min(one, other);
    }

    private void fillWithText(byte[] bytes, SplittableRandom random) {
        int at = 0;
        while (at < bytes.length) {
            byte[] word = words[skewed(random, WORDS)];
            int length = Math.min(word.length, bytes.length - at);
            System.arraycopy(word, 0, bytes, at, length);
            at += length;
        }
    }

    /** As machine code and tables are: short records of which some bytes change. */
    private static void fillWithRecords(byte[] bytes, SplittableRandom random) {
        int record = 8 << random.nextInt(3);
        byte[] pattern = new byte[record];
        random.nextBytes(pattern);
        for (int at = 0; at < bytes.length; at += record) {
            pattern[random.nextInt(record)] = (byte) random.nextInt();
            if (random.nextInt(8) == 0) {
                pattern[random.nextInt(record)] = 0;
            }
            System.arraycopy(pattern, 0, bytes, at, Math.min(record, bytes.length - at));
        }
    }
}

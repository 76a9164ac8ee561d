package dev.quarry.testdata;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Writes the seSparse extents of {@link VmdkOracle}. */
final class SeSparseOracle {

    private static final int SECTOR = 512;

    private final Content content;
    private final RandomAccessFile file;
    private final long sectors;
    private final @Nullable Random random;

    /**
     * @param content whole sectors
     * @param file stays the caller's
     * @param random chooses; without, grains are written in order and zeros are left out
     */
    SeSparseOracle(Content content, RandomAccessFile file, @Nullable Random random) {
        this.content = content;
        this.file = file;
        this.sectors = content.size() / SECTOR;
        this.random = random;
    }

    private boolean chance(int percent) {
        return random != null && random.nextInt(100) < percent;
    }

    private void writeAt(long position, byte[] bytes) throws IOException {
        file.seek(position);
        file.write(bytes);
    }

    /**
     * A seSparse extent: two headers, room for a journal, a directory at sector 4096, tables of
     * 4,096 entries of 8 bytes, and grains of 4 KiB in any order.
     */
    void write() throws IOException {
        int grainCount = Math.toIntExact(Math.ceilDiv(sectors, 8));
        int tableCount = Math.ceilDiv(grainCount, 4096);
        long tables = 4096L + Math.ceilDiv(tableCount * 8, SECTOR);
        long bitmap = tables + tableCount * 64L;
        long grains = Math.ceilDiv(bitmap, 8) * 8 + 64;
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < grainCount; i++) {
            order.add(i);
        }
        if (random != null) {
            Collections.shuffle(order, random);
        }
        ByteBuffer entries =
                ByteBuffer.allocate(tableCount * 4096 * 8).order(ByteOrder.LITTLE_ENDIAN);
        long next = 0;
        for (int index : order) {
            byte[] bytes = content.read((long) index * 4096, 4096);
            if (!Content.isZero(bytes) || chance(10)) {
                long entry = 3L << 60 | (next & 0xfff) << 48 | next >>> 12;
                entries.putLong(index * 8, entry);
                writeAt(grains * SECTOR + next * 4096, bytes);
                next += chance(10) ? 2 : 1;
            } else if (random != null) {
                entries.putLong(index * 8, (long) random.nextInt(3) << 60);
            }
        }
        ByteBuffer directory =
                ByteBuffer.allocate((int) (tables - 4096) * SECTOR).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < tableCount; i++) {
            int number = random == null ? i : tableCount - 1 - i;
            directory.putLong(0x1000000000000000L | number);
            byte[] table = new byte[4096 * 8];
            entries.get(i * table.length, table);
            writeAt((tables + number * 64L) * SECTOR, table);
        }
        writeAt(4096L * SECTOR, directory.array());
        ByteBuffer out = ByteBuffer.allocate(2 * SECTOR).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(0xcafebabeL).putLong(0x200000001L).putLong(sectors).putLong(8).putLong(64);
        out.position(80);
        for (long word : new long[] {1, 1, 2, 2, 2048, 2048, 4096, tables - 4096, tables}) {
            out.putLong(word);
        }
        out.putLong(tableCount * 64L).putLong(bitmap).putLong(8).putLong(bitmap + 8).putLong(8);
        out.putLong(grains).putLong(Math.max(1, next) * 8);
        out.putLong(SECTOR, 0xcafecafeL);
        writeAt(0, out.array());
        file.setLength(Math.max(file.length(), grains * SECTOR));
    }
}

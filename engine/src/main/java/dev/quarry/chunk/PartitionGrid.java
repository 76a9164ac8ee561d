package dev.quarry.chunk;

import dev.quarry.block.BlockSource;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Finds how the grid must be shifted so that the file systems of a partitioned disk fall onto it.
 * Disks partitioned by old tools begin their first partition at sector 63, and would share nothing
 * with others otherwise.
 *
 * <p>Read are the primary entries of an MBR (four entries of 16 bytes at 0x1be, the first sector at
 * +8 and their number at +12, signature 55 aa at 0x1fe, in sectors of 512 bytes) and the logical
 * partitions of its extended ones. A GPT is taken as aligned: the tools that write it align to 1
 * MiB. What does not look like a table of partitions gives no shift.
 */
public final class PartitionGrid {

    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int SECTOR_BYTES = 512;
    private static final int SECTORS_PER_BLOCK = Grid.BLOCK_BYTES / SECTOR_BYTES;
    private static final int SIGNATURE_POSITION = 0x1fe;
    private static final int TABLE_POSITION = 0x1be;
    private static final int ENTRY_BYTES = 16;
    private static final int ENTRIES = 4;
    private static final int ENTRY_TYPE = 4;
    private static final int ENTRY_FIRST_SECTOR = 8;
    private static final int ENTRY_SECTORS = 12;
    private static final int TYPE_GPT = 0xee;

    /** Logical partitions at most; the tables form a chain, which may be a circle. */
    private static final int LOGICAL_MAX = 64;

    /** Sectors in partitions that begin so many sectors behind a block boundary. */
    private final long[] sectorsByPhase = new long[SECTORS_PER_BLOCK];

    private PartitionGrid() {}

    /**
     * Bytes by which a disk must be moved up so that most of what its partitions hold begins on
     * whole blocks.
     *
     * @return a multiple of 512 below 4,096; 0 for a disk that is aligned or has no partitions
     */
    public static int leadOf(BlockSource disk) throws IOException {
        PartitionGrid grid = new PartitionGrid();
        try (Arena arena = Arena.ofConfined()) {
            grid.readTable(disk, arena.allocate(SECTOR_BYTES), 0, 0, 0);
        }
        int best = 0;
        for (int phase = 1; phase < SECTORS_PER_BLOCK; phase++) {
            if (grid.sectorsByPhase[phase] > grid.sectorsByPhase[best]) {
                best = phase;
            }
        }
        return (SECTORS_PER_BLOCK - best) % SECTORS_PER_BLOCK * SECTOR_BYTES;
    }

    /**
     * @param table sector of the table
     * @param extended sector that links in an extended partition count from, 0 in the MBR
     */
    private void readTable(
            BlockSource disk, MemorySegment sector, long table, long extended, int depth)
            throws IOException {
        if (depth > LOGICAL_MAX || (table + 1) * SECTOR_BYTES > disk.size()) {
            return;
        }
        disk.read(table * SECTOR_BYTES, sector);
        if (sector.get(ValueLayout.JAVA_BYTE, SIGNATURE_POSITION) != 0x55
                || sector.get(ValueLayout.JAVA_BYTE, SIGNATURE_POSITION + 1) != (byte) 0xaa) {
            return;
        }
        long next = -1;
        for (int i = 0; i < ENTRIES; i++) {
            int at = TABLE_POSITION + i * ENTRY_BYTES;
            int type = sector.get(ValueLayout.JAVA_BYTE, at + ENTRY_TYPE) & 0xff;
            long first = Integer.toUnsignedLong(sector.get(INT, at + ENTRY_FIRST_SECTOR));
            long sectors = Integer.toUnsignedLong(sector.get(INT, at + ENTRY_SECTORS));
            if (type == 0 || sectors == 0 || type == TYPE_GPT) {
                continue;
            }
            if (isExtended(type)) {
                next = extended + first;
            } else if ((table + first) * SECTOR_BYTES < disk.size()) {
                sectorsByPhase[(int) ((table + first) % SECTORS_PER_BLOCK)] += sectors;
            }
        }
        if (next > 0) {
            readTable(disk, sector, next, extended == 0 ? next : extended, depth + 1);
        }
    }

    private static boolean isExtended(int type) {
        return type == 0x05 || type == 0x0f || type == 0x85;
    }
}

package dev.quarry.formats.vmdk;

/**
 * Where everything stands in a space-efficient sparse extent (seSparse), which VMware has not
 * described; the numbers are those that QEMU's reader relies on. All numbers are little-endian
 * words of 8 bytes; positions and sizes are sectors.
 *
 * <pre>
 *  +-----------------+ sector 0
 *  | constant header |
 *  +-----------------+ 1
 *  | volatile header |  says whether the journal must be replayed
 *  +-----------------+ 2
 *  | journal         |
 *  +-----------------+ directory
 *  | grain directory |  entry: 0x10000000 | number of the table u32
 *  +-----------------+ tables
 *  | grain tables    |  of 64 sectors: 4,096 entries for grains of 4 KiB
 *  +-----------------+
 *  | bitmap, backmap |
 *  +-----------------+ grains
 *  | grains          |
 *  +-----------------+
 *
 *  grain table entry   63  60 59                    48 47                              0
 *                     +------+------------------------+---------------------------------+
 *                     | type | grain, bits 0 to 11    | grain, bits 12 to 59            |
 *                     +------+------------------------+---------------------------------+
 *                      0 not allocated   1 unmapped: zeros   2 zeros   3 allocated
 * </pre>
 *
 * @see <a href="https://gitlab.com/qemu-project/qemu/-/blob/master/block/vmdk.c">QEMU,
 *     block/vmdk.c</a>
 */
final class SeSparseLayout {

    static final long MAGIC = 0xcafebabeL;
    static final long VOLATILE_MAGIC = 0xcafecafeL;
    static final long VERSION = 0x200000001L;

    static final int MAGIC_POSITION = 0;
    static final int VERSION_POSITION = 8;
    static final int CAPACITY_POSITION = 16;
    static final int GRAIN_SIZE_POSITION = 24;
    static final int TABLE_SIZE_POSITION = 32;
    static final int FLAGS_POSITION = 40;
    static final int VOLATILE_HEADER_POSITION = 80;
    static final int DIRECTORY_POSITION = 128;
    static final int DIRECTORY_SIZE_POSITION = 136;
    static final int TABLES_POSITION = 144;
    static final int TABLES_SIZE_POSITION = 152;
    static final int GRAINS_POSITION = 192;
    static final int HEADER_BYTES = 512;

    static final int VOLATILE_MAGIC_POSITION = 0;
    static final int REPLAY_JOURNAL_POSITION = 24;

    static final int ENTRY_BYTES = 8;
    static final int GRAIN_SECTORS = 8;
    static final int GRAIN_BITS = 12;
    static final int TABLE_SECTORS = 64;
    static final int TABLE_ENTRIES_BITS = 12;

    /** Guest bytes under one table: 16 MiB. */
    static final int COVERAGE_BITS = GRAIN_BITS + TABLE_ENTRIES_BITS;

    static final long DIRECTORY_ENTRY_ALLOCATED = 0x10000000L;
    static final int ENTRY_TYPE_SHIFT = 60;
    static final int TYPE_UNALLOCATED = 0;
    static final int TYPE_UNMAPPED = 1;
    static final int TYPE_ZERO = 2;
    static final int TYPE_ALLOCATED = 3;

    /** 64 TiB, the most that the format is made for. */
    static final long CAPACITY_SECTORS_MAX = 1L << 37;

    private SeSparseLayout() {}

    /** Number of the grain that an entry of type {@link #TYPE_ALLOCATED} names. */
    static long grain(long entry) {
        return (entry >>> 48 & 0xfff) | (entry & 0xffffffffffffL) << 12;
    }
}

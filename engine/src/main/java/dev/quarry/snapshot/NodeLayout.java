package dev.quarry.snapshot;

/**
 * Where things stand in the nodes of a snapshot. All numbers are little-endian; {@code
 * store-format.md} is the specification.
 *
 * <pre>
 *   root, 112 bytes                       inner node                         leaf
 *     0  8 bytes magic "QROOT\0\0\1"        0  8 bytes magic "QNODE\0\0\1"     0  8 bytes magic "QLEAF\0\0\1"
 *     8  u32 cutter                         8  u32 level, 1 and up             8  u32 chunks
 *    12  u32 average chunk bytes           12  u32 children                   12  u32 zero
 *    16  u32 maximum chunk bytes           16  children, 36 bytes each:       16  32 bytes digest of the page, or zero
 *    20  u32 lead                               0  u32 number, 0 to 1023      48  chunks, 36 bytes each:
 *    24  u64 size                               4  32 bytes id                     0  u16 first block in the page
 *    32  u32 levels                                                                2  u16 blocks
 *    36  u32 zero                                                                  4  32 bytes id
 *    40  32 bytes id of the top, or zero
 *    72  32 bytes content digest
 *   104  8 bytes zero
 * </pre>
 *
 * Children and chunks are ascending; what is not listed is zeros. A tree of 0 levels has one leaf,
 * and each level has 1,024 times more. A node without children is not written: 32 zero bytes stand
 * for it.
 */
final class NodeLayout {

    static final long ROOT_MAGIC = 0x01_00_00_54_4f_4f_52_51L;
    static final long INNER_MAGIC = 0x01_00_00_45_44_4f_4e_51L;
    static final long LEAF_MAGIC = 0x01_00_00_46_41_45_4c_51L;

    static final int ROOT_BYTES = 112;
    static final int ROOT_CUTTER = 8;
    static final int ROOT_AVERAGE = 12;
    static final int ROOT_MAXIMUM = 16;
    static final int ROOT_LEAD = 20;
    static final int ROOT_SIZE = 24;
    static final int ROOT_LEVELS = 32;
    static final int ROOT_TOP = 40;
    static final int ROOT_CONTENT = 72;

    static final int INNER_LEVEL = 8;
    static final int INNER_CHILDREN = 12;
    static final int INNER_ENTRIES = 16;

    static final int LEAF_CHUNKS = 8;
    static final int LEAF_CONTENT = 16;
    static final int LEAF_ENTRIES = 48;

    static final int ENTRY_BYTES = 36;
    static final int ENTRY_ID = 4;
    static final int LEAF_BLOCKS = 2;

    static final int FAN_OUT = 1024;

    /** Enough for 1 PiB: 64 MiB, 64 GiB, 64 TiB, 64 PiB. */
    static final int LEVELS_MAX = 3;

    private NodeLayout() {}
}

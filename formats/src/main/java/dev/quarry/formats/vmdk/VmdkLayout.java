package dev.quarry.formats.vmdk;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Where everything stands in a sparse VMDK extent, and the limits that are kept. All numbers are
 * little-endian; positions and sizes in the file are sectors of 512 bytes.
 *
 * <pre>
 *  monolithicSparse                              streamOptimized
 *  +--------------------+ sector 0               +--------------------+ sector 0
 *  | header, magic KDMV |                        | header             |  grain directory: 2^64 - 1, "at the end"
 *  +--------------------+ 1                      +--------------------+ 1
 *  | descriptor, text   |                        | descriptor, text   |
 *  +--------------------+                        +--------------------+ overhead
 *  | redundant GD, GTs  |                        | marker | zlib data |  sector in the extent, bytes
 *  +--------------------+                        | marker | zlib data |
 *  | GD: u32 sectors    |--+                     | ...                |
 *  +--------------------+  |                     | marker | GT        |  behind the grains of its table
 *  | GTs: u32 sectors   |&lt;-+                     | ...                |
 *  +--------------------+ overhead               | marker | GD        |
 *  | grains             |                        | marker | footer    |  the header again, with the true directory
 *  +--------------------+                        | end of stream      |  512 zeros
 *                                                +--------------------+
 *
 *  guest sector:  | GD index | GT index (9 bits) | within the grain (7 bits) |
 *
 *  marker of a grain      0 sector u64   8 size u32 (&gt; 0)   12 data, up to the next sector
 *  marker of metadata     0 sectors u64  8 zero u32         12 type u32, to 512; then the metadata
 * </pre>
 *
 * A COWD extent (vmfsSparse) has another header, 4,096 entries in each table, and else the same
 * tables.
 *
 * @see <a
 *     href="https://github.com/libyal/libvmdk/blob/main/documentation/VMWare%20Virtual%20Disk%20Format%20(VMDK).asciidoc">libyal:
 *     VMware Virtual Disk Format</a>
 */
final class VmdkLayout {

    static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    static final int SECTOR_BYTES = 512;
    static final int SECTOR_BITS = 9;

    /** {@code "KDMV"}. */
    static final int MAGIC = 0x564d444b;

    static final int MAGIC_POSITION = 0;
    static final int VERSION_POSITION = 4;
    static final int FLAGS_POSITION = 8;
    static final int CAPACITY_POSITION = 12;
    static final int GRAIN_SIZE_POSITION = 20;
    static final int DESCRIPTOR_OFFSET_POSITION = 28;
    static final int DESCRIPTOR_SIZE_POSITION = 36;
    static final int TABLE_ENTRIES_POSITION = 44;
    static final int REDUNDANT_DIRECTORY_POSITION = 48;
    static final int DIRECTORY_POSITION = 56;
    static final int OVERHEAD_POSITION = 64;
    static final int UNCLEAN_SHUTDOWN_POSITION = 72;
    static final int NEWLINE_POSITION = 73;
    static final int COMPRESSION_POSITION = 77;
    static final int HEADER_BYTES = 512;

    static final int VERSION_MAX = 3;
    static final int FLAG_NEWLINE_TEST = 1;
    static final int FLAG_REDUNDANT_DIRECTORY = 1 << 1;
    static final int FLAG_ZEROED_GRAINS = 1 << 2;
    static final int FLAG_COMPRESSED = 1 << 16;
    static final int FLAG_MARKERS = 1 << 17;

    /** {@code "\n \r\n"}: what a transfer that takes the file for text would change. */
    static final int NEWLINE_BYTES = 0x0a0d200a;

    static final int COMPRESSION_NONE = 0;
    static final int COMPRESSION_DEFLATE = 1;

    /** In place of the directory's sector: it is named by the footer. */
    static final long DIRECTORY_AT_END = -1L;

    /** {@code "COWD"}. */
    static final int COWD_MAGIC = 0x44574f43;

    static final int COWD_VERSION_POSITION = 4;
    static final int COWD_FLAGS_POSITION = 8;
    static final int COWD_CAPACITY_POSITION = 12;
    static final int COWD_GRAIN_SIZE_POSITION = 16;
    static final int COWD_DIRECTORY_POSITION = 20;
    static final int COWD_DIRECTORY_ENTRIES_POSITION = 24;
    static final int COWD_TABLE_ENTRIES = 4096;
    static final int COWD_HEADER_BYTES = 4 * SECTOR_BYTES;

    static final int ENTRY_BYTES = 4;

    /** A grain table entry that stands for zeros, where the flag says that there are such. */
    static final int ENTRY_ZEROED = 1;

    static final int MARKER_VALUE_POSITION = 0;
    static final int MARKER_SIZE_POSITION = 8;
    static final int MARKER_TYPE_POSITION = 12;

    /** Bytes before a grain's data. */
    static final int GRAIN_MARKER_BYTES = 12;

    static final int MARKER_END_OF_STREAM = 0;
    static final int MARKER_GRAIN_TABLE = 1;
    static final int MARKER_GRAIN_DIRECTORY = 2;
    static final int MARKER_FOOTER = 3;

    /** Distances from the end of the file of a stream that nothing was appended to. */
    static final int FOOTER_MARKER_FROM_END = 1536;

    static final int FOOTER_FROM_END = 1024;

    static final long CAPACITY_SECTORS_MAX = Long.MAX_VALUE >>> SECTOR_BITS;

    /** 1 GiB, as in qemu; the format asks for a power of two. */
    static final long GRAIN_SECTORS_MAX = 1 << 21;

    /** 4 MiB: a compressed grain is decoded in memory. */
    static final long COMPRESSED_GRAIN_SECTORS_MAX = 1 << 13;

    static final int TABLE_ENTRIES_MAX = 4096;

    /** qemu reads the first MiB of a descriptor for extents. */
    static final int DESCRIPTOR_BYTES_MAX = 1 << 20;

    /** 256 TiB with usual grains. */
    static final int DIRECTORY_BYTES_MAX = 32 << 20;

    /** What may stand before the first grain of a stream: tables in front, for 512 GiB. */
    static final int STREAM_FRONT_BYTES_MAX = 64 << 20;

    /** Grain tables of a stream that may come later than their grains: those of 512 GiB. */
    static final int STREAM_TABLES_MAX = 1 << 14;

    /** What these may take together: as many as there may be with the usual 512 entries. */
    static final int STREAM_TABLE_BYTES_MAX = 32 << 20;

    /** Tables of a stream that are without grains: those of 32 TiB, 64 MiB of heap. */
    static final int STREAM_EMPTY_TABLES_MAX = 1 << 20;

    /** 16 TiB in extents of 2 GiB; each takes a file descriptor. */
    static final int EXTENTS_MAX = 8192;

    /** What is written: 64 KiB, as everyone does. */
    static final int GRAIN_SECTORS_WRITTEN = 128;

    static final int TABLE_ENTRIES_WRITTEN = 512;

    /** Room for programs that add lines to the descriptor in its place. */
    static final int DESCRIPTOR_SECTORS_WRITTEN = 20;

    /** Entries are sectors in 32 bits. */
    static final long SECTORS_MAX = 0xffffffffL;

    private VmdkLayout() {}
}

package dev.quarry.formats.qcow2;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Where everything stands in a qcow2 file, and the limits that are kept. All numbers are
 * big-endian.
 *
 * <pre>
 *  cluster 0                                            elsewhere, each on a cluster boundary
 *  +------------------------------+ 0
 *  | header, 72 bytes in version 2|                     +----------+   +----------+   +--------------+
 *  +------------------------------+ 72                  | L1 table |-->| L2 table |-->| data cluster |
 *  | features, version 3          |                     +----------+   +----------+   +--------------+
 *  +------------------------------+ header length                             \----->  compressed data, at any byte
 *  | extensions (type, length)    |                     +----------------+   +----------------+
 *  +------------------------------+ backing file offset | refcount table |-->| refcount block |
 *  | name of the backing file     |                     +----------------+   +----------------+
 *  +------------------------------+ 1 &lt;&lt; cluster bits
 *
 *  guest offset, 64 KiB clusters:   | L1 index | L2 index (13 bits) | within the cluster (16 bits) |
 *
 *  L2 entry   63 62 61          56 55                                  9 8            1  0
 *            +--+--+--------------+-------------------------------------+-------------+---+
 *  standard  |C | 0| reserved     | host position                       | reserved    | Z |
 *            +--+--+--------------+-------------------------------------+-------------+---+
 *  compressed|0 | 1| further sectors (cluster bits - 8) | host position, to the byte          |
 *            +--+--+------------------------------------+-------------------------------------+
 * </pre>
 *
 * C: the reference count is exactly one. Z: reads as zeros (version 3). With extended L2 entries a
 * second word follows: bit i says that subcluster i is allocated, bit 32 + i that it reads as
 * zeros.
 *
 * @see <a
 *     href="https://gitlab.com/qemu-project/qemu/-/blob/master/docs/interop/qcow2.rst">docs/interop/qcow2.rst</a>
 */
final class Qcow2Layout {

    static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /** {@code "QFI\xfb"}. */
    static final int MAGIC = 0x514649fb;

    static final int MAGIC_POSITION = 0;
    static final int VERSION_POSITION = 4;
    static final int BACKING_FILE_OFFSET_POSITION = 8;
    static final int BACKING_FILE_SIZE_POSITION = 16;
    static final int CLUSTER_BITS_POSITION = 20;
    static final int SIZE_POSITION = 24;
    static final int CRYPT_METHOD_POSITION = 32;
    static final int L1_SIZE_POSITION = 36;
    static final int L1_TABLE_OFFSET_POSITION = 40;
    static final int REFCOUNT_TABLE_OFFSET_POSITION = 48;
    static final int REFCOUNT_TABLE_CLUSTERS_POSITION = 56;
    static final int SNAPSHOT_COUNT_POSITION = 60;
    static final int SNAPSHOTS_OFFSET_POSITION = 64;
    static final int INCOMPATIBLE_FEATURES_POSITION = 72;
    static final int COMPATIBLE_FEATURES_POSITION = 80;
    static final int AUTOCLEAR_FEATURES_POSITION = 88;
    static final int REFCOUNT_ORDER_POSITION = 96;
    static final int HEADER_LENGTH_POSITION = 100;
    static final int COMPRESSION_TYPE_POSITION = 104;

    /** Bytes of a version 2 header, and so of the smallest file. */
    static final int HEADER_LENGTH_V2 = 72;

    /** Bytes of a version 3 header at least. */
    static final int HEADER_LENGTH_V3_MIN = 104;

    /** Bytes of the header that is written: with the compression type, padded to 8. */
    static final int HEADER_LENGTH_WRITTEN = 112;

    static final long INCOMPATIBLE_DIRTY = 1L;
    static final long INCOMPATIBLE_CORRUPT = 1L << 1;
    static final long INCOMPATIBLE_DATA_FILE = 1L << 2;
    static final long INCOMPATIBLE_COMPRESSION_TYPE = 1L << 3;
    static final long INCOMPATIBLE_EXTENDED_L2 = 1L << 4;
    static final long INCOMPATIBLE_KNOWN = (1L << 5) - 1;
    static final long COMPATIBLE_LAZY_REFCOUNTS = 1L;
    static final long AUTOCLEAR_BITMAPS = 1L;
    static final long AUTOCLEAR_DATA_FILE_RAW = 1L << 1;

    static final int CRYPT_NONE = 0;
    static final int CRYPT_AES = 1;
    static final int CRYPT_LUKS = 2;

    static final int COMPRESSION_ZLIB = 0;
    static final int COMPRESSION_ZSTD = 1;

    static final int EXTENSION_END = 0;
    static final int EXTENSION_BACKING_FORMAT = 0xe2792aca;
    static final int EXTENSION_FEATURE_NAMES = 0x6803f857;
    static final int EXTENSION_DATA_FILE = 0x44415441;

    /** Type and length, before an extension's data. */
    static final int EXTENSION_HEADER_BYTES = 8;

    static final int EXTENSION_ALIGNMENT = 8;

    /** An entry of the feature name table: kind, bit, and a name of up to 46 bytes. */
    static final int FEATURE_NAME_BYTES = 48;

    static final int FEATURE_NAME_POSITION = 2;

    static final int L1_ENTRY_BYTES = 8;
    static final int L2_ENTRY_BYTES = 8;
    static final int L2_ENTRY_BYTES_EXTENDED = 16;
    static final int L2_BITMAP_POSITION = 8;
    static final int SUBCLUSTERS = 32;

    /** Bits 9 to 55 of an L1 or a standard L2 entry. */
    static final long ENTRY_POSITION_MASK = 0x00fffffffffffe00L;

    static final long ENTRY_COPIED = 1L << 63;
    static final long ENTRY_COMPRESSED = 1L << 62;
    static final long ENTRY_ZERO = 1L;

    /** Bits that the two fields of a compressed entry share. */
    static final int COMPRESSED_FIELD_BITS = 62;

    /** A compressed entry has (cluster bits - 8) bits for the number of further sectors. */
    static final int COMPRESSED_SECTOR_BITS_BASE = 8;

    static final int SECTOR_BYTES = 512;

    static final int CLUSTER_BITS_MIN = 9;
    static final int CLUSTER_BITS_MAX = 21;
    static final int CLUSTER_BITS_DEFAULT = 16;
    static final int CLUSTER_BITS_MIN_EXTENDED = 14;
    static final int REFCOUNT_ORDER_MAX = 6;
    static final int REFCOUNT_ORDER_DEFAULT = 4;
    static final int L1_BYTES_MAX = 32 << 20;
    static final int REFCOUNT_TABLE_BYTES_MAX = 8 << 20;
    static final int SNAPSHOTS_MAX = 65536;
    static final int BACKING_FILE_NAME_BYTES_MAX = 1023;

    /** A format is named by a short word; longer ones only waste memory. */
    static final int BACKING_FORMAT_BYTES_MAX = 64;

    private Qcow2Layout() {}
}

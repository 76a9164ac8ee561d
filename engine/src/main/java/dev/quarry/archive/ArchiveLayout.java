package dev.quarry.archive;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Where things stand in an archive. All numbers are little-endian; {@code archive-format.md} is the
 * specification.
 *
 * <pre>
 *   header, 32 bytes               record, 24 bytes                 trailer, 40 bytes
 *    0  magic "QARCHIVE"            0  u64 offset                    0  magic "QARCHEND"
 *    8  u32 version, 1              8  u32 plain bytes               8  32 bytes SHA-256 of all before
 *   12  u32 description bytes      12  u32 stored bytes
 *   16  u64 zero                   16  u32 codec
 *   24  u32 CRC-32C, description   20  u32 CRC-32C, stored bytes
 *   28  u32 CRC-32C, bytes 0 to 27
 * </pre>
 */
final class ArchiveLayout {

    static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** "QARCHIVE" read as a little-endian number. */
    static final long HEADER_MAGIC = 0x45_56_49_48_43_52_41_51L;

    /** "QARCHEND" read as a little-endian number. */
    static final long TRAILER_MAGIC = 0x44_4e_45_48_43_52_41_51L;

    static final int VERSION = 1;

    static final int HEADER_BYTES = 32;
    static final int HEADER_VERSION = 8;
    static final int HEADER_DESCRIPTION_BYTES = 12;
    static final int HEADER_DESCRIPTION_CRC = 24;
    static final int HEADER_CRC = 28;

    static final int RECORD_BYTES = 24;
    static final int RECORD_OFFSET = 0;
    static final int RECORD_PLAIN_BYTES = 8;
    static final int RECORD_STORED_BYTES = 12;
    static final int RECORD_CODEC = 16;
    static final int RECORD_CRC = 20;

    static final int TRAILER_BYTES = 40;
    static final int TRAILER_DIGEST = 8;

    /** Guest bytes of a record; only the last of a disk has fewer. */
    static final int UNIT_BYTES = 256 << 10;

    /** A description of a hundred thousand characters is a large one. */
    static final int DESCRIPTION_BYTES_MAX = 4 << 20;

    private ArchiveLayout() {}
}

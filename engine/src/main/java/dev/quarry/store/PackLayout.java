package dev.quarry.store;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Where things stand in a pack. All numbers are little-endian; {@code store-format.md} is the
 * specification.
 *
 * <pre>
 *   0        header, 16 bytes: magic "QPACK\0\0\1", 8 zero bytes
 *   16       frames, one after the other
 *   F        footer:  frame table  (32 bytes each), chunk table (44 bytes each)
 *   F + ...  trailer, 64 bytes, the last of the file
 *
 *   frame table entry                chunk table entry           trailer
 *    0  u64 position                  0  32 bytes id              0  u64 position F of the footer
 *    8  u32 stored bytes             32  u32 frame                8  u32 frames
 *   12  u32 plain bytes              36  u32 offset in frame     12  u32 chunks
 *   16  u32 CRC-32C, stored bytes    40  u32 length              16  32 bytes SHA-256 of the footer
 *   20  u32 zero                                                 48  u32 CRC-32C of the footer, u32 zero
 *   24  u8  codec                                                56  8 bytes magic "QPACKEND"
 *   25  u8  kind: 0 data, 1 node
 *   26  6 bytes zero
 * </pre>
 *
 * <p>Of a trimmed pack, {@code NAME.frames} is what it was before, with holes where frames were
 * that nothing needs, and {@code NAME.pack} has the tables of the others:
 *
 * <pre>
 *   0        header, 32 bytes: magic "QTRIM\0\0\1", 16 bytes name of the pack that wrote the
 *            frames, u32 CRC-32C of these 24 bytes, u32 zero
 *   32       frame table, chunk table, trailer as above, with the magic "QTRIMEND"
 * </pre>
 */
final class PackLayout {

    static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** "QPACK", two zeros and the version, 1, read as a little-endian number. */
    static final long HEADER_MAGIC = 0x01_00_00_4b_43_41_50_51L;

    /** "QPACKEND" read as a little-endian number. */
    static final long TRAILER_MAGIC = 0x44_4e_45_4b_43_41_50_51L;

    /** "QTRIM", two zeros and the version, 1, read as a little-endian number. */
    static final long TRIMMED_HEADER_MAGIC = 0x01_00_00_4d_49_52_54_51L;

    /** "QTRIMEND" read as a little-endian number. */
    static final long TRIMMED_TRAILER_MAGIC = 0x44_4e_45_4d_49_52_54_51L;

    static final int HEADER_BYTES = 16;

    static final int TRIMMED_HEADER_BYTES = 32;
    static final int TRIMMED_ORIGIN = 8;
    static final int TRIMMED_CRC = 24;
    static final int TRIMMED_ZERO = 28;

    static final int TRAILER_BYTES = 64;

    static final int FRAME_ENTRY_BYTES = 32;
    static final int FRAME_POSITION = 0;
    static final int FRAME_STORED_BYTES = 8;
    static final int FRAME_PLAIN_BYTES = 12;
    static final int FRAME_CRC = 16;
    static final int FRAME_CODEC = 24;
    static final int FRAME_KIND = 25;

    static final int CHUNK_ENTRY_BYTES = 44;
    static final int CHUNK_ID = 0;
    static final int CHUNK_FRAME = 32;
    static final int CHUNK_OFFSET = 36;
    static final int CHUNK_LENGTH = 40;

    static final int TRAILER_FOOTER_POSITION = 0;
    static final int TRAILER_FRAMES = 8;
    static final int TRAILER_CHUNKS = 12;
    static final int TRAILER_DIGEST = 16;
    static final int TRAILER_CRC = 48;
    static final int TRAILER_ZERO = 52;
    static final int TRAILER_END_MAGIC = 56;

    static final int KIND_DATA = 0;
    static final int KIND_NODE = 1;

    /** Chunks of a pack at most; its footer stays below 200 MB, and 32-bit counts are safe. */
    static final int CHUNKS_MAX = 1 << 22;

    private PackLayout() {}
}

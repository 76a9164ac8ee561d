package dev.quarry.store;

/**
 * Where things stand in an index segment. All numbers are little-endian; {@code store-format.md} is
 * the specification.
 *
 * <pre>
 *   0      header, 32 bytes:  magic "QINDX\0\0\1", u32 packs, u32 bucket bits B, u64 entries, u32 CRC-32C, u32 zero
 *   32     names of the packs, 16 bytes each
 *   ...    bucket table: 2^B + 1 times u32, the number of the first entry whose prefix begins with the bucket's bits
 *   ...    entries, 16 bytes each, ascending by prefix: u64 prefix, u32 pack, u32 chunk
 *   ...    trailer, 8 bytes: magic "QINDXEND"
 * </pre>
 *
 * The prefix is the first eight bytes of an id, the first byte being the most significant. The
 * checksum covers the header before it and the names.
 */
final class IndexLayout {

    /** "QINDX", two zeros and the version, 1, read as a little-endian number. */
    static final long HEADER_MAGIC = 0x01_00_00_58_44_4e_49_51L;

    /** "QINDXEND" read as a little-endian number. */
    static final long TRAILER_MAGIC = 0x44_4e_45_58_44_4e_49_51L;

    static final int HEADER_BYTES = 32;
    static final int HEADER_PACKS = 8;
    static final int HEADER_BUCKET_BITS = 12;
    static final int HEADER_ENTRIES = 16;
    static final int HEADER_CRC = 24;
    static final int HEADER_ZERO = 28;

    static final int PACK_NAME_BYTES = 16;
    static final int BUCKET_BYTES = 4;
    static final int ENTRY_BYTES = 16;
    static final int ENTRY_PACK = 8;
    static final int ENTRY_CHUNK = 12;
    static final int TRAILER_BYTES = 8;

    /**
     * Entries that share a bucket on average: half a KiB, found with one cache miss and a short
     * walk.
     */
    static final int ENTRIES_PER_BUCKET = 32;

    static final int BUCKET_BITS_MAX = 26;
    static final int PACKS_MAX = 1 << 20;
    static final long ENTRIES_MAX = Integer.MAX_VALUE;

    private IndexLayout() {}

    /** How many leading bits of a prefix choose its bucket. */
    static int bucketBits(long entries) {
        int bits = 0;
        while (bits < BUCKET_BITS_MAX && (entries >> bits) > ENTRIES_PER_BUCKET) {
            bits++;
        }
        return bits;
    }

    static long bucketTable(int packs) {
        return HEADER_BYTES + (long) packs * PACK_NAME_BYTES;
    }

    static long entryTable(int packs, int bucketBits) {
        return bucketTable(packs) + ((1L << bucketBits) + 1) * BUCKET_BYTES;
    }

    static long size(int packs, int bucketBits, long entries) {
        return entryTable(packs, bucketBits) + entries * ENTRY_BYTES + TRAILER_BYTES;
    }
}

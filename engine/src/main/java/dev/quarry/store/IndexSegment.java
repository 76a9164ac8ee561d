package dev.quarry.store;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A sorted segment of the index, viewed in place. It says where a chunk may be; the pack's own
 * table decides. Thread-safe except for {@link #close}.
 */
final class IndexSegment implements Closeable {

    /** Entries that are looked at one by one, from where the one looked for should stand. */
    private static final int NEAR = 8;

    private final String name;
    private final MemorySegment memory;
    private final Numbers numbers;
    private final @Nullable Blob blob;
    private final int packs;
    private final int bucketBits;
    private final int entries;
    private final long bucketTable;
    private final long entryTable;

    private IndexSegment(String name, MemorySegment memory, @Nullable Blob blob)
            throws IOException {
        this.name = name;
        this.memory = memory;
        this.blob = blob;
        this.numbers = new Numbers(memory);
        long size = memory.byteSize();
        if (size < IndexLayout.HEADER_BYTES + IndexLayout.TRAILER_BYTES
                || numbers.longAt(0) != IndexLayout.HEADER_MAGIC) {
            throw corrupt("is no index segment of version 1");
        }
        this.packs = numbers.intAt(IndexLayout.HEADER_PACKS);
        this.bucketBits = numbers.intAt(IndexLayout.HEADER_BUCKET_BITS);
        long count = numbers.longAt(IndexLayout.HEADER_ENTRIES);
        if (packs < 0
                || packs > IndexLayout.PACKS_MAX
                || bucketBits < 0
                || bucketBits > IndexLayout.BUCKET_BITS_MAX
                || count < 0
                || count > IndexLayout.ENTRIES_MAX
                || IndexLayout.size(packs, bucketBits, count) != size
                || numbers.longAt(size - IndexLayout.TRAILER_BYTES) != IndexLayout.TRAILER_MAGIC
                || headerCrc(memory, packs) != numbers.intAt(IndexLayout.HEADER_CRC)) {
            throw corrupt("has a damaged header");
        }
        this.entries = (int) count;
        this.bucketTable = IndexLayout.bucketTable(packs);
        this.entryTable = IndexLayout.entryTable(packs, bucketBits);
    }

    static int headerCrc(MemorySegment memory, int packs) {
        MemorySegment covered =
                MemorySegment.ofArray(
                        new byte[IndexLayout.HEADER_CRC + packs * IndexLayout.PACK_NAME_BYTES]);
        MemorySegment.copy(memory, 0, covered, 0, IndexLayout.HEADER_CRC);
        MemorySegment.copy(
                memory,
                IndexLayout.HEADER_BYTES,
                covered,
                IndexLayout.HEADER_CRC,
                (long) packs * IndexLayout.PACK_NAME_BYTES);
        return Checksum.of(covered);
    }

    /**
     * @param blob becomes the segment's, also when this throws
     * @param arena the segment can be used until it is closed
     */
    static IndexSegment open(String name, Blob blob, Arena arena) throws IOException {
        try {
            return new IndexSegment(name, blob.view(0, blob.size(), arena), blob);
        } catch (IOException | RuntimeException e) {
            blob.close();
            throw e;
        }
    }

    /** A segment in memory, for packs that no stored segment covers yet. */
    static IndexSegment inMemory(MemorySegment memory) throws IOException {
        return new IndexSegment("(memory)", memory, null);
    }

    String name() {
        return name;
    }

    /** The segment's bytes, as they are stored. */
    MemorySegment memory() {
        return memory;
    }

    int entries() {
        return entries;
    }

    /** Names of the packs that the segment covers, by number. */
    List<String> packNames() {
        List<String> names = new ArrayList<>(packs);
        byte[] bytes = new byte[IndexLayout.PACK_NAME_BYTES];
        for (int i = 0; i < packs; i++) {
            long at = IndexLayout.HEADER_BYTES + (long) i * IndexLayout.PACK_NAME_BYTES;
            // Between segments: a copy into an array links handles, which takes 20 ms.
            MemorySegment.ofArray(bytes).copyFrom(memory.asSlice(at, bytes.length));
            names.add(HexFormat.of().formatHex(bytes));
        }
        return names;
    }

    /**
     * Number of the first entry that may have this prefix, or {@link #entries} if there is none.
     */
    int first(long prefix) {
        int bucket = bucketOf(prefix);
        int low = bucketStart(bucket);
        int high = bucketStart(bucket + 1);
        if (low < 0 || high < low || high > entries) {
            return entries;
        }
        // Ids are evenly spread, so an entry stands nearly where its prefix says.
        long fraction = (prefix << bucketBits) >>> Integer.SIZE;
        int at = low + (int) ((fraction * (high - low)) >>> Integer.SIZE);
        if (at < high && Long.compareUnsigned(prefix(at), prefix) < 0) {
            low = at + 1;
            int near = Math.min(high - low, NEAR) + low;
            for (; low < near; low++) {
                if (Long.compareUnsigned(prefix(low), prefix) >= 0) {
                    return low;
                }
            }
        } else {
            high = at;
            int near = high - Math.min(high - low, NEAR);
            for (; high > near; high--) {
                if (Long.compareUnsigned(prefix(high - 1), prefix) < 0) {
                    return high;
                }
            }
        }
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Long.compareUnsigned(prefix(middle), prefix) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Number of a bucket's first entry, and for the bucket behind the last one, of all entries. */
    int bucketStart(int bucket) {
        return numbers.intAt(bucketTable + (long) bucket * IndexLayout.BUCKET_BYTES);
    }

    int buckets() {
        return 1 << bucketBits;
    }

    /** The bucket that a prefix belongs to. */
    int bucketOf(long prefix) {
        return bucketBits == 0 ? 0 : (int) (prefix >>> (Long.SIZE - bucketBits));
    }

    private long entryAt(int entry) {
        return entryTable + (long) entry * IndexLayout.ENTRY_BYTES;
    }

    long prefix(int entry) {
        return numbers.longAt(entryAt(entry));
    }

    /**
     * Number of an entry's pack among those of the segment.
     *
     * @throws StoreException of kind CORRUPT if there is none of that number
     */
    int pack(int entry) throws StoreException {
        int pack = numbers.intAt(entryAt(entry) + IndexLayout.ENTRY_PACK);
        if (pack < 0 || pack >= packs) {
            throw corrupt("has an entry of a pack that it does not name, number " + pack);
        }
        return pack;
    }

    int chunk(int entry) {
        return numbers.intAt(entryAt(entry) + IndexLayout.ENTRY_CHUNK);
    }

    /** Checks the bytes that say nothing. */
    void checkEnvelope() throws IOException {
        if (memory.get(PackLayout.INT, IndexLayout.HEADER_ZERO) != 0) {
            throw corrupt("has a damaged header");
        }
    }

    StoreException corrupt(String reason) {
        return new StoreException(
                StoreException.Kind.CORRUPT, "index segment " + reason + ": " + name);
    }

    @Override
    public void close() throws IOException {
        if (blob != null) {
            blob.close();
        }
    }
}

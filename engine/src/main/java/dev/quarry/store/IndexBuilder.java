package dev.quarry.store;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** Makes index segments from the footers of packs; {@link SegmentMerger} merges them. */
final class IndexBuilder {

    /**
     * Entries that {@link #ofPacks} sorts at once; their number within the batch takes 24 bits of a
     * sort key.
     */
    private static final int BATCH_ENTRIES_MAX = 1 << 24;

    private static final long BATCH_MASK = BATCH_ENTRIES_MAX - 1;

    private final List<String> packs;
    private final int bucketBits;
    private final ByteBuffer out;
    private final int[] buckets;
    private final long entries;
    private int written;

    private IndexBuilder(List<String> packs, long entries) {
        this.packs = packs;
        this.entries = entries;
        this.bucketBits = IndexLayout.bucketBits(entries);
        long size = IndexLayout.size(packs.size(), bucketBits, entries);
        this.out = ByteBuffer.allocate(Math.toIntExact(size)).order(ByteOrder.LITTLE_ENDIAN);
        this.buckets = new int[(1 << bucketBits) + 1];
        Arrays.fill(buckets, Integer.MAX_VALUE);
        out.position(Math.toIntExact(IndexLayout.entryTable(packs.size(), bucketBits)));
    }

    /** A segment that covers the given packs. */
    static MemorySegment ofPacks(List<PackReader> packs) {
        int count = 0;
        for (PackReader pack : packs) {
            count = Math.addExact(count, pack.chunks());
        }
        if (count > BATCH_ENTRIES_MAX) {
            throw new IllegalArgumentException(count + " entries are more than are sorted at once");
        }
        long[] keys = new long[count];
        int[] firstOfPack = new int[packs.size() + 1];
        int next = 0;
        for (int p = 0; p < packs.size(); p++) {
            PackReader pack = packs.get(p);
            int chunks = pack.chunks();
            firstOfPack[p] = next;
            for (int chunk = 0; chunk < chunks; chunk++) {
                // The batch number replaces the prefix's low bits. The sign bit is flipped to sort
                // as unsigned.
                keys[next] = ((pack.prefix(chunk) & ~BATCH_MASK) | next) ^ Long.MIN_VALUE;
                next++;
            }
        }
        firstOfPack[packs.size()] = next;
        Arrays.sort(keys);
        IndexBuilder builder =
                new IndexBuilder(packs.stream().map(PackReader::name).toList(), count);
        builder.addSorted(keys, firstOfPack, packs);
        return builder.finish();
    }

    /**
     * Adds entries sorted by the upper 40 bits of their prefix, putting the few that agree in these
     * into order.
     */
    private void addSorted(long[] keys, int[] firstOfPack, List<PackReader> packs) {
        long[] run = new long[1];
        for (int i = 0; i < keys.length; ) {
            int end = i + 1;
            while (end < keys.length && (keys[end] & ~BATCH_MASK) == (keys[i] & ~BATCH_MASK)) {
                end++;
            }
            if (end == i + 1) {
                int number = (int) (keys[i] & BATCH_MASK);
                int pack = packOf(number, firstOfPack);
                int chunk = number - firstOfPack[pack];
                add(packs.get(pack).prefix(chunk), pack, chunk);
                i = end;
                continue;
            }
            if (end - i > run.length) {
                run = new long[end - i];
            }
            // Insertion by full prefix: such runs are two or three entries long.
            for (int k = i; k < end; k++) {
                int number = (int) (keys[k] & BATCH_MASK);
                int at = k - i;
                while (at > 0
                        && Long.compareUnsigned(
                                        prefixOf((int) run[at - 1], firstOfPack, packs),
                                        prefixOf(number, firstOfPack, packs))
                                > 0) {
                    run[at] = run[at - 1];
                    at--;
                }
                run[at] = number;
            }
            for (int k = 0; k < end - i; k++) {
                int number = (int) run[k];
                int pack = packOf(number, firstOfPack);
                add(prefixOf(number, firstOfPack, packs), pack, number - firstOfPack[pack]);
            }
            i = end;
        }
    }

    private static int packOf(int number, int[] firstOfPack) {
        int found = Arrays.binarySearch(firstOfPack, number);
        if (found < 0) {
            return -found - 2;
        }
        // An empty pack begins where the next one does: the last of them has the entry.
        while (found + 1 < firstOfPack.length && firstOfPack[found + 1] == number) {
            found++;
        }
        return found;
    }

    private static long prefixOf(int number, int[] firstOfPack, List<PackReader> packs) {
        int pack = packOf(number, firstOfPack);
        return packs.get(pack).prefix(number - firstOfPack[pack]);
    }

    private void add(long prefix, int pack, int chunk) {
        int bucket = bucketBits == 0 ? 0 : (int) (prefix >>> (Long.SIZE - bucketBits));
        if (buckets[bucket] == Integer.MAX_VALUE) {
            buckets[bucket] = written;
        }
        out.putLong(prefix).putInt(pack).putInt(chunk);
        written++;
    }

    private MemorySegment finish() {
        if (written != entries) {
            throw new AssertionError(written + " entries instead of " + entries);
        }
        out.putLong(IndexLayout.TRAILER_MAGIC);
        out.position(0);
        out.putLong(IndexLayout.HEADER_MAGIC)
                .putInt(packs.size())
                .putInt(bucketBits)
                .putLong(entries)
                .putLong(0);
        for (String pack : packs) {
            out.put(HexFormat.of().parseHex(pack));
        }
        // An empty bucket begins where the next one does.
        buckets[buckets.length - 1] = written;
        for (int i = buckets.length - 2; i >= 0; i--) {
            buckets[i] = Math.min(buckets[i], buckets[i + 1]);
        }
        for (int bucket : buckets) {
            out.putInt(bucket);
        }
        MemorySegment memory = MemorySegment.ofArray(out.array());
        memory.set(
                PackLayout.INT,
                IndexLayout.HEADER_CRC,
                IndexSegment.headerCrc(memory, packs.size()));
        return memory;
    }

    /** Writes a segment's bytes as a sealed blob. */
    static BlobWriter write(BlobStore blobs, MemorySegment memory) throws IOException {
        BlobWriter writer = blobs.newBlob();
        try {
            writer.write(0, memory);
            writer.seal();
            return writer;
        } catch (IOException | RuntimeException e) {
            writer.close();
            throw e;
        }
    }
}

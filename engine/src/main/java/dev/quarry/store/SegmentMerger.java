package dev.quarry.store;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Merges segments of the index into one, entry by entry into a new blob: memory is taken for its
 * bucket table alone. A pack that several of them cover is taken from the first. For one thread.
 */
final class SegmentMerger {

    /** Entries of a merged segment at most: its bucket table is then 32 MB. */
    static final long ENTRIES_MAX = 1L << 28;

    private static final int BUFFER_BYTES = 1 << 20;

    private final List<IndexSegment> segments;
    private final List<String> packs = new ArrayList<>();

    /** For each segment, new numbers of its packs, or -1 for one that is left out. */
    private final List<int[]> renumbered = new ArrayList<>();

    private final ByteBuffer buffer =
            ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final int bucketBits;
    private final long entries;
    private final int[] buckets;
    private long position;
    private int written;

    /**
     * @param keep whether a pack is still wanted
     */
    private SegmentMerger(List<IndexSegment> segments, Predicate<String> keep)
            throws StoreException {
        this.segments = segments;
        Map<String, Integer> numbers = new HashMap<>();
        for (IndexSegment segment : segments) {
            List<String> own = segment.packNames();
            int[] to = new int[own.size()];
            for (int i = 0; i < to.length; i++) {
                boolean taken =
                        keep.test(own.get(i))
                                && numbers.putIfAbsent(own.get(i), packs.size()) == null;
                to[i] = taken ? packs.size() : -1;
                if (taken) {
                    packs.add(own.get(i));
                }
            }
            renumbered.add(to);
        }
        long total = 0;
        for (int s = 0; s < segments.size(); s++) {
            IndexSegment segment = segments.get(s);
            for (int entry = 0; entry < segment.entries(); entry++) {
                total += renumbered.get(s)[segment.pack(entry)] >= 0 ? 1 : 0;
            }
        }
        this.entries = total;
        this.bucketBits = IndexLayout.bucketBits(entries);
        this.buckets = new int[(1 << bucketBits) + 1];
    }

    /**
     * Merges.
     *
     * @return the sealed segment; the caller's
     * @throws java.nio.file.NoSuchFileException if somebody else has merged one of them
     */
    static BlobWriter merge(BlobStore blobs, List<IndexSegment> segments, Predicate<String> keep)
            throws IOException {
        SegmentMerger merger = new SegmentMerger(segments, keep);
        BlobWriter writer = blobs.newBlob();
        try {
            merger.write(writer);
            writer.seal();
            return writer;
        } catch (IOException | RuntimeException e) {
            writer.close();
            throw e;
        }
    }

    private void write(BlobWriter writer) throws IOException {
        Arrays.fill(buckets, Integer.MAX_VALUE);
        position = IndexLayout.entryTable(packs.size(), bucketBits);
        writeEntries(writer);
        buffer.putLong(IndexLayout.TRAILER_MAGIC);
        flush(writer);
        if (written != entries || position != IndexLayout.size(packs.size(), bucketBits, entries)) {
            throw new AssertionError(written + " entries instead of " + entries);
        }
        writeHeader(writer);
        // An empty bucket begins where the next one does.
        buckets[buckets.length - 1] = written;
        for (int i = buckets.length - 2; i >= 0; i--) {
            buckets[i] = Math.min(buckets[i], buckets[i + 1]);
        }
        position = IndexLayout.bucketTable(packs.size());
        for (int bucket : buckets) {
            if (buffer.remaining() < IndexLayout.BUCKET_BYTES) {
                flush(writer);
            }
            buffer.putInt(bucket);
        }
        flush(writer);
    }

    private void writeEntries(BlobWriter writer) throws IOException {
        int count = segments.size();
        int[] at = new int[count];
        long[] prefixes = new long[count];
        for (int s = 0; s < count; s++) {
            at[s] = -1;
            advance(s, at, prefixes);
        }
        while (true) {
            int least = -1;
            for (int s = 0; s < count; s++) {
                if (at[s] < segments.get(s).entries()
                        && (least < 0 || Long.compareUnsigned(prefixes[s], prefixes[least]) < 0)) {
                    least = s;
                }
            }
            if (least < 0) {
                return;
            }
            IndexSegment segment = segments.get(least);
            add(
                    writer,
                    prefixes[least],
                    renumbered.get(least)[segment.pack(at[least])],
                    segment.chunk(at[least]));
            advance(least, at, prefixes);
        }
    }

    /** Goes on to a segment's next entry that is wanted. */
    private void advance(int s, int[] at, long[] prefixes) throws StoreException {
        IndexSegment segment = segments.get(s);
        int[] numbers = renumbered.get(s);
        int entry = at[s] + 1;
        while (entry < segment.entries() && numbers[segment.pack(entry)] < 0) {
            entry++;
        }
        at[s] = entry;
        prefixes[s] = entry < segment.entries() ? segment.prefix(entry) : 0;
    }

    private void add(BlobWriter writer, long prefix, int pack, int chunk) throws IOException {
        int bucket = bucketBits == 0 ? 0 : (int) (prefix >>> (Long.SIZE - bucketBits));
        if (buckets[bucket] == Integer.MAX_VALUE) {
            buckets[bucket] = written;
        }
        if (buffer.remaining() < IndexLayout.ENTRY_BYTES) {
            flush(writer);
        }
        buffer.putLong(prefix).putInt(pack).putInt(chunk);
        written++;
    }

    private void flush(BlobWriter writer) throws IOException {
        buffer.flip();
        writer.write(position, MemorySegment.ofBuffer(buffer));
        position += buffer.remaining();
        buffer.clear();
    }

    private void writeHeader(BlobWriter writer) throws IOException {
        long bytes = IndexLayout.bucketTable(packs.size());
        ByteBuffer header =
                ByteBuffer.allocate(Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(IndexLayout.HEADER_MAGIC)
                .putInt(packs.size())
                .putInt(bucketBits)
                .putLong(entries)
                .putLong(0);
        for (String pack : packs) {
            header.put(HexFormat.of().parseHex(pack));
        }
        MemorySegment memory = MemorySegment.ofArray(header.array());
        header.putInt(IndexLayout.HEADER_CRC, IndexSegment.headerCrc(memory, packs.size()));
        writer.write(0, memory);
    }
}

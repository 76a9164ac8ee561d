package dev.quarry.store;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/** Compares an index segment with the packs that it covers. */
final class IndexChecker {

    private final IndexSegment segment;
    private final Map<String, PackReader> packs;

    /**
     * @param packs the sound ones, by name; others that the segment names are passed over
     */
    IndexChecker(IndexSegment segment, Map<String, PackReader> packs) {
        this.segment = segment;
        this.packs = packs;
    }

    void check() throws IOException {
        segment.checkEnvelope();
        checkBuckets();
        List<String> names = segment.packNames();
        @Nullable PackReader[] readers = new @Nullable PackReader[names.size()];
        BitSet[] seen = new BitSet[readers.length];
        for (int i = 0; i < readers.length; i++) {
            readers[i] = packs.get(names.get(i));
            seen[i] = new BitSet();
        }
        for (int entry = 0; entry < segment.entries(); entry++) {
            checkEntry(entry, readers, seen);
        }
        for (int i = 0; i < readers.length; i++) {
            PackReader reader = readers[i];
            if (reader != null && seen[i].cardinality() != reader.chunks()) {
                throw segment.corrupt("leaves out chunks of pack " + names.get(i));
            }
        }
    }

    private void checkBuckets() throws IOException {
        int entry = 0;
        for (int bucket = 0; bucket < segment.buckets(); bucket++) {
            if (segment.bucketStart(bucket) != entry) {
                throw segment.corrupt("has a damaged bucket: number " + bucket);
            }
            while (entry < segment.entries() && segment.bucketOf(segment.prefix(entry)) == bucket) {
                entry++;
            }
        }
        if (entry != segment.entries() || segment.bucketStart(segment.buckets()) != entry) {
            throw segment.corrupt("has entries that are not in the order of buckets");
        }
    }

    private void checkEntry(int entry, @Nullable PackReader[] readers, BitSet[] seen)
            throws IOException {
        int number = segment.pack(entry);
        int chunk = segment.chunk(entry);
        boolean isAscending =
                entry == 0
                        || Long.compareUnsigned(segment.prefix(entry - 1), segment.prefix(entry))
                                <= 0;
        if (number < 0 || number >= readers.length || !isAscending) {
            throw segment.corrupt("has a damaged entry: number " + entry);
        }
        PackReader pack = readers[number];
        if (pack == null) {
            return;
        }
        if (chunk < 0
                || chunk >= pack.chunks()
                || pack.prefix(chunk) != segment.prefix(entry)
                || seen[number].get(chunk)) {
            throw segment.corrupt("has an entry that its pack contradicts: number " + entry);
        }
        seen[number].set(chunk);
    }
}

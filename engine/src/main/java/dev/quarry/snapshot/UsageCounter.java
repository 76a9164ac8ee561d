package dev.quarry.snapshot;

import dev.quarry.store.ChunkStore;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Counts what disks take in a store, and what of it they share. A chunk counts with its part of its
 * frame's stored bytes. Takes eight bytes of memory for each chunk of the store.
 */
public final class UsageCounter {

    private static final int NOBODY = 0;
    private static final int SEVERAL = -1;

    private final ChunkStore store;

    public UsageCounter(ChunkStore store) {
        this.store = store;
    }

    /**
     * Something that holds disks: an image with its snapshots.
     *
     * @param name for the caller
     * @param roots ids of its snapshots' roots, in hex
     */
    public record Holder(String name, List<String> roots) {}

    /**
     * What a holder takes.
     *
     * @param logicalBytes sizes of its disks
     * @param dataBytes of these that are not zeros
     * @param uniqueBytes of these in chunks that differ
     * @param storedBytes what these chunks take in packs
     * @param exclusiveBytes of these, what no other holder refers to
     */
    public record Usage(
            String name,
            long logicalBytes,
            long dataBytes,
            long uniqueBytes,
            long storedBytes,
            long exclusiveBytes) {

        /** What the holder shares with others. */
        public long sharedBytes() {
            return storedBytes - exclusiveBytes;
        }
    }

    /** Counts all holders against one another, in the order given. */
    public List<Usage> count(List<Holder> holders) throws IOException {
        SnapshotReader reader = new SnapshotReader(store, 1);
        ChunkStore.Reading reading = store.reading();
        int[] owner = new int[Math.toIntExact(reading.chunks())];
        for (int h = 0; h < holders.size(); h++) {
            int mark = h + 1;
            for (String root : holders.get(h).roots()) {
                reader.leaves(
                        reader.root(root),
                        (page, leaf) -> {
                            while (leaf.next()) {
                                int chunk =
                                        Math.toIntExact(reading.ordinal(reading.locate(leaf.id())));
                                owner[chunk] =
                                        owner[chunk] == NOBODY || owner[chunk] == mark
                                                ? mark
                                                : SEVERAL;
                            }
                        });
            }
        }
        List<Usage> usages = new ArrayList<>();
        int[] seenBy = new int[owner.length];
        Arrays.fill(seenBy, -1);
        for (int h = 0; h < holders.size(); h++) {
            usages.add(countOne(reader, reading, holders.get(h), h, owner, seenBy));
        }
        return usages;
    }

    private static Usage countOne(
            SnapshotReader reader,
            ChunkStore.Reading reading,
            Holder holder,
            int number,
            int[] owner,
            int[] seenBy)
            throws IOException {
        Sum sum = new Sum();
        for (String id : holder.roots()) {
            SnapshotRoot root = reader.root(id);
            sum.logical += root.size();
            reader.leaves(
                    root,
                    (page, leaf) -> {
                        while (leaf.next()) {
                            sum.data += leaf.bytes();
                            long location = reading.locate(leaf.id());
                            int chunk = Math.toIntExact(reading.ordinal(location));
                            if (seenBy[chunk] != number) {
                                seenBy[chunk] = number;
                                double stored = reading.storedBytesOf(location);
                                sum.unique += leaf.bytes();
                                sum.stored += stored;
                                sum.exclusive += owner[chunk] == number + 1 ? stored : 0;
                            }
                        }
                    });
        }
        return new Usage(
                holder.name(),
                sum.logical,
                sum.data,
                sum.unique,
                Math.round(sum.stored),
                Math.round(sum.exclusive));
    }

    private static final class Sum {
        long logical;
        long data;
        long unique;
        double stored;
        double exclusive;
    }
}

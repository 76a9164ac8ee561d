package dev.quarry.snapshot;

import dev.quarry.store.ChunkStore;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * Counts what disks take in a store, and what of it they share. A chunk counts with its part of its
 * frame's stored bytes ({@link ChunkStore.Reading#storedBytesOf}), a node of the tree with its
 * bytes; so sums are exact, and those of all different chunks are what the frames take. Takes eight
 * bytes of memory for each chunk of the store.
 */
public final class UsageCounter {

    private static final int NOBODY = 0;
    private static final int SEVERAL = -1;

    private final ChunkStore store;
    private final SnapshotReader reader;

    public UsageCounter(ChunkStore store) {
        this.store = store;
        this.reader = new SnapshotReader(store, 1);
    }

    /**
     * Something that holds disks: an image with its snapshots, or a snapshot.
     *
     * @param name for the caller
     * @param roots ids of its snapshots' roots, in hex
     */
    public record Holder(String name, List<String> roots) {}

    /**
     * What a holder takes.
     *
     * @param logicalBytes sizes of its disks
     * @param dataBytes of these that are not zeros: what it refers to
     * @param uniqueBytes of these in chunks that differ
     * @param storedBytes what these chunks and the nodes above them take in packs, compressed
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
        try (ChunkStore.Reading reading = store.reading()) {
            return count(reading, holders);
        }
    }

    private List<Usage> count(ChunkStore.Reading reading, List<Holder> holders) throws IOException {
        int[] owner = new int[Math.toIntExact(reading.chunks())];
        for (int h = 0; h < holders.size(); h++) {
            int mark = h + 1;
            for (String root : holders.get(h).roots()) {
                walk(
                        reading,
                        root,
                        (location, bytes) -> {
                            int at = Math.toIntExact(reading.ordinal(location));
                            owner[at] = owner[at] == NOBODY || owner[at] == mark ? mark : SEVERAL;
                        });
            }
        }
        List<Usage> usages = new ArrayList<>();
        int[] seenBy = new int[owner.length];
        Arrays.fill(seenBy, NOBODY);
        for (int h = 0; h < holders.size(); h++) {
            usages.add(countOne(reading, holders.get(h), h + 1, owner, seenBy));
        }
        return usages;
    }

    private Usage countOne(
            ChunkStore.Reading reading, Holder holder, int mark, int[] owner, int[] seenBy)
            throws IOException {
        Sum sum = new Sum();
        for (String root : holder.roots()) {
            sum.logical += reader.root(root).size();
            walk(
                    reading,
                    root,
                    (location, bytes) -> {
                        sum.data += bytes;
                        int at = Math.toIntExact(reading.ordinal(location));
                        if (seenBy[at] != mark) {
                            seenBy[at] = mark;
                            long stored = reading.storedBytesOf(location);
                            sum.unique += bytes;
                            sum.stored += stored;
                            sum.exclusive += owner[at] == mark ? stored : 0;
                        }
                    });
        }
        return new Usage(
                holder.name(), sum.logical, sum.data, sum.unique, sum.stored, sum.exclusive);
    }

    /** Takes what a tree is made of. */
    @FunctionalInterface
    private interface Visitor {

        /**
         * @param guestBytes of a chunk; of a node, none
         */
        void visit(long location, int guestBytes) throws IOException;
    }

    private void walk(ChunkStore.Reading reading, String id, Visitor visitor) throws IOException {
        visitor.visit(reading.locateNode(HexFormat.of().parseHex(id)), 0);
        SnapshotRoot root = reader.root(id);
        if (!TreeBuilder.isZero(root.top())) {
            walk(reading, root.top(), root.levels(), visitor);
        }
    }

    private void walk(ChunkStore.Reading reading, byte[] id, int level, Visitor visitor)
            throws IOException {
        visitor.visit(reading.locateNode(id), 0);
        byte[] node = store.readNode(id);
        if (level > 0) {
            InnerNode inner = new InnerNode(node, level);
            for (int i = 0; i < inner.children(); i++) {
                walk(reading, inner.id(i), level - 1, visitor);
            }
            return;
        }
        LeafCursor leaf = new LeafCursor(node);
        while (leaf.next()) {
            visitor.visit(reading.locate(leaf.id()), leaf.bytes());
        }
    }

    private static final class Sum {
        long logical;
        long data;
        long unique;
        long stored;
        long exclusive;
    }
}

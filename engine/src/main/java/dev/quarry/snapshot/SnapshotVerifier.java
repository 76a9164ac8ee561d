package dev.quarry.snapshot;

import dev.quarry.chunk.Grid;
import dev.quarry.store.SoundStore;
import dev.quarry.store.StoreException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Finds out what snapshots have lost. Thread-safe. */
public final class SnapshotVerifier {

    /** Ranges that are kept of one snapshot; what is beyond them is added up. */
    public static final int RANGES_MAX = 1_000;

    private final SoundStore store;

    /** Nodes below which nothing is lost: snapshots share most of theirs. */
    private final Set<Visited> sound = ConcurrentHashMap.newKeySet();

    /** A node, and what was made of it. */
    private record Visited(ByteBuffer id, int level) {}

    public SnapshotVerifier(SoundStore store) {
        this.store = store;
    }

    /**
     * What a snapshot has lost.
     *
     * @param ranges ascending, at most {@link #RANGES_MAX}
     * @param lostBytes all of them; more than the ranges have where those are cut off
     * @param damage what else is wrong with it, or null
     */
    public record Result(List<LostRange> ranges, long lostBytes, @Nullable String damage) {

        public boolean isSound() {
            return lostBytes == 0 && damage == null;
        }
    }

    /**
     * Goes through a snapshot's tree.
     *
     * @param id of its root, in hex
     * @param sizeBytes of the disk, as its document says
     * @param contentDigest of the disk, in hex, as its document says
     */
    public Result verify(String id, long sizeBytes, String contentDigest) throws IOException {
        Losses losses = new Losses(sizeBytes);
        byte[] node = store.node(HexFormat.of().parseHex(id));
        if (node == null) {
            losses.lose(0, sizeBytes);
            return losses.result("its root is lost");
        }
        SnapshotRoot root;
        try {
            root = SnapshotRoot.decode(node, id);
        } catch (StoreException e) {
            losses.lose(0, sizeBytes);
            return losses.result(e.getMessage());
        }
        if (root.size() != sizeBytes) {
            return losses.result("its document says another size than its root");
        }
        if (!root.content().hex().equals(contentDigest)) {
            return losses.result("its document says another content digest than its root");
        }
        if (!TreeBuilder.isZero(root.top())) {
            visit(root, root.top(), root.levels(), 0, losses);
        }
        return losses.result(null);
    }

    private void visit(SnapshotRoot root, byte[] id, int level, long number, Losses losses)
            throws IOException {
        Visited visited = new Visited(ByteBuffer.wrap(id), level);
        if (sound.contains(visited)) {
            return;
        }
        int before = losses.count;
        byte[] node = store.node(id);
        try {
            if (node == null) {
                throw new StoreException(StoreException.Kind.MISSING, "node is lost");
            }
            if (level == 0) {
                visitLeaf(root, node, number, losses);
            } else {
                visitChildren(root, node, level, number, losses);
            }
            if (losses.count == before) {
                sound.add(visited);
            }
        } catch (StoreException e) {
            long pages = 1;
            for (int i = 0; i < level; i++) {
                pages *= NodeLayout.FAN_OUT;
            }
            losses.lose(
                    number * pages * Grid.PAGE_BYTES - root.lead(),
                    (number + 1) * pages * Grid.PAGE_BYTES - root.lead());
        }
    }

    private void visitChildren(
            SnapshotRoot root, byte[] node, int level, long number, Losses losses)
            throws IOException {
        InnerNode inner = new InnerNode(node, level);
        for (int i = 0; i < inner.children(); i++) {
            visit(
                    root,
                    inner.id(i),
                    level - 1,
                    number * NodeLayout.FAN_OUT + inner.number(i),
                    losses);
        }
    }

    private void visitLeaf(SnapshotRoot root, byte[] node, long page, Losses losses)
            throws IOException {
        LeafCursor leaf = new LeafCursor(node);
        while (leaf.next()) {
            if (!store.hasChunk(leaf.id(), leaf.bytes())) {
                long offset =
                        page * Grid.PAGE_BYTES
                                + (long) leaf.firstBlock() * Grid.BLOCK_BYTES
                                - root.lead();
                losses.lose(offset, offset + leaf.bytes());
            }
        }
    }

    /** Adds up what is lost, ranges that touch one another as one. */
    private static final class Losses {
        private final long size;
        private final List<LostRange> ranges = new ArrayList<>();
        private long bytes;
        private long start;
        private long end;

        /** How often something was lost, also behind the end of the disk. */
        private int count;

        Losses(long size) {
            this.size = size;
        }

        void lose(long from, long to) {
            count++;
            long first = Math.max(0, from);
            long last = Math.min(size, to);
            if (first >= last) {
                return;
            }
            bytes += last - first;
            if (first != end || start == end) {
                close();
                start = first;
            }
            end = last;
        }

        private void close() {
            if (end > start && ranges.size() < RANGES_MAX) {
                ranges.add(new LostRange(start, end - start));
            }
        }

        Result result(@Nullable String damage) {
            close();
            return new Result(List.copyOf(ranges), bytes, damage);
        }
    }
}

package dev.quarry.snapshot;

import dev.quarry.store.LiveChunks;
import dev.quarry.store.StoreException;

import java.io.IOException;
import java.util.HexFormat;

/** Marks what snapshots need. Subtrees that several share are gone through once. For one thread. */
public final class LiveMarker {

    private final LiveChunks live;

    public LiveMarker(LiveChunks live) {
        this.live = live;
    }

    /**
     * Marks a snapshot's tree.
     *
     * @param root id of its root, in hex
     * @throws StoreException of kind MISSING or CORRUPT if it cannot be gone through
     */
    public void mark(String root) throws IOException {
        byte[] node = live.markNode(HexFormat.of().parseHex(root));
        if (node != null) {
            SnapshotRoot decoded = SnapshotRoot.decode(node, root);
            if (!TreeBuilder.isZero(decoded.top())) {
                visit(decoded.top(), decoded.levels());
            }
        }
    }

    private void visit(byte[] id, int level) throws IOException {
        byte[] node = live.markNode(id);
        if (node == null) {
            return;
        }
        if (level > 0) {
            InnerNode inner = new InnerNode(node, level);
            for (int i = 0; i < inner.children(); i++) {
                visit(inner.id(i), level - 1);
            }
            return;
        }
        LeafCursor leaf = new LeafCursor(node);
        while (leaf.next()) {
            live.markChunk(leaf.id());
        }
    }
}

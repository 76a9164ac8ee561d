package dev.quarry.snapshot;

import dev.quarry.job.CancelToken;
import dev.quarry.store.ChunkSession;
import dev.quarry.store.ChunkStore;
import dev.quarry.store.ChunkTransfer;
import dev.quarry.store.StoreLease;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Brings back what snapshots have lost from another store, as far as that has it whole: nodes and
 * chunks one by one, whether or not it has a snapshot like these. For one thread.
 */
public final class SnapshotHealer {

    private final ChunkStore store;
    private final ChunkStore source;

    /**
     * @param store is healed
     * @param source is read
     */
    public SnapshotHealer(ChunkStore store, ChunkStore source) {
        this.store = store;
        this.source = source;
    }

    /**
     * Heals one snapshot.
     *
     * @param root id of its root, in hex
     */
    public void heal(String root, CancelToken cancel) throws IOException {
        try (@Nullable StoreLease _ = source.readerLease();
                ChunkSession session = store.begin();
                ChunkTransfer chunks = ChunkTransfer.lenient(source.reading(), session)) {
            byte[] node = node(HexFormat.of().parseHex(root), session);
            if (node != null) {
                SnapshotRoot decoded = SnapshotRoot.decode(node, root);
                if (!TreeBuilder.isZero(decoded.top())) {
                    visit(decoded.top(), decoded.levels(), session, chunks, cancel);
                }
            }
            chunks.flush(cancel);
            session.commit();
        }
    }

    private void visit(
            byte[] id, int level, ChunkSession session, ChunkTransfer chunks, CancelToken cancel)
            throws IOException {
        cancel.check();
        byte[] node = node(id, session);
        if (node == null) {
            return;
        }
        if (level > 0) {
            InnerNode inner = new InnerNode(node, level);
            for (int i = 0; i < inner.children(); i++) {
                visit(inner.id(i), level - 1, session, chunks, cancel);
            }
            return;
        }
        LeafCursor leaf = new LeafCursor(node);
        while (leaf.next()) {
            if (chunks.isInSource(leaf.id(), leaf.bytes())) {
                chunks.add(leaf.id(), leaf.bytes(), cancel);
            }
        }
    }

    /** A node of this store, or brought from the other; null if neither has it. */
    private byte @Nullable [] node(byte[] id, ChunkSession session) throws IOException {
        byte[] own = readOrNull(store, id);
        if (own != null) {
            return own;
        }
        byte[] other = readOrNull(source, id);
        if (other == null || !Arrays.equals(session.putNode(other), id)) {
            return null;
        }
        return other;
    }

    private static byte @Nullable [] readOrNull(ChunkStore from, byte[] id) throws IOException {
        try {
            return from.readNode(id);
        } catch (IOException e) {
            return null;
        }
    }
}

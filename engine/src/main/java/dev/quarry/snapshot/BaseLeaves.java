package dev.quarry.snapshot;

import dev.quarry.chunk.Grid;
import dev.quarry.store.ChunkSession;
import dev.quarry.store.ChunkStore;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Finds the leaves of a snapshot that another one can have as they are. */
final class BaseLeaves {

    /**
     * A leaf and the content digest of its page.
     *
     * @param id of the leaf
     * @param digest of the page
     */
    record Leaf(byte[] id, byte[] digest) {}

    private BaseLeaves() {}

    /**
     * The leaves of unchanged pages whose chunks are all there.
     *
     * @param base cut as the new snapshot is, with a lead of 0
     * @param size of the new disk
     */
    static Map<Long, Leaf> of(
            ChunkStore store,
            ChunkSession session,
            SnapshotRoot base,
            long size,
            Increment.Changes changes)
            throws IOException {
        Map<Long, Leaf> leaves = new HashMap<>();
        new SnapshotReader(store, 1)
                .leafIds(
                        base,
                        (page, id) -> {
                            long offset = page * Grid.PAGE_BYTES;
                            if (changes.any(offset, Math.min(size, offset + Grid.PAGE_BYTES))) {
                                return;
                            }
                            byte[] node = store.readNode(id);
                            if (isWhole(session, node)) {
                                leaves.put(
                                        page,
                                        new Leaf(
                                                session.putNode(node),
                                                Arrays.copyOfRange(
                                                        node,
                                                        NodeLayout.LEAF_CONTENT,
                                                        NodeLayout.LEAF_CONTENT
                                                                + Grid.DIGEST_BYTES)));
                            }
                        });
        return leaves;
    }

    /** The snapshot may have been deleted and collected; then the page is read and cut again. */
    private static boolean isWhole(ChunkSession session, byte[] node) throws IOException {
        LeafCursor leaf = new LeafCursor(node);
        while (leaf.next()) {
            if (!session.mayReferTo(leaf.id(), leaf.bytes())) {
                return false;
            }
        }
        return true;
    }
}

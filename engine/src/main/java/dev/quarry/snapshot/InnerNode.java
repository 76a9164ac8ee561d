package dev.quarry.snapshot;

import dev.quarry.chunk.Grid;
import dev.quarry.store.StoreException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The children of an inner node. For one thread. */
final class InnerNode {

    private final ByteBuffer node;
    private final int children;

    /**
     * @param level of the node, 1 and up
     * @throws StoreException of kind CORRUPT if it is none of that level, or its children are not
     *     ascending
     */
    InnerNode(byte[] bytes, int level) throws StoreException {
        this.node = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        this.children =
                bytes.length < NodeLayout.INNER_ENTRIES
                        ? -1
                        : node.getInt(NodeLayout.INNER_CHILDREN);
        if (children < 0
                || node.getLong(0) != NodeLayout.INNER_MAGIC
                || node.getInt(NodeLayout.INNER_LEVEL) != level
                || bytes.length
                        != NodeLayout.INNER_ENTRIES + (long) children * NodeLayout.ENTRY_BYTES) {
            throw new StoreException(
                    StoreException.Kind.CORRUPT, "node is no inner node of level " + level);
        }
        int last = -1;
        for (int i = 0; i < children; i++) {
            if (number(i) <= last || number(i) >= NodeLayout.FAN_OUT) {
                throw new StoreException(
                        StoreException.Kind.CORRUPT,
                        "inner node has child " + number(i) + " after " + last);
            }
            last = number(i);
        }
    }

    int children() {
        return children;
    }

    /** Number of a child's place, 0 to 1,023. */
    int number(int child) {
        return node.getInt(NodeLayout.INNER_ENTRIES + child * NodeLayout.ENTRY_BYTES);
    }

    byte[] id(int child) {
        byte[] id = new byte[Grid.DIGEST_BYTES];
        node.get(
                NodeLayout.INNER_ENTRIES + child * NodeLayout.ENTRY_BYTES + NodeLayout.ENTRY_ID,
                id);
        return id;
    }
}

package dev.quarry.snapshot;

import dev.quarry.chunk.Grid;
import dev.quarry.store.ChunkSession;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Builds the inner nodes of a snapshot's tree from its leaves. */
final class TreeBuilder {

    /** Stands for a node that is all zeros. */
    static final byte[] ZERO_ID = new byte[Grid.DIGEST_BYTES];

    private final ChunkSession session;

    TreeBuilder(ChunkSession session) {
        this.session = session;
    }

    static boolean isZero(byte[] id) {
        return Arrays.equals(id, ZERO_ID);
    }

    /**
     * Stores the inner nodes.
     *
     * @param numbers of the leaves, ascending
     * @param ids of the leaves
     * @param levels of the tree
     * @return id of the top node
     */
    byte[] build(long[] numbers, byte[][] ids, int levels) throws IOException {
        long[] childNumbers = numbers;
        byte[][] childIds = ids;
        for (int level = 1; level <= levels; level++) {
            int count = 0;
            long[] parents = new long[childNumbers.length];
            byte[][] parentIds = new byte[childNumbers.length][];
            for (int i = 0; i < childNumbers.length; ) {
                long parent = childNumbers[i] / NodeLayout.FAN_OUT;
                int end = i;
                while (end < childNumbers.length
                        && childNumbers[end] / NodeLayout.FAN_OUT == parent) {
                    end++;
                }
                parents[count] = parent;
                parentIds[count++] = put(level, childNumbers, childIds, i, end);
                i = end;
            }
            childNumbers = Arrays.copyOf(parents, count);
            childIds = Arrays.copyOf(parentIds, count);
        }
        return childIds.length == 0 ? ZERO_ID : childIds[0];
    }

    private byte[] put(int level, long[] numbers, byte[][] ids, int from, int to)
            throws IOException {
        ByteBuffer node =
                ByteBuffer.allocate(NodeLayout.INNER_ENTRIES + (to - from) * NodeLayout.ENTRY_BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .position(NodeLayout.INNER_ENTRIES);
        int children = 0;
        for (int i = from; i < to; i++) {
            if (!isZero(ids[i])) {
                node.putInt((int) (numbers[i] % NodeLayout.FAN_OUT)).put(ids[i]);
                children++;
            }
        }
        if (children == 0) {
            return ZERO_ID;
        }
        node.putLong(0, NodeLayout.INNER_MAGIC)
                .putInt(NodeLayout.INNER_LEVEL, level)
                .putInt(NodeLayout.INNER_CHILDREN, children);
        return session.putNode(Arrays.copyOf(node.array(), node.position()));
    }
}

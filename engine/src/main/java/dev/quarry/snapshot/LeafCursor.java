package dev.quarry.snapshot;

import dev.quarry.chunk.Grid;
import dev.quarry.store.StoreException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Goes through the chunks of a leaf. For one thread. */
public final class LeafCursor {

    private final ByteBuffer leaf;
    private final int chunks;
    private int next;
    private int endOfLast;
    private final byte[] id = new byte[Grid.DIGEST_BYTES];
    private int firstBlock;
    private int blocks;

    /**
     * @throws StoreException of kind CORRUPT if the node is no leaf
     */
    LeafCursor(byte[] node) throws StoreException {
        this.leaf = ByteBuffer.wrap(node).order(ByteOrder.LITTLE_ENDIAN);
        if (node.length < NodeLayout.LEAF_ENTRIES || leaf.getLong(0) != NodeLayout.LEAF_MAGIC) {
            throw new StoreException(
                    StoreException.Kind.CORRUPT, "node is no snapshot leaf of version 1");
        }
        this.chunks = leaf.getInt(NodeLayout.LEAF_CHUNKS);
        if (chunks < 0
                || chunks > Grid.PAGE_BLOCKS
                || node.length != NodeLayout.LEAF_ENTRIES + chunks * NodeLayout.ENTRY_BYTES) {
            throw new StoreException(
                    StoreException.Kind.CORRUPT,
                    "snapshot leaf of " + chunks + " chunks contradicts its size");
        }
    }

    /** How many chunks the leaf has. */
    int chunks() {
        return chunks;
    }

    /** Moves to the next chunk; false behind the last. */
    public boolean next() throws StoreException {
        if (next == chunks) {
            return false;
        }
        int at = NodeLayout.LEAF_ENTRIES + next * NodeLayout.ENTRY_BYTES;
        firstBlock = Short.toUnsignedInt(leaf.getShort(at));
        blocks = Short.toUnsignedInt(leaf.getShort(at + NodeLayout.LEAF_BLOCKS));
        leaf.get(at + NodeLayout.ENTRY_ID, id);
        if (blocks == 0 || firstBlock < endOfLast || firstBlock + blocks > Grid.PAGE_BLOCKS) {
            throw new StoreException(
                    StoreException.Kind.CORRUPT,
                    "snapshot leaf has a chunk of " + blocks + " blocks at block " + firstBlock);
        }
        endOfLast = firstBlock + blocks;
        next++;
        return true;
    }

    /** The chunk's id; the array is used again for the next one. */
    public byte[] id() {
        return id;
    }

    /** Number of the chunk's first block in the page. */
    public int firstBlock() {
        return firstBlock;
    }

    /** Plain bytes of the chunk. */
    public int bytes() {
        return blocks * Grid.BLOCK_BYTES;
    }
}

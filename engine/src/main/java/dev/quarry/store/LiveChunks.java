package dev.quarry.store;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;

/**
 * The chunks and nodes that snapshots need: a bit for each that the store has. One that is stored
 * several times is needed once. For one thread.
 */
public final class LiveChunks {

    private final ChunkIndex index;
    private final ChunkIndex.Exclusion condemned;
    private @Nullable BitSet[] bySlot = new @Nullable BitSet[0];

    /**
     * @param condemned packs that a chunk is taken from only if no other has it
     */
    LiveChunks(ChunkIndex index, ChunkIndex.Exclusion condemned) {
        this.index = index;
        this.condemned = condemned;
    }

    /**
     * Marks a chunk.
     *
     * @param id 32 bytes
     * @throws StoreException of kind MISSING if the store does not have it
     */
    public void markChunk(byte[] id) throws IOException {
        mark(id, PackLayout.KIND_DATA);
    }

    /**
     * Marks a node and reads it.
     *
     * @return its bytes, or null if it was marked before, and so was everything below it
     * @throws StoreException of kind MISSING if the store does not have it
     */
    public byte @Nullable [] markNode(byte[] id) throws IOException {
        long location = mark(id, PackLayout.KIND_NODE);
        if (location == ChunkIndex.NOWHERE) {
            return null;
        }
        PackReader pack = index.checkedPack(ChunkIndex.slotOf(location));
        return pack.readNode(pack.chunkFrame(ChunkIndex.chunkOf(location)));
    }

    /** Marks, and gives the location, or NOWHERE if it was marked before. */
    private long mark(byte[] id, int kind) throws IOException {
        long location = index.find(id, kind, condemned);
        if (location == ChunkIndex.NOWHERE) {
            location = index.find(id, kind);
        }
        if (location == ChunkIndex.NOWHERE) {
            throw new StoreException(
                    StoreException.Kind.MISSING,
                    (kind == PackLayout.KIND_NODE ? "node " : "chunk ")
                            + HexFormat.of().formatHex(id)
                            + " is not in the store: nothing is collected before it is repaired");
        }
        BitSet chunks = of(ChunkIndex.slotOf(location));
        int chunk = ChunkIndex.chunkOf(location);
        if (chunks.get(chunk)) {
            return ChunkIndex.NOWHERE;
        }
        chunks.set(chunk);
        return location;
    }

    private BitSet of(int slot) throws IOException {
        if (slot >= bySlot.length) {
            bySlot = Arrays.copyOf(bySlot, Math.max(slot + 1, index.packs()));
        }
        BitSet chunks = bySlot[slot];
        if (chunks == null) {
            chunks = new BitSet(index.pack(slot).chunks());
            bySlot[slot] = chunks;
        }
        return chunks;
    }

    boolean isLive(int slot, int chunk) {
        if (slot >= bySlot.length) {
            return false;
        }
        BitSet chunks = bySlot[slot];
        return chunks != null && chunks.get(chunk);
    }

    /** Whether anything of a pack is needed. */
    boolean hasAny(int slot) {
        if (slot >= bySlot.length) {
            return false;
        }
        BitSet chunks = bySlot[slot];
        return chunks != null && !chunks.isEmpty();
    }

    ChunkIndex index() {
        return index;
    }
}

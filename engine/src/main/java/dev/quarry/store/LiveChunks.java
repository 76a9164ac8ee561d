package dev.quarry.store;

import dev.quarry.chunk.Grid;
import dev.quarry.job.CancelToken;
import dev.quarry.job.Workers;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongUnaryOperator;

/**
 * The chunks and nodes that snapshots need: a bit for each that the store has. One that is stored
 * several times is needed once. Marking is thread-safe.
 */
public final class LiveChunks {

    /** Chunks that a word has bits of, as a power of two. */
    private static final int WORD_SHIFT = 6;

    /** Condemns nothing. */
    static final ChunkIndex.Exclusion NOTHING = (_, _) -> false;

    private final ChunkIndex index;
    private final @Nullable AtomicLongArray[] bySlot;
    private volatile ChunkIndex.Exclusion condemned;

    /**
     * @param condemned packs that a chunk is taken from only if no other has it
     */
    LiveChunks(ChunkIndex index, ChunkIndex.Exclusion condemned) {
        this.index = index;
        this.condemned = condemned;
        this.bySlot = new @Nullable AtomicLongArray[index.packs()];
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
        long location = locate(id, kind);
        return set(location) ? location : ChunkIndex.NOWHERE;
    }

    private long locate(byte[] id, int kind) throws IOException {
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
        return location;
    }

    /**
     * Condemns more packs than before: what is needed and has a copy elsewhere is taken from there,
     * as if all of them had been condemned when it was marked. For one thread, and no other marks.
     *
     * @param more all packs that a chunk is taken from only if no other has it
     */
    void condemn(ChunkIndex.Exclusion more, int threads, CancelToken cancel) throws IOException {
        ChunkIndex.Exclusion before = condemned;
        condemned = more;
        Workers.run(
                "quarry-mark",
                bySlot.length,
                threads,
                cancel,
                () ->
                        slot -> {
                            if (more.excludes((int) slot, 0)) {
                                relocate((int) slot, before);
                            }
                        });
    }

    /** Two threads may meet: where a chunk is to be taken from is the same for both. */
    private void relocate(int slot, ChunkIndex.Exclusion before) throws IOException {
        AtomicLongArray words = bySlot[slot];
        if (words == null) {
            return;
        }
        PackReader pack = index.pack(slot);
        byte[] id = new byte[Grid.DIGEST_BYTES];
        for (int chunk = 0; chunk < pack.chunks(); chunk++) {
            if (!isLive(slot, chunk)) {
                continue;
            }
            pack.copyId(chunk, id);
            // Where nothing was condemned before, the place of what is nowhere else is known.
            long location =
                    before.equals(NOTHING)
                            ? index.find(id, pack.kindOf(chunk), condemned)
                            : locate(id, pack.kindOf(chunk));
            if (location != ChunkIndex.NOWHERE && location != ChunkIndex.location(slot, chunk)) {
                set(location);
                words.updateAndGet(chunk >> WORD_SHIFT, clearing(chunk));
            }
        }
    }

    private static LongUnaryOperator clearing(int chunk) {
        return word -> word & ~(1L << chunk);
    }

    /** Sets the bit of a location; false if it was set. */
    private boolean set(long location) throws IOException {
        AtomicLongArray words = of(ChunkIndex.slotOf(location));
        int chunk = ChunkIndex.chunkOf(location);
        int number = chunk >> WORD_SHIFT;
        long bit = 1L << chunk;
        while (true) {
            long word = words.get(number);
            if ((word & bit) != 0) {
                return false;
            }
            if (words.compareAndSet(number, word, word | bit)) {
                return true;
            }
        }
    }

    /** One that another thread has made is seen whole: all that it has is final. */
    private AtomicLongArray of(int slot) throws IOException {
        AtomicLongArray words = bySlot[slot];
        if (words == null) {
            int chunks = index.pack(slot).chunks();
            synchronized (this) {
                words = bySlot[slot];
                if (words == null) {
                    words = new AtomicLongArray((chunks + Long.SIZE - 1) >> WORD_SHIFT);
                    bySlot[slot] = words;
                }
            }
        }
        return words;
    }

    boolean isLive(int slot, int chunk) {
        AtomicLongArray words = slot < bySlot.length ? bySlot[slot] : null;
        return words != null && (words.get(chunk >> WORD_SHIFT) & 1L << chunk) != 0;
    }

    /** Whether anything of a pack is needed. */
    boolean hasAny(int slot) {
        AtomicLongArray words = slot < bySlot.length ? bySlot[slot] : null;
        if (words != null) {
            for (int i = 0; i < words.length(); i++) {
                if (words.get(i) != 0) {
                    return true;
                }
            }
        }
        return false;
    }

    ChunkIndex index() {
        return index;
    }
}

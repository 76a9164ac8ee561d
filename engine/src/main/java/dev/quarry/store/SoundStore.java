package dev.quarry.store;

import dev.quarry.chunk.BlockHasher;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Map;
import java.util.Set;

/** What a verification found to be sound, and what it did not. Thread-safe until it is closed. */
public final class SoundStore implements Closeable {

    private final BlobStore blobs;
    private final ChunkIndex index;
    private final Findings findings;
    private final Map<String, BitSet> damaged;
    private final Set<String> unusable;
    private final long frames;
    private final long plainBytes;

    SoundStore(
            BlobStore blobs,
            ChunkIndex index,
            Findings findings,
            Map<String, BitSet> damaged,
            Set<String> unusable,
            long frames,
            long plainBytes) {
        this.blobs = blobs;
        this.index = index;
        this.findings = findings;
        this.damaged = damaged;
        this.unusable = unusable;
        this.frames = frames;
        this.plainBytes = plainBytes;
    }

    /** What was found; callers add what they find. */
    public Findings findings() {
        return findings;
    }

    /** Packs that could be read. */
    public int packs() {
        return index.packs();
    }

    /** Frames that were decoded. */
    public long frames() {
        return frames;
    }

    /** Plain bytes that were hashed. */
    public long plainBytes() {
        return plainBytes;
    }

    /** Names of packs and segments that cannot be used at all. */
    Set<String> unusable() {
        return unusable;
    }

    /** For each pack that can be read and has damaged chunks, their numbers; by name. */
    Map<String, BitSet> damaged() {
        return damaged;
    }

    ChunkIndex index() {
        return index;
    }

    private synchronized boolean isDamaged(int slot, int chunk) {
        BitSet chunks = damaged.get(index.packName(slot));
        return chunks != null && chunks.get(chunk);
    }

    /**
     * Whether a chunk is there, sound as far as was looked, and as long as it should be.
     *
     * @param id 32 bytes
     */
    public boolean hasChunk(byte[] id, int bytes) throws IOException {
        long location = index.find(id, PackLayout.KIND_DATA, this::isDamaged);
        return location != ChunkIndex.NOWHERE
                && index.checkedPack(ChunkIndex.slotOf(location))
                                .chunkLength(ChunkIndex.chunkOf(location))
                        == bytes;
    }

    /** A node, compared with its id; null if it is not there or not sound. */
    public byte @Nullable [] node(byte[] id) throws IOException {
        long location = index.find(id, PackLayout.KIND_NODE, this::isDamaged);
        if (location == ChunkIndex.NOWHERE) {
            return null;
        }
        PackReader pack = index.pack(ChunkIndex.slotOf(location));
        int chunk = ChunkIndex.chunkOf(location);
        try {
            byte[] node = pack.readNode(pack.chunkFrame(chunk));
            if (Arrays.equals(new BlockHasher(blobs.key()).nodeId(node), id)) {
                return node;
            }
        } catch (StoreException e) {
            // Found without having been looked at before: in a quick or sampled verification.
            findings.add(ChunkIndex.packBlob(pack.name()), String.valueOf(e.getMessage()));
        }
        damage(pack.name(), chunk);
        return node(id);
    }

    private synchronized void damage(String pack, int chunk) {
        damaged.computeIfAbsent(pack, name -> new BitSet()).set(chunk);
    }

    /** Where the store is. */
    public String name() {
        return blobs.name();
    }

    @Override
    public void close() throws IOException {
        index.close();
    }
}

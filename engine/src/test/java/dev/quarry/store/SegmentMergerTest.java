package dev.quarry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.chunk.Grid;
import dev.quarry.testdata.Replay;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

final class SegmentMergerTest {

    private static final int IMPORTS = 40;

    SegmentMergerTest() {}

    @Test
    void whateverIsAddedIsFoundInFewSegments() {
        Replay.seeds(
                5,
                random -> {
                    try (MemoryBlobStore blobs = new MemoryBlobStore();
                            ChunkStore store = ChunkStore.create(blobs, StoreProperties.DEFAULT)) {
                        List<byte[]> ids = new ArrayList<>();
                        for (int i = 0; i < IMPORTS; i++) {
                            ids.addAll(add(store, random, 1 + random.nextInt(300)));
                            assertTrue(blobs.list(ChunkIndex.SEGMENTS).size() <= 8);
                        }
                        check(blobs, ids, random);
                    }
                });
    }

    private static List<byte[]> add(ChunkStore store, RandomGenerator random, int count)
            throws IOException {
        List<byte[]> ids = new ArrayList<>();
        try (Arena arena = Arena.ofConfined();
                ChunkSession session = store.begin();
                FrameBuilder frames = session.newFrameBuilder()) {
            MemorySegment block = arena.allocate(Grid.BLOCK_BYTES);
            for (int i = 0; i < count; i++) {
                byte[] id = new byte[Grid.DIGEST_BYTES];
                random.nextBytes(id);
                // Many share a prefix, and some all of it.
                if (random.nextInt(3) == 0) {
                    for (int k = 0; k < Long.BYTES; k++) {
                        id[k] = (byte) (k == 0 ? random.nextInt(2) * 0xff : 0);
                    }
                }
                assertTrue(session.claim(id));
                frames.add(id, block, 0, Grid.BLOCK_BYTES);
                ids.add(id);
            }
            frames.flush();
            session.commit();
        }
        return ids;
    }

    private static void check(MemoryBlobStore blobs, List<byte[]> ids, RandomGenerator random)
            throws IOException {
        Map<String, PackReader> packs = new HashMap<>();
        try (ChunkIndex index = ChunkIndex.open(blobs)) {
            for (int slot = 0; slot < index.packs(); slot++) {
                packs.put(index.packName(slot), index.pack(slot));
            }
            long entries = 0;
            for (IndexSegment segment : index.segments()) {
                assertFalse(segment.name().contains("memory"), "a pack is in no segment");
                new IndexChecker(segment, packs).check();
                entries += segment.entries();
            }
            assertEquals(ids.size(), entries);
            for (byte[] id : ids) {
                long location = index.find(id, PackLayout.KIND_DATA);
                assertTrue(
                        location != ChunkIndex.NOWHERE
                                && index.pack(ChunkIndex.slotOf(location))
                                        .hasId(ChunkIndex.chunkOf(location), id));
            }
            dropHalf(blobs, index, packs, random);
        }
    }

    /** Takes away packs and then their entries. */
    private static void dropHalf(
            MemoryBlobStore blobs,
            ChunkIndex index,
            Map<String, PackReader> packs,
            RandomGenerator random)
            throws IOException {
        long left = 0;
        for (String name : Set.copyOf(packs.keySet())) {
            if (random.nextBoolean()) {
                blobs.delete(ChunkIndex.packBlob(name));
                packs.remove(name);
            } else {
                left += packs.get(name) == null ? 0 : packs.get(name).chunks();
            }
        }
        ChunkIndex.dropDeadEntries(blobs);
        try (ChunkIndex smaller = ChunkIndex.open(blobs)) {
            assertEquals(packs.size(), smaller.packs());
            long entries = 0;
            for (IndexSegment segment : smaller.segments()) {
                new IndexChecker(segment, packs).check();
                entries += segment.entries();
            }
            assertEquals(left, entries);
        }
        assertTrue(index.packs() > packs.size());
    }
}

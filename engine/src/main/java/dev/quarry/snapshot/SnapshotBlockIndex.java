package dev.quarry.snapshot;

import dev.quarry.block.BlockSource;
import dev.quarry.chunk.Grid;
import dev.quarry.store.ChunkStore;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which blocks of a fixed size a snapshot has, and in which two differ. Only the leaves are read
 * that the answer needs, and data only where chunks differ. For one thread.
 */
public final class SnapshotBlockIndex {

    private final ChunkStore store;
    private final SnapshotReader reader;
    private final int blockBytes;

    /**
     * @param blockBytes a power of two, at least 4 KiB
     */
    public SnapshotBlockIndex(ChunkStore store, int blockBytes) {
        this.store = store;
        this.reader = new SnapshotReader(store, 1);
        this.blockBytes = blockBytes;
    }

    /**
     * Blocks that are not zeros.
     *
     * @param start first block that is wanted
     * @param most so many of them at least, if there are: the last page may bring more
     */
    public NavigableSet<Long> written(SnapshotRoot root, long start, int most) throws IOException {
        TreeSet<Long> found = new TreeSet<>();
        for (Map.Entry<Long, byte[]> leaf : leaves(root, start).entrySet()) {
            LeafCursor chunks = new LeafCursor(store.readNode(leaf.getValue()));
            while (chunks.next()) {
                add(found, root, leaf.getKey(), chunks.firstBlock(), chunks.bytes());
            }
            if (found.tailSet(start).size() > most) {
                break;
            }
        }
        return new TreeSet<>(found.tailSet(start));
    }

    private NavigableMap<Long, byte[]> leaves(SnapshotRoot root, long start) throws IOException {
        TreeMap<Long, byte[]> leaves = new TreeMap<>();
        long first = (start * blockBytes + root.lead()) / Grid.PAGE_BYTES;
        reader.leafIds(
                root,
                (page, id) -> {
                    if (page >= first) {
                        leaves.put(page, id);
                    }
                });
        return leaves;
    }

    private void add(Set<Long> blocks, SnapshotRoot root, long page, int firstBlock, int bytes) {
        long from = page * Grid.PAGE_BYTES + (long) firstBlock * Grid.BLOCK_BYTES - root.lead();
        long to = Math.min(root.size(), from + bytes);
        for (long block = Math.max(0, from) / blockBytes; block * blockBytes < to; block++) {
            blocks.add(block);
        }
    }

    /** Blocks in which two snapshots differ; what lies behind the end of one is zeros. */
    public NavigableSet<Long> changed(SnapshotRoot one, SnapshotRoot other, long start, int most)
            throws IOException {
        NavigableMap<Long, byte[]> ones = leaves(one, start);
        NavigableMap<Long, byte[]> others = leaves(other, start);
        TreeSet<Long> pages = new TreeSet<>(ones.keySet());
        pages.addAll(others.keySet());
        boolean isOneGrid = one.lead() == other.lead();
        TreeSet<Long> differing = new TreeSet<>();
        TreeSet<Long> compared = new TreeSet<>();
        try (Arena arena = Arena.ofConfined();
                SnapshotDisk oneDisk = new SnapshotDisk(store, reader, one);
                SnapshotDisk otherDisk = new SnapshotDisk(store, reader, other)) {
            MemorySegment oneBlock = arena.allocate(blockBytes);
            MemorySegment otherBlock = arena.allocate(blockBytes);
            for (long page : pages) {
                byte[] oneId = ones.get(page);
                byte[] otherId = others.get(page);
                if (isOneGrid && Arrays.equals(oneId, otherId)) {
                    continue;
                }
                TreeSet<Long> candidates = new TreeSet<>();
                unlike(candidates, one, page, oneId, isOneGrid ? otherId : null);
                unlike(candidates, other, page, otherId, isOneGrid ? oneId : null);
                for (long block : candidates) {
                    if (block >= start && compared.add(block)) {
                        read(oneDisk, block, oneBlock);
                        read(otherDisk, block, otherBlock);
                        if (oneBlock.mismatch(otherBlock) >= 0) {
                            differing.add(block);
                        }
                    }
                }
                if (differing.size() > most) {
                    break;
                }
            }
        }
        return differing;
    }

    /** Blocks of the chunks of a leaf that do not stand at the same place in another. */
    private void unlike(
            Set<Long> blocks,
            SnapshotRoot root,
            long page,
            byte @Nullable [] leaf,
            byte @Nullable [] other)
            throws IOException {
        Set<String> same = new HashSet<>();
        if (other != null) {
            LeafCursor chunks = new LeafCursor(store.readNode(other));
            while (chunks.next()) {
                same.add(key(chunks));
            }
        }
        if (leaf != null) {
            LeafCursor chunks = new LeafCursor(store.readNode(leaf));
            while (chunks.next()) {
                if (!same.contains(key(chunks))) {
                    add(blocks, root, page, chunks.firstBlock(), chunks.bytes());
                }
            }
        }
    }

    private static String key(LeafCursor chunk) {
        return chunk.firstBlock() + ":" + HexFormat.of().formatHex(chunk.id());
    }

    /**
     * Reads a block; what lies behind the disk's end is zeros.
     *
     * @param target a block long
     */
    public void read(BlockSource disk, long block, MemorySegment target) throws IOException {
        long offset = block * blockBytes;
        long length = Math.max(0, Math.min(blockBytes, disk.size() - offset));
        target.asSlice(length).fill((byte) 0);
        if (length > 0) {
            disk.read(offset, target.asSlice(0, length));
        }
    }
}

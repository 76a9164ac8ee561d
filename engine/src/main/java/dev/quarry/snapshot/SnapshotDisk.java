package dev.quarry.snapshot;

import dev.quarry.block.BlockSource;
import dev.quarry.block.Extent;
import dev.quarry.chunk.Grid;
import dev.quarry.job.CancelToken;
import dev.quarry.store.ChunkRequests;
import dev.quarry.store.ChunkStore;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * A snapshot as a disk to be read from anywhere. Each read decodes the frames that it touches, so
 * it serves reading in large pieces. Keeps the ids of all leaves, 32 bytes for each 64 MiB.
 * Thread-safe except for {@link #close}.
 */
public final class SnapshotDisk implements BlockSource {

    /** More than threads read at once, each in a page of its own. */
    private static final int RECENT_LEAVES = 16;

    private final ChunkStore store;
    private final SnapshotRoot root;
    private final ChunkStore.Reading reading;

    /** The leaves' ids by page; pages that are not there are zeros. */
    private final TreeMap<Long, byte[]> leaves = new TreeMap<>();

    /** Leaves that were read last; access to it is synchronized on it. */
    private final LinkedHashMap<Long, byte[]> recent =
            new LinkedHashMap<>(RECENT_LEAVES * 2, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Long, byte[]> eldest) {
                    return size() > RECENT_LEAVES;
                }
            };

    /**
     * @param store stays the caller's
     */
    public SnapshotDisk(ChunkStore store, SnapshotReader reader, SnapshotRoot root)
            throws IOException {
        this.store = store;
        this.root = root;
        this.reading = store.reading();
        try {
            reader.leafIds(root, leaves::put);
        } catch (IOException | RuntimeException e) {
            reading.close();
            throw e;
        }
    }

    @Override
    public long size() {
        return root.size();
    }

    @Override
    public void read(long offset, MemorySegment target) throws IOException {
        if (offset < 0 || offset > size() - target.byteSize()) {
            throw new IndexOutOfBoundsException(
                    target.byteSize() + " bytes at " + offset + " of " + size());
        }
        target.fill((byte) 0);
        long start = offset + root.lead();
        long end = start + target.byteSize();
        ChunkRequests requests = new ChunkRequests();
        for (long page = start / Grid.PAGE_BYTES; page * Grid.PAGE_BYTES < end; page++) {
            LeafCursor leaf = leaf(page);
            while (leaf != null && leaf.next()) {
                long first = page * Grid.PAGE_BYTES + (long) leaf.firstBlock() * Grid.BLOCK_BYTES;
                if (first < end && first + leaf.bytes() > start) {
                    requests.add(reading.locate(leaf.id()), first - start);
                }
            }
        }
        reading.readAll(requests, 1, new CancelToken(), (at, plain) -> copy(at, plain, target));
    }

    private @Nullable LeafCursor leaf(long page) throws IOException {
        byte[] id = leaves.get(page);
        if (id == null) {
            return null;
        }
        byte[] node;
        synchronized (recent) {
            node = recent.get(page);
        }
        if (node == null) {
            node = store.readNode(id);
            synchronized (recent) {
                recent.put(page, node);
            }
        }
        return new LeafCursor(node);
    }

    /** Copies what of some chunks lies in the target. */
    private static void copy(long at, MemorySegment plain, MemorySegment target) {
        long skip = Math.max(0, -at);
        long length = Math.min(plain.byteSize(), target.byteSize() - at) - skip;
        if (length > 0) {
            MemorySegment.copy(plain, skip, target, at + skip, length);
        }
    }

    @Override
    public Extent extentAt(long offset, long limit) {
        boolean isData = hasLeaf(offset);
        long at = offset;
        while (at < limit && hasLeaf(at) == isData) {
            at = ((at + root.lead()) / Grid.PAGE_BYTES + 1) * Grid.PAGE_BYTES - root.lead();
        }
        return new Extent(
                offset, Math.min(at, limit) - offset, isData ? Extent.Kind.DATA : Extent.Kind.HOLE);
    }

    private boolean hasLeaf(long offset) {
        return leaves.containsKey((offset + root.lead()) / Grid.PAGE_BYTES);
    }

    @Override
    public void close() throws IOException {
        reading.close();
    }
}

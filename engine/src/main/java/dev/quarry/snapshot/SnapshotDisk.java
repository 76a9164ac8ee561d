package dev.quarry.snapshot;

import dev.quarry.block.BlockSource;
import dev.quarry.block.Extent;
import dev.quarry.chunk.Grid;
import dev.quarry.store.ChunkReader;
import dev.quarry.store.ChunkRequests;
import dev.quarry.store.ChunkStore;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * A snapshot as a disk to be read from anywhere. Each read decodes the frames that it touches, but
 * the last one of the read before. Keeps the ids of all leaves, 32 bytes for each 64 MiB, and two
 * frames' bytes for each thread that reads at once. Thread-safe except for {@link #close}.
 */
public final class SnapshotDisk implements BlockSource {

    /** Leaves of some hundred pages, if chunks have their usual sizes. */
    private static final long RECENT_BYTES_MAX = 16 << 20;

    private final ChunkStore store;
    private final SnapshotRoot root;
    private final ChunkStore.Reading reading;

    /** The leaves' ids by page; pages that are not there are zeros. */
    private final TreeMap<Long, byte[]> leaves = new TreeMap<>();

    /** Leaves that were read last, the eldest first; access to both is synchronized on it. */
    private final LinkedHashMap<Long, byte[]> recent = new LinkedHashMap<>(16, 0.75f, true);

    private long recentBytes;

    /** Readers that no thread uses at the moment, first the one that was used last. */
    private final ConcurrentLinkedDeque<ChunkReader> idle = new ConcurrentLinkedDeque<>();

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
                if (first >= end) {
                    break;
                }
                if (first + leaf.bytes() > start) {
                    requests.add(reading.locate(leaf.id()), first - start);
                }
            }
        }
        ChunkReader reader = idle.pollFirst();
        if (reader == null) {
            reader = reading.reader();
        }
        try {
            reader.readAll(requests, (at, plain) -> copy(at, plain, target));
        } finally {
            idle.addFirst(reader);
        }
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
                remember(page, node);
            }
        }
        return new LeafCursor(node);
    }

    private void remember(long page, byte[] node) {
        byte[] same = recent.put(page, node);
        recentBytes += node.length - (same == null ? 0 : same.length);
        while (recentBytes > RECENT_BYTES_MAX && recent.size() > 1) {
            recentBytes -= Objects.requireNonNull(recent.pollFirstEntry()).getValue().length;
        }
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
        idle.forEach(ChunkReader::close);
        idle.clear();
        reading.close();
    }
}

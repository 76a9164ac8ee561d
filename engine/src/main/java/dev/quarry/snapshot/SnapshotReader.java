package dev.quarry.snapshot;

import dev.quarry.block.BlockTarget;
import dev.quarry.chunk.Grid;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.job.ProgressMeter;
import dev.quarry.job.Workers;
import dev.quarry.store.ChunkRequests;
import dev.quarry.store.ChunkSink;
import dev.quarry.store.ChunkStore;
import dev.quarry.store.StoreException;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;

/** Reads snapshots out of a store. Thread-safe. */
public final class SnapshotReader {

    /**
     * Chunks that are put into the order of their frames at once: some 12 MB of requests, and at
     * the usual chunk size 8 GiB of the disk, within which no frame is decoded twice.
     */
    private static final int BATCH_CHUNKS = 1 << 19;

    /**
     * Leaves that are looked up at once, by all threads: before the first frame is decoded there is
     * nothing else to do, and it was a fifth of a launch's time on one thread.
     */
    private static final int PAGES_AT_ONCE = 64;

    private final ChunkStore store;
    private final int threads;

    /**
     * @param threads that decode at once
     */
    public SnapshotReader(ChunkStore store, int threads) {
        this.store = store;
        this.threads = threads;
    }

    /**
     * The root of a snapshot.
     *
     * @param root id in hex
     */
    public SnapshotRoot root(String root) throws IOException {
        return SnapshotRoot.decode(store.readNode(HexFormat.of().parseHex(root)), root);
    }

    /** Takes the leaves of a snapshot. */
    @FunctionalInterface
    public interface LeafVisitor {

        /**
         * @param page number of the page; pages that are left out are zeros
         * @param leaf its chunks
         */
        void leaf(long page, LeafCursor leaf) throws IOException;
    }

    /** Takes the ids of leaves. */
    @FunctionalInterface
    interface LeafIdVisitor {
        void leaf(long page, byte[] id) throws IOException;
    }

    /** Goes through the leaves of a snapshot in ascending order. */
    public void leaves(SnapshotRoot root, LeafVisitor visitor) throws IOException {
        leafIds(root, (page, id) -> visitor.leaf(page, new LeafCursor(store.readNode(id))));
    }

    /** Goes through the ids of a snapshot's leaves in ascending order, without reading them. */
    void leafIds(SnapshotRoot root, LeafIdVisitor visitor) throws IOException {
        if (!TreeBuilder.isZero(root.top())) {
            visit(root, root.top(), root.levels(), 0, visitor);
        }
    }

    private void visit(SnapshotRoot root, byte[] id, int level, long number, LeafIdVisitor visitor)
            throws IOException {
        if (level == 0) {
            if (number >= root.pages()) {
                throw new StoreException(
                        StoreException.Kind.CORRUPT,
                        "snapshot has a page behind its end: " + number);
            }
            visitor.leaf(number, id);
            return;
        }
        InnerNode inner = new InnerNode(store.readNode(id), level);
        for (int i = 0; i < inner.children(); i++) {
            visit(
                    root,
                    inner.id(i),
                    level - 1,
                    number * NodeLayout.FAN_OUT + inner.number(i),
                    visitor);
        }
    }

    /**
     * Writes the whole content of a snapshot, and zeros everywhere else, the target's end included.
     * Does not commit the target.
     *
     * @param target at least as large as the disk; written by several threads
     */
    public void rebuild(
            SnapshotRoot root, BlockTarget target, ProgressListener listener, CancelToken cancel)
            throws IOException {
        if (target.size() < root.size()) {
            throw new IllegalArgumentException(
                    "target of " + target.size() + " bytes for a disk of " + root.size());
        }
        try (ChunkStore.Reading reading = store.reading()) {
            ProgressMeter meter = new ProgressMeter(listener, target.size());
            new Rebuild(reading, root, target, meter, cancel).run();
        }
    }

    /** The chunks of a page: where they are stored, where they belong, and how long they are. */
    private static final class LocatedPage {
        final long[] locations;
        final long[] offsets;
        final int[] bytes;

        LocatedPage(int chunks) {
            this.locations = new long[chunks];
            this.offsets = new long[chunks];
            this.bytes = new int[chunks];
        }
    }

    /**
     * One rebuild: gathers requests leaf by leaf, zeros what lies between them, and reads batch
     * after batch.
     */
    private final class Rebuild implements ChunkSink {
        private final ChunkStore.Reading reading;
        private final SnapshotRoot root;
        private final BlockTarget target;
        private final ProgressMeter meter;
        private final CancelToken cancel;
        private final ChunkRequests requests = new ChunkRequests();
        private final long[] pages = new long[PAGES_AT_ONCE];
        private final byte[][] leaves = new byte[PAGES_AT_ONCE][];
        private int count;

        /** Up to here every guest byte is requested or zeroed. */
        private long covered;

        Rebuild(
                ChunkStore.Reading reading,
                SnapshotRoot root,
                BlockTarget target,
                ProgressMeter meter,
                CancelToken cancel) {
            this.reading = reading;
            this.root = root;
            this.target = target;
            this.meter = meter;
            this.cancel = cancel;
        }

        void run() throws IOException {
            leafIds(
                    root,
                    (page, id) -> {
                        pages[count] = page;
                        leaves[count++] = id;
                        if (count == PAGES_AT_ONCE) {
                            gather();
                        }
                    });
            gather();
            read();
            zeroUpTo(target.size());
            meter.finish();
        }

        private void gather() throws IOException {
            LocatedPage[] located = new LocatedPage[count];
            Workers.run(
                    "quarry-locate",
                    count,
                    threads,
                    cancel,
                    () -> index -> located[(int) index] = locate((int) index));
            count = 0;
            for (LocatedPage page : located) {
                for (int i = 0; i < page.locations.length; i++) {
                    long offset = page.offsets[i];
                    zeroUpTo(Math.max(0, offset));
                    covered = Math.min(root.size(), offset + page.bytes[i]);
                    requests.add(page.locations[i], offset);
                }
            }
            if (requests.count() >= BATCH_CHUNKS) {
                read();
            }
        }

        private LocatedPage locate(int index) throws IOException {
            LeafCursor leaf = new LeafCursor(store.readNode(leaves[index]));
            LocatedPage page = new LocatedPage(leaf.chunks());
            long start = pages[index] * Grid.PAGE_BYTES - root.lead();
            for (int i = 0; leaf.next(); i++) {
                long location = reading.locate(leaf.id());
                if (reading.lengthOf(location) != leaf.bytes()) {
                    throw new StoreException(
                            StoreException.Kind.CORRUPT,
                            "chunk "
                                    + HexFormat.of().formatHex(leaf.id())
                                    + " is not of "
                                    + leaf.bytes()
                                    + " bytes");
                }
                page.locations[i] = location;
                page.offsets[i] = start + (long) leaf.firstBlock() * Grid.BLOCK_BYTES;
                page.bytes[i] = leaf.bytes();
            }
            return page;
        }

        private void read() throws IOException {
            reading.readAll(requests, threads, cancel, this);
            requests.clear();
        }

        private void zeroUpTo(long offset) throws IOException {
            if (offset > covered) {
                target.zero(covered, offset - covered);
                meter.add(offset - covered);
                covered = offset;
            }
        }

        /** The first and the last block may hang over the disk's ends, where they are zeros. */
        @Override
        public void accept(long offset, MemorySegment plain) throws IOException {
            long skip = Math.max(0, -offset);
            long length = Math.min(plain.byteSize(), root.size() - offset) - skip;
            if (length > 0) {
                target.write(offset + skip, plain.asSlice(skip, length));
                meter.add(length);
            }
        }
    }
}

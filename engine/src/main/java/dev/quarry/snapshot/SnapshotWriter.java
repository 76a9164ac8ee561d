package dev.quarry.snapshot;

import dev.quarry.block.BlockSource;
import dev.quarry.block.StreamedDisk;
import dev.quarry.chunk.BlockHasher;
import dev.quarry.chunk.ContentDigest;
import dev.quarry.chunk.Cutter;
import dev.quarry.chunk.CutterParameters;
import dev.quarry.chunk.Grid;
import dev.quarry.chunk.GridSource;
import dev.quarry.chunk.PageReader;
import dev.quarry.chunk.PartitionGrid;
import dev.quarry.chunk.ShiftedDigest;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.job.ProgressMeter;
import dev.quarry.job.Workers;
import dev.quarry.store.ChunkSession;
import dev.quarry.store.ChunkStore;
import dev.quarry.store.StoreException;
import dev.quarry.store.StoreLease;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;

/** Cuts a disk into a store. */
public final class SnapshotWriter {

    private final ChunkStore store;
    private final int threads;

    /**
     * @param threads pages that are cut at once
     */
    public SnapshotWriter(ChunkStore store, int threads) {
        this.store = store;
        this.threads = threads;
    }

    /**
     * What a write came to.
     *
     * @param root id of the tree's root, in hex
     * @param content digest of the disk
     * @param sizeBytes of the disk
     * @param dataBytes in blocks that are not zero
     * @param newBytes of these that the store did not have, nodes included
     * @param storedBytes that the store grew by, the index apart
     */
    public record Result(
            String root,
            ContentDigest content,
            long sizeBytes,
            long dataBytes,
            long newBytes,
            long storedBytes) {}

    /**
     * Reads a disk and adds what the store does not have of it. When this returns, everything is
     * durable; when it throws, the store is as it was. A {@link StreamedDisk} is read once; its
     * grid begins with its first byte, whatever its partitions are.
     *
     * @param disk stays the caller's
     * @throws IOException if the disk is larger than {@link Grid#DISK_BYTES_MAX}, cannot be read,
     *     or the store cannot be written
     */
    public Result write(BlockSource disk, ProgressListener listener, CancelToken cancel)
            throws IOException {
        try (StoreLease lease = store.lease(StoreLease.Kind.WRITER)) {
            return write(disk, null, lease, listener, cancel);
        }
    }

    /**
     * As above, under a lease that the caller holds until a document refers to the root: until
     * then, and only then, no collector takes what was written for garbage.
     *
     * @param increment if the disk began as a snapshot, or null: pages that have not changed are
     *     not read. The result is the same as without; where the snapshot is not there any more, or
     *     the disk does not lie on its grid, everything is read
     */
    public Result write(
            BlockSource disk,
            @Nullable Increment increment,
            StoreLease lease,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        try (ChunkSession session = store.begin(lease)) {
            Result written = cut(disk, increment, session, listener, cancel);
            cancel.check();
            session.commit();
            return new Result(
                    written.root(),
                    written.content(),
                    written.sizeBytes(),
                    written.dataBytes(),
                    session.newPlainBytes(),
                    session.storedBytes());
        }
    }

    /**
     * Says what writing a disk would add, and adds nothing: to the store, and to what was rehearsed
     * in the same session before.
     *
     * @param session stays the caller's; its counters say what was added
     */
    public Result rehearse(
            BlockSource disk, ChunkSession session, ProgressListener listener, CancelToken cancel)
            throws IOException {
        return cut(disk, null, session, listener, cancel);
    }

    private Result cut(
            BlockSource disk,
            @Nullable Increment increment,
            ChunkSession session,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        checkSize(disk);
        CutterParameters cutter = store.properties().cutter();
        boolean streamed = disk instanceof StreamedDisk;
        // A stream is read once, so nothing of it can be looked at before.
        int lead = streamed ? 0 : PartitionGrid.leadOf(disk);
        GridSource grid = new GridSource(disk, lead);
        long[] pages = streamed ? allPages(grid) : PageReader.dataPages(grid);
        byte[][] leaves = new byte[pages.length][];
        byte[][] digests = new byte[pages.length][];
        ProgressMeter meter = new ProgressMeter(listener, grid.size());
        meter.add(grid.size() - Math.min(grid.size(), (long) pages.length * Grid.PAGE_BYTES));
        Totals totals = new Totals();
        ShiftedDigest shifted = lead == 0 ? null : new ShiftedDigest(lead);
        if (increment != null && lead == 0 && !streamed) {
            takeUnchanged(session, disk.size(), increment, pages, leaves, digests);
        }
        Workers.run(
                "quarry-cut",
                pages.length,
                threads,
                cancel,
                () ->
                        new Worker(
                                grid,
                                shifted,
                                session,
                                store.newCutter(),
                                store.newHasher(),
                                pages,
                                leaves,
                                digests,
                                meter,
                                totals));
        long size = disk instanceof StreamedDisk stream ? stream.finish() : disk.size();
        long pageCount = Grid.pages(Grid.blockCeiling(Math.addExact(size, lead)));
        ContentDigest content =
                shifted == null ? assemble(size, pages, digests) : shifted.digest(size);
        byte[] top =
                new TreeBuilder(session).build(pages, leaves, SnapshotRoot.levelsFor(pageCount));
        SnapshotRoot root =
                new SnapshotRoot(
                        cutter, lead, size, SnapshotRoot.levelsFor(pageCount), top, content);
        byte[] id = session.putNode(root.encode());
        meter.finish();
        return new Result(
                HexFormat.of().formatHex(id),
                content,
                size,
                totals.dataBytes,
                session.newPlainBytes(),
                session.storedBytes());
    }

    private static void checkSize(BlockSource disk) throws IOException {
        if (disk.size() > Grid.DISK_BYTES_MAX) {
            throw new IOException(
                    "disk of 0x"
                            + Long.toHexString(disk.size())
                            + " bytes is larger than the limit, 0x"
                            + Long.toHexString(Grid.DISK_BYTES_MAX));
        }
    }

    /** Fills in the leaves of pages that are as they were. */
    private void takeUnchanged(
            ChunkSession session,
            long size,
            Increment increment,
            long[] pages,
            byte[][] leaves,
            byte[][] digests)
            throws IOException {
        SnapshotRoot base;
        try {
            base = new SnapshotReader(store, threads).root(increment.root());
            if (base.lead() != 0
                    || base.size() > size
                    || !base.cutter().equals(store.properties().cutter())) {
                return;
            }
            Map<Long, BaseLeaves.Leaf> unchanged =
                    BaseLeaves.of(store, session, base, size, increment.changes());
            for (int i = 0; i < pages.length; i++) {
                BaseLeaves.Leaf leaf = unchanged.get(pages[i]);
                if (leaf != null) {
                    leaves[i] = leaf.id();
                    digests[i] = leaf.digest();
                }
            }
        } catch (StoreException e) {
            if (e.kind() != StoreException.Kind.MISSING) {
                throw e;
            }
        }
    }

    private static long[] allPages(GridSource grid) {
        long[] pages = new long[Math.toIntExact(Grid.pages(grid.size()))];
        Arrays.setAll(pages, i -> i);
        return pages;
    }

    private static ContentDigest assemble(long size, long[] pages, byte[][] digests) {
        ContentDigest.Builder builder = new ContentDigest.Builder(size);
        for (int i = 0; i < pages.length && pages[i] < Grid.pages(size); i++) {
            builder.add(pages[i], digests[i]);
        }
        return builder.finish();
    }

    /** What all workers together have seen. */
    private static final class Totals {
        private long dataBytes;

        synchronized void add(long bytes) {
            dataBytes += bytes;
        }
    }

    /** One thread's part: cuts page after page and writes their leaves. */
    private static final class Worker implements Workers.Worker {
        private final PageReader reader;
        private final PageCutter cutter;

        /** Null where grid and disk begin together. */
        private final ShiftedDigest.@Nullable Reader shifted;

        private final ChunkSession session;
        private final long[] pages;
        private final byte[][] leaves;
        private final byte[][] digests;
        private final ProgressMeter meter;
        private final Totals totals;

        Worker(
                GridSource grid,
                @Nullable ShiftedDigest shifted,
                ChunkSession session,
                Cutter cutter,
                BlockHasher hasher,
                long[] pages,
                byte[][] leaves,
                byte[][] digests,
                ProgressMeter meter,
                Totals totals) {
            this.reader = new PageReader(grid);
            this.cutter = new PageCutter(session, cutter, hasher, shifted == null);
            this.shifted = shifted == null ? null : shifted.reader();
            this.session = session;
            this.pages = pages;
            this.leaves = leaves;
            this.digests = digests;
            this.meter = meter;
            this.totals = totals;
        }

        @Override
        public void work(long index) throws IOException {
            int i = (int) index;
            if (leaves[i] != null) {
                meter.add(Grid.PAGE_BYTES);
                return;
            }
            if (reader.isZero(pages[i])) {
                leaves[i] = TreeBuilder.ZERO_ID;
                digests[i] = TreeBuilder.ZERO_ID;
                meter.add(Grid.PAGE_BYTES);
                return;
            }
            cut(pages[i]);
            leaves[i] = cutter.isEmpty() ? TreeBuilder.ZERO_ID : session.putNode(cutter.leaf());
            digests[i] = cutter.pageDigest();
            totals.add(cutter.dataBytes());
            meter.add(Grid.PAGE_BYTES);
        }

        private void cut(long page) throws IOException {
            cutter.begin();
            ShiftedDigest.Reader digest = shifted;
            if (digest == null) {
                reader.read(page, cutter);
                return;
            }
            digest.begin();
            reader.read(
                    page,
                    new PageReader.BlockConsumer() {
                        @Override
                        public int blocks(
                                MemorySegment memory, long position, int firstBlock, int count)
                                throws IOException {
                            digest.blocks(memory, position, firstBlock, count);
                            return cutter.blocks(memory, position, firstBlock, count);
                        }

                        @Override
                        public void endOfPage(MemorySegment memory, long position)
                                throws IOException {
                            digest.end(page);
                            cutter.endOfPage(memory, position);
                        }
                    });
        }

        @Override
        public void close() throws IOException {
            cutter.close();
            reader.close();
        }
    }
}

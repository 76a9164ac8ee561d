package dev.quarry;

import dev.quarry.block.BlockSource;
import dev.quarry.block.Extent;
import dev.quarry.catalog.AccountCatalog;
import dev.quarry.catalog.Lineage;
import dev.quarry.catalog.Uploads;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Grantee;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.rule.BlockRules;
import dev.quarry.catalog.rule.BlockTokens;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.snapshot.Increment;
import dev.quarry.snapshot.SnapshotBlockIndex;
import dev.quarry.snapshot.SnapshotDisk;
import dev.quarry.snapshot.SnapshotReader;
import dev.quarry.snapshot.SnapshotRoot;
import dev.quarry.snapshot.SnapshotWriter;
import dev.quarry.store.ChunkStore;
import dev.quarry.store.StoreLease;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.SortedSet;

/**
 * Snapshots as blocks of 512 KiB (4.11): written one by one, listed, compared and read, with the
 * contract of EC2's block API. Got from {@link Quarry#blocks}, and of use as long as that is open.
 * Thread-safe.
 */
public final class SnapshotBlocks {

    private final ChunkStore chunks;
    private final AccountCatalog account;
    private final int threads;

    SnapshotBlocks(ChunkStore chunks, AccountCatalog account, int threads) {
        this.chunks = chunks;
        this.account = account;
        this.threads = threads;
    }

    /** Begins a snapshot (StartSnapshot): pending, until it is completed. */
    public Snapshot start(Uploads.Start start) throws IOException {
        return account.uploads().start(start);
    }

    /**
     * Puts a block (PutSnapshotBlock); as often as one likes, the last one counts.
     *
     * @param index offset in 512 KiB
     * @param data exactly 512 KiB
     * @param checksum SHA256 of it in base64; mandatory
     * @return the checksum
     */
    public String put(String snapshotId, long index, byte[] data, @Nullable String checksum)
            throws IOException {
        return account.uploads().put(snapshotId, index, data, checksum);
    }

    /**
     * Completes a snapshot (CompleteSnapshot): what was put, over its parent or zeros.
     *
     * @param changedBlocks how many blocks were put
     * @param checksum SHA256 over the blocks' digests in the order of their indexes, in base64, or
     *     null
     */
    public Snapshot complete(
            String snapshotId,
            long changedBlocks,
            @Nullable String checksum,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        Uploads uploads = account.uploads();
        try (StoreLease lease = chunks.lease(StoreLease.Kind.WRITER)) {
            Uploads.Staged staged = uploads.staged(snapshotId, changedBlocks, checksum, lease);
            Snapshot parent = staged.parent();
            chunks.refresh();
            BlockSource below = parent == null ? null : disk(parent);
            try (StagedDisk disk =
                    new StagedDisk(
                            uploads, staged.snapshot().sizeBytes(), staged.blocks(), below)) {
                SnapshotWriter.Result content =
                        new SnapshotWriter(chunks, threads)
                                .write(
                                        disk,
                                        parent == null
                                                ? null
                                                : new Increment(parent.root(), disk::isStaged),
                                        lease,
                                        listener,
                                        cancel);
                return uploads.complete(snapshotId, content.root(), content.content().hex(), lease);
            }
        }
    }

    private SnapshotDisk disk(Snapshot snapshot) throws IOException {
        SnapshotReader reader = new SnapshotReader(chunks, threads);
        return new SnapshotDisk(chunks, reader, reader.root(snapshot.root()));
    }

    /**
     * A page of a list of blocks.
     *
     * @param indexes of the blocks, ascending, each once; may be empty though more follow
     * @param snapshots one, or the two that were compared; the first of two may be null
     * @param expiry when the blocks' tokens end
     * @param nextToken of the next page, or null
     */
    public record Page(
            List<Long> indexes,
            List<@Nullable Snapshot> snapshots,
            Instant expiry,
            @Nullable String nextToken) {}

    /**
     * Lists the blocks that are not zeros (ListSnapshotBlocks).
     *
     * @param startingIndex the first that is wanted
     * @param maxResults 100 to 10,000, or null for that
     * @param nextToken of the page before, or null
     */
    public Page list(
            String snapshotId,
            long startingIndex,
            @Nullable Integer maxResults,
            @Nullable String nextToken)
            throws IOException {
        int most = BlockRules.checkResults(maxResults);
        Snapshot snapshot = readable(snapshotId);
        String search = account.actor().account() + "\0" + snapshotId;
        long start = start(nextToken, search, startingIndex, snapshot.sizeBytes());
        recordExport(snapshot, nextToken);
        try (StoreReading _ = StoreReading.begin(chunks)) {
            SortedSet<Long> found =
                    new SnapshotBlockIndex(chunks, BlockRules.BLOCK_BYTES)
                            .written(root(snapshot), start, most);
            List<@Nullable Snapshot> one = new ArrayList<>();
            one.add(snapshot);
            return page(found, most, search, one);
        }
    }

    /**
     * Lists the blocks in which two snapshots of one lineage differ (ListChangedBlocks).
     *
     * @param firstId the older one, or null for zeros
     */
    public Page changed(
            @Nullable String firstId,
            String secondId,
            long startingIndex,
            @Nullable Integer maxResults,
            @Nullable String nextToken)
            throws IOException {
        int most = BlockRules.checkResults(maxResults);
        Snapshot second = readable(secondId);
        Snapshot first = firstId == null ? null : readable(firstId);
        if (first != null && !new Lineage(account).isOne(first, second)) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "snapshots " + firstId + " and " + secondId + " are not of one lineage");
        }
        String search = account.actor().account() + "\0" + firstId + "\0" + secondId;
        long bytes = Math.max(first == null ? 0 : first.sizeBytes(), second.sizeBytes());
        long start = start(nextToken, search, startingIndex, bytes);
        recordExport(second, nextToken);
        if (first != null) {
            recordExport(first, nextToken);
        }
        try (StoreReading _ = StoreReading.begin(chunks)) {
            SnapshotBlockIndex index = new SnapshotBlockIndex(chunks, BlockRules.BLOCK_BYTES);
            SortedSet<Long> found =
                    first == null
                            ? index.written(root(second), start, most)
                            : index.changed(root(first), root(second), start, most);
            List<@Nullable Snapshot> two = new ArrayList<>();
            two.add(first);
            two.add(second);
            return page(found, most, search, two);
        }
    }

    /** Told once for a list: nobody reads a block without a token from one. */
    private void recordExport(Snapshot snapshot, @Nullable String nextToken) throws IOException {
        if (nextToken == null) {
            account.recordExport(snapshot);
        }
    }

    private static long startOrZero(long index, long bytes) throws CatalogException {
        if (index != 0) {
            BlockRules.checkIndex(index, bytes);
        }
        return index;
    }

    private long start(@Nullable String token, String search, long startingIndex, long bytes)
            throws CatalogException {
        return token == null
                ? startOrZero(startingIndex, bytes)
                : BlockTokens.page(token, search, account.now());
    }

    private Page page(
            SortedSet<Long> found, int most, String search, List<@Nullable Snapshot> snapshots) {
        List<Long> indexes = new ArrayList<>(found);
        String next = null;
        if (indexes.size() > most) {
            next = BlockTokens.ofPage(search, indexes.get(most), account.now());
            indexes = indexes.subList(0, most);
        }
        return new Page(List.copyOf(indexes), snapshots, BlockTokens.expiry(account.now()), next);
    }

    /** The token with which a block of a snapshot is read; null behind the snapshot's end. */
    public @Nullable String token(Snapshot snapshot, long index) {
        return index >= BlockRules.blocks(snapshot.sizeBytes())
                ? null
                : BlockTokens.ofBlock(snapshot.root(), index, account.now());
    }

    /**
     * Reads a block (GetSnapshotBlock); the last one is filled up with zeros.
     *
     * @param token from a list
     */
    public byte[] get(String snapshotId, long index, String token) throws IOException {
        Snapshot snapshot = readable(snapshotId);
        BlockRules.checkIndex(index, snapshot.sizeBytes());
        BlockTokens.checkBlock(token, snapshot.root(), index, account.now());
        try (Arena arena = Arena.ofConfined();
                StoredDisk disk = StoredDisk.open(chunks, snapshot, threads)) {
            MemorySegment block = arena.allocate(BlockRules.BLOCK_BYTES);
            new SnapshotBlockIndex(chunks, BlockRules.BLOCK_BYTES).read(disk, index, block);
            return block.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private SnapshotRoot root(Snapshot snapshot) throws IOException {
        return new SnapshotReader(chunks, 1).root(snapshot.root());
    }

    /** Rule 4.11.2: completed, not public, and what an export would give. */
    private Snapshot readable(String snapshotId) throws IOException {
        if (account.snapshot(snapshotId).createVolumePermissions().contains(Grantee.ALL)) {
            throw new CatalogException(
                    ErrorCode.OPERATION_NOT_PERMITTED,
                    "snapshot " + snapshotId + " is public: its blocks are not listed or read");
        }
        return account.prepareExport(snapshotId);
    }

    /** Blocks that were put, over what is below. Thread-safe. */
    private static final class StagedDisk implements BlockSource {
        private final Uploads uploads;
        private final long size;
        private final NavigableMap<Long, String> blocks;
        private final @Nullable BlockSource below;

        StagedDisk(
                Uploads uploads,
                long size,
                NavigableMap<Long, String> blocks,
                @Nullable BlockSource below) {
            this.uploads = uploads;
            this.size = size;
            this.blocks = blocks;
            this.below = below;
        }

        boolean isStaged(long offset, long limit) {
            Long block = blocks.ceilingKey(offset / BlockRules.BLOCK_BYTES);
            return block != null && block * BlockRules.BLOCK_BYTES < limit;
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public void read(long offset, MemorySegment target) throws IOException {
            if (offset < 0 || offset > size - target.byteSize()) {
                throw new IndexOutOfBoundsException(
                        target.byteSize() + " bytes at " + offset + " of " + size);
            }
            for (long done = 0; done < target.byteSize(); ) {
                long at = offset + done;
                int skip = (int) (at % BlockRules.BLOCK_BYTES);
                long length = Math.min(target.byteSize() - done, BlockRules.BLOCK_BYTES - skip);
                MemorySegment part = target.asSlice(done, length);
                String name = blocks.get(at / BlockRules.BLOCK_BYTES);
                if (name != null) {
                    part.copyFrom(MemorySegment.ofArray(uploads.block(name)).asSlice(skip, length));
                } else {
                    readBelow(at, part);
                }
                done += length;
            }
        }

        private void readBelow(long offset, MemorySegment target) throws IOException {
            long length =
                    below == null
                            ? 0
                            : Math.max(0, Math.min(target.byteSize(), below.size() - offset));
            if (below != null && length > 0) {
                below.read(offset, target.asSlice(0, length));
            }
            target.asSlice(length).fill((byte) 0);
        }

        @Override
        public Extent extentAt(long offset, long limit) throws IOException {
            long block = offset / BlockRules.BLOCK_BYTES;
            if (blocks.containsKey(block)) {
                long end = Math.min(limit, (block + 1) * BlockRules.BLOCK_BYTES);
                return new Extent(offset, end - offset, Extent.Kind.DATA);
            }
            Long next = blocks.ceilingKey(block);
            long end = next == null ? limit : Math.min(limit, next * BlockRules.BLOCK_BYTES);
            if (below == null || offset >= below.size()) {
                return new Extent(offset, end - offset, Extent.Kind.HOLE);
            }
            return below.extentAt(offset, Math.min(end, below.size()));
        }

        @Override
        public void close() throws IOException {
            if (below != null) {
                below.close();
            }
        }
    }
}

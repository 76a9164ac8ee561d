package dev.quarry.snapshot;

import dev.quarry.chunk.ContentDigest;
import dev.quarry.chunk.Grid;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.job.ProgressMeter;
import dev.quarry.store.ChunkSession;
import dev.quarry.store.ChunkStore;
import dev.quarry.store.ChunkTransfer;
import dev.quarry.store.StoreException;
import dev.quarry.store.StoreLease;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Brings the content of snapshots from one store into another: only the chunks that the target
 * lacks. Every chunk that is brought is compared with its id, and so is every node, so that the
 * content digest of the target's root holds. Thread-safe.
 *
 * <p>What was brought is committed every {@link #COMMIT_BYTES}: a transfer that was cut off and is
 * begun again finds it there.
 */
public final class SnapshotTransfer {

    /** Plain bytes between two commits: lost at most when a transfer is cut off. */
    private static final long COMMIT_BYTES = 1L << 30;

    private final ChunkStore source;
    private final ChunkStore target;
    private final int threads;

    /**
     * @param source is read
     * @param target is written
     * @param threads that decode, hash and encode at once
     */
    public SnapshotTransfer(ChunkStore source, ChunkStore target, int threads) {
        this.source = source;
        this.target = target;
        this.threads = threads;
    }

    /**
     * What a transfer came to.
     *
     * @param root id of the tree's root in the target, in hex; another than in the source where the
     *     stores cut differently
     * @param content digest of the disk, the same in both
     * @param sizeBytes of the disk
     * @param newBytes plain bytes that the target did not have, nodes included
     * @param storedBytes that the target grew by, the index apart
     * @param wasRecut whether the stores cut differently, so that the disk was read and cut anew
     */
    public record Result(
            String root,
            ContentDigest content,
            long sizeBytes,
            long newBytes,
            long storedBytes,
            boolean wasRecut) {}

    /**
     * Brings one snapshot. When this returns, everything is durable in the target; the caller
     * registers the root there.
     *
     * @param root id of the snapshot's root in the source, in hex
     * @throws StoreException of kind MISSING or CORRUPT if the source does not have all of it; what
     *     was brought stays in the target, and nothing refers to it
     */
    public Result transfer(String root, ProgressListener listener, CancelToken cancel)
            throws IOException {
        try (StoreLease lease = target.lease(StoreLease.Kind.WRITER)) {
            return transfer(root, lease, listener, cancel);
        }
    }

    /**
     * As above, under a lease on the target that the caller holds until a document there refers to
     * the root: until then, and only then, no collector takes what was brought for garbage.
     */
    public Result transfer(
            String root, StoreLease lease, ProgressListener listener, CancelToken cancel)
            throws IOException {
        try (@Nullable StoreLease _ = source.readerLease()) {
            source.refresh();
            return transferLeased(root, lease, listener, cancel);
        }
    }

    private Result transferLeased(
            String root, StoreLease lease, ProgressListener listener, CancelToken cancel)
            throws IOException {
        SnapshotReader reader = new SnapshotReader(source, threads);
        SnapshotRoot from = reader.root(root);
        if (!from.cutter().equals(target.properties().cutter()) || !source.namesAs(target)) {
            return recut(reader, from, lease, listener, cancel);
        }
        try (ChunkSession session = target.begin(lease);
                ChunkTransfer chunks = new ChunkTransfer(source.reading(), session, threads)) {
            Walk walk =
                    new Walk(
                            from,
                            session,
                            chunks,
                            new ProgressMeter(listener, from.size()),
                            cancel);
            byte[] id = walk.run(root);
            cancel.check();
            session.commit();
            walk.meter.finish();
            return new Result(
                    HexFormat.of().formatHex(id),
                    from.content(),
                    from.size(),
                    session.newPlainBytes(),
                    session.storedBytes(),
                    false);
        }
    }

    /** Reads the disk out of the source and cuts it as the target does. */
    private Result recut(
            SnapshotReader reader,
            SnapshotRoot from,
            StoreLease lease,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        SnapshotWriter.Result written;
        try (SnapshotDisk disk = new SnapshotDisk(source, reader, from)) {
            written =
                    new SnapshotWriter(target, threads).write(disk, null, lease, listener, cancel);
        }
        if (!written.content().equals(from.content())) {
            throw new StoreException(
                    StoreException.Kind.CORRUPT,
                    "what was read has the content digest "
                            + written.content()
                            + ", and its root says "
                            + from.content());
        }
        return new Result(
                written.root(),
                written.content(),
                written.sizeBytes(),
                written.newBytes(),
                written.storedBytes(),
                true);
    }

    /** One transfer: chunks leaf by leaf, a node after everything below it. */
    private final class Walk {
        private final SnapshotRoot root;
        private final ChunkSession session;
        private final ChunkTransfer chunks;
        private final ProgressMeter meter;
        private final CancelToken cancel;
        private long committedBytes;

        Walk(
                SnapshotRoot root,
                ChunkSession session,
                ChunkTransfer chunks,
                ProgressMeter meter,
                CancelToken cancel) {
            this.root = root;
            this.session = session;
            this.chunks = chunks;
            this.meter = meter;
            this.cancel = cancel;
        }

        byte[] run(String id) throws IOException {
            if (!TreeBuilder.isZero(root.top())) {
                visit(root.top(), root.levels());
            }
            chunks.flush(cancel);
            return put(HexFormat.of().parseHex(id), null);
        }

        private void visit(byte[] id, int level) throws IOException {
            cancel.check();
            byte[] node = source.readNode(id);
            if (level > 0) {
                InnerNode inner = new InnerNode(node, level);
                for (int i = 0; i < inner.children(); i++) {
                    visit(inner.id(i), level - 1);
                }
            } else {
                LeafCursor leaf = new LeafCursor(node);
                while (leaf.next()) {
                    chunks.add(leaf.id(), leaf.bytes(), cancel);
                }
                meter.add(Grid.PAGE_BYTES);
                commitSometimes();
            }
            put(id, node);
        }

        private byte[] put(byte[] id, byte @Nullable [] known) throws IOException {
            byte[] node = known == null ? source.readNode(id) : known;
            byte[] actual = session.putNode(node);
            if (!Arrays.equals(actual, id)) {
                throw new StoreException(
                        StoreException.Kind.CORRUPT,
                        "node " + HexFormat.of().formatHex(id) + " is not what its id says");
            }
            return actual;
        }

        private void commitSometimes() throws IOException {
            if (session.newPlainBytes() - committedBytes >= COMMIT_BYTES) {
                chunks.flush(cancel);
                session.commit();
                committedBytes = session.newPlainBytes();
            }
        }
    }
}

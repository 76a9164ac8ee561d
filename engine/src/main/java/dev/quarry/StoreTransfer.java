package dev.quarry;

import dev.quarry.catalog.AccountCatalog;
import dev.quarry.catalog.Copies;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotSource;
import dev.quarry.catalog.model.SnapshotState;
import dev.quarry.catalog.model.Tags;
import dev.quarry.catalog.rule.SnapshotRegistration;
import dev.quarry.chunk.BlockHasher;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.snapshot.SnapshotTransfer;
import dev.quarry.store.ChunkStore;
import dev.quarry.store.StoreException;
import dev.quarry.store.StoreLease;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Brings an image with its snapshots, or a snapshot, into another store, for an account that has
 * the same name there. What was cut off goes on where it was when it is asked for again, and what
 * was complete is found again: an image by a client token made of what was asked, a snapshot by its
 * source and content digest. An image that was deregistered there is brought anew. For one
 * transfer.
 */
final class StoreTransfer {

    private static final int TOKEN_DIGITS = 40;

    private final AccountCatalog source;
    private final AccountCatalog target;
    private final ChunkStore targetChunks;
    private final SnapshotTransfer transfer;
    private long newBytes;
    private long storedBytes;
    private boolean wasRecut;

    StoreTransfer(
            ChunkStore sourceChunks,
            AccountCatalog source,
            ChunkStore targetChunks,
            AccountCatalog target,
            int threads) {
        this.source = source;
        this.target = target;
        this.targetChunks = targetChunks;
        this.transfer = new SnapshotTransfer(sourceChunks, targetChunks, threads);
    }

    /**
     * @param name of the image in the target, or null for the one that it has
     */
    TransferResult image(
            String id, @Nullable String name, ProgressListener listener, CancelToken cancel)
            throws IOException {
        Copies.Source subject = source.copies().prepareExport(id);
        for (Snapshot snapshot : subject.snapshots().values()) {
            source.recordExport(snapshot);
        }
        String newName = name == null ? subject.image().name() : name;
        String token = token(id, newName);
        target.copies().renew(token);
        CopyImageRequest request =
                CopyImageRequest.of(id, newName)
                        .withTags(CopyImageRequest.SourceTags.COPY, Tags.none())
                        .withClientToken(token);
        try (StoreLease lease = targetChunks.lease(StoreLease.Kind.WRITER)) {
            MachineImage copy =
                    new ImageCopy(
                                    source,
                                    target,
                                    (snapshot, progress, stop) ->
                                            bring(snapshot, lease, progress, stop).root(),
                                    lease)
                            .copy(request, listener, cancel);
            return new TransferResult(copy, null, newBytes, storedBytes, wasRecut);
        }
    }

    private String token(String id, String name) throws IOException {
        String asked = source.settings().store().region() + "\0" + id + "\0" + name;
        byte[] digest = BlockHasher.sha256().digest(asked.getBytes(StandardCharsets.UTF_8));
        return "transfer-" + HexFormat.of().formatHex(digest).substring(0, TOKEN_DIGITS);
    }

    TransferResult snapshot(String id, ProgressListener listener, CancelToken cancel)
            throws IOException {
        Snapshot snapshot = source.prepareExport(id);
        Snapshot found = find(snapshot);
        if (found != null) {
            return new TransferResult(null, found, 0, 0, false);
        }
        target.copies().adoptProducts(source.copies().productOwners(snapshot.productCodes()));
        source.recordExport(snapshot);
        try (StoreLease lease = targetChunks.lease(StoreLease.Kind.WRITER)) {
            SnapshotTransfer.Result result = bring(snapshot, lease, listener, cancel);
            SnapshotRegistration registration =
                    SnapshotRegistration.of(
                                    result.root(), snapshot.contentDigest(), snapshot.sizeBytes())
                            .withDescription(snapshot.description())
                            .withSource(sourceOf(snapshot))
                            .withEncryption(target.encryptionOfCopy(snapshot))
                            .withProductCodes(snapshot.productCodes());
            Snapshot copy =
                    target.registerSnapshot(
                            source.actor().owns(snapshot)
                                    ? registration.withTags(snapshot.tags())
                                    : registration,
                            lease);
            return new TransferResult(null, copy, newBytes, storedBytes, wasRecut);
        }
    }

    private SnapshotSource sourceOf(Snapshot snapshot) throws IOException {
        return new SnapshotSource(
                null, null, null, snapshot.id(), source.settings().store().region());
    }

    private @Nullable Snapshot find(Snapshot original) throws IOException {
        SnapshotSource from = sourceOf(original);
        for (Snapshot each : target.snapshots()) {
            if (target.actor().owns(each)
                    && each.state() == SnapshotState.COMPLETED
                    && each.contentDigest().equals(original.contentDigest())
                    && each.source().equals(from)) {
                return each;
            }
        }
        return null;
    }

    private SnapshotTransfer.Result bring(
            Snapshot snapshot, StoreLease lease, ProgressListener listener, CancelToken cancel)
            throws IOException {
        SnapshotTransfer.Result result =
                transfer.transfer(snapshot.root(), lease, listener, cancel);
        requireSame(result, snapshot);
        newBytes += result.newBytes();
        storedBytes += result.storedBytes();
        wasRecut |= result.wasRecut();
        return result;
    }

    /** Compares what was brought with what the catalogue says that it is. */
    static void requireSame(SnapshotTransfer.Result result, Snapshot snapshot)
            throws StoreException {
        if (!result.content().hex().equals(snapshot.contentDigest())
                || result.sizeBytes() != snapshot.sizeBytes()) {
            throw new StoreException(
                    StoreException.Kind.CORRUPT,
                    "the content of "
                            + snapshot.id()
                            + " has the digest "
                            + result.content().hex()
                            + ", and the catalogue says "
                            + snapshot.contentDigest());
        }
    }
}

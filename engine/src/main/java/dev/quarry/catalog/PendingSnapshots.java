package dev.quarry.catalog;

import dev.quarry.catalog.model.CatalogEvent;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotState;
import dev.quarry.store.BlobConflictException;
import dev.quarry.store.StoreException;
import dev.quarry.store.StoreLease;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * Registers snapshots in an order that collectors can rely on: the document is there, pending, and
 * names its writer's lease; the lease is committed, which fails if a collector has revoked it; only
 * then is the snapshot completed.
 */
final class PendingSnapshots {

    static final String LEASE = "lease ";

    private final Tables tables;

    PendingSnapshots(Tables tables) {
        this.tables = tables;
    }

    /** The lease that a pending snapshot names, or null. */
    static @Nullable String leaseOf(Snapshot pending) {
        String message = pending.stateMessage();
        return message != null && message.startsWith(LEASE)
                ? message.substring(LEASE.length())
                : null;
    }

    /**
     * @param event what is done, told when the snapshot is completed
     */
    Snapshot register(Snapshot snapshot, StoreLease lease, CatalogEvent event) throws IOException {
        Snapshot begun = snapshot.withState(SnapshotState.PENDING, LEASE + lease.name());
        Documents.Stored<Snapshot> pending;
        try {
            pending = tables.create(tables.snapshots, begun, null);
        } catch (BlobConflictException e) {
            throw e;
        } catch (IOException e) {
            // The document may be there or not, and some search entries.
            remove(new Documents.Stored<>(begun, "", null), e);
            throw e;
        }
        try {
            lease.commit();
        } catch (IOException e) {
            remove(pending, e);
            throw e;
        }
        try {
            return tables.replace(tables.snapshots, pending, snapshot, event).object();
        } catch (BlobConflictException e) {
            // It is a collector's.
            throw new StoreException(
                    StoreException.Kind.EXPIRED,
                    "this was stopped for longer than its lease, and its snapshot was taken back:"
                            + " begin again",
                    e);
        } catch (IOException e) {
            remove(pending, e);
            throw e;
        }
    }

    /**
     * Completes a snapshot that is pending already and waited for blocks; where its writer fails,
     * it waits on.
     *
     * @param event what is done
     */
    Snapshot complete(
            Documents.Stored<Snapshot> waiting,
            Snapshot completed,
            StoreLease lease,
            CatalogEvent event)
            throws IOException {
        Documents.Stored<Snapshot> pending =
                tables.replace(
                        tables.snapshots,
                        waiting,
                        completed.withState(SnapshotState.PENDING, LEASE + lease.name()),
                        null);
        try {
            lease.commit();
        } catch (IOException e) {
            tables.replace(tables.snapshots, pending, waiting.object(), null);
            throw e;
        }
        return tables.replace(tables.snapshots, pending, completed, event).object();
    }

    private void remove(Documents.Stored<Snapshot> pending, IOException reason) {
        try {
            tables.remove(tables.snapshots, pending);
        } catch (IOException e) {
            // A collector removes it.
            reason.addSuppressed(e);
        }
    }
}

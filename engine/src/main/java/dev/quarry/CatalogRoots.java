package dev.quarry;

import dev.quarry.catalog.Catalog;
import dev.quarry.snapshot.LiveMarker;
import dev.quarry.store.BlobStore;
import dev.quarry.store.Collector;
import dev.quarry.store.LiveChunks;
import dev.quarry.store.StoreException;
import dev.quarry.store.StoreLease;

import java.io.IOException;
import java.util.Set;

/** What the catalogue's snapshots need. */
final class CatalogRoots implements Collector.Roots {

    private final Catalog catalog;
    private final BlobStore blobs;
    private final Set<String> without;

    CatalogRoots(Catalog catalog, BlobStore blobs) {
        this(catalog, blobs, Set.of());
    }

    /**
     * @param without ids of snapshots that count as not there
     */
    CatalogRoots(Catalog catalog, BlobStore blobs, Set<String> without) {
        this.without = Set.copyOf(without);
        this.catalog = catalog;
        this.blobs = blobs;
    }

    @Override
    public Collector.Needs list() throws IOException {
        // Pending ones are listed first: one that completes between the two is in the second list.
        Set<String> pending = catalog.pendingRoots();
        Set<String> others = catalog.snapshotRoots(without);
        return live -> mark(live, others, pending);
    }

    private static void mark(LiveChunks live, Set<String> others, Set<String> pending)
            throws IOException {
        LiveMarker marker = new LiveMarker(live);
        for (String root : others) {
            marker.mark(root);
        }
        for (String root : pending) {
            try {
                marker.mark(root);
            } catch (StoreException e) {
                // Its writer's lease was revoked before this one was registered: it will never be
                // completed.
                if (e.kind() != StoreException.Kind.MISSING) {
                    throw e;
                }
            }
        }
    }

    @Override
    public void settle() throws IOException {
        catalog.sweepUploads();
        catalog.retirePending(name -> StoreLease.isHeld(blobs, name));
    }
}

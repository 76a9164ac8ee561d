package dev.quarry;

import dev.quarry.catalog.Catalog;
import dev.quarry.job.CancelToken;
import dev.quarry.snapshot.LiveMarker;
import dev.quarry.store.BlobStore;
import dev.quarry.store.Collector;
import dev.quarry.store.LiveChunks;
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
        return new Listed(others, pending);
    }

    /** What there was when it was listed. */
    private record Listed(Set<String> others, Set<String> pending) implements Collector.Needs {

        @Override
        public void mark(LiveChunks live, int threads, CancelToken cancel) throws IOException {
            new LiveMarker(live, threads, cancel).mark(others);
            // Of one whose writer's lease was revoked before this one was registered, something may
            // be missing: it will never be completed.
            new LiveMarker(live, threads, cancel).markWhatIsThere(pending);
        }

        @Override
        public boolean covers(Collector.Needs earlier) {
            return earlier instanceof Listed listed
                    && listed.pending().isEmpty()
                    && others.containsAll(listed.others());
        }
    }

    @Override
    public void settle() throws IOException {
        catalog.endExpired();
        catalog.sweepUploads();
        catalog.retirePending(name -> StoreLease.isHeld(blobs, name));
    }
}

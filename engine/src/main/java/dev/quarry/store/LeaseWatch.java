package dev.quarry.store;

import dev.quarry.job.CancelToken;
import dev.quarry.job.CancelledException;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Waits for the leases of others to end, and revokes those that are seen not to change. For one
 * thread.
 */
final class LeaseWatch {

    /** How often a lease that may end any moment is looked for. */
    private static final long STEP_MILLIS = 50;

    private final BlobStore blobs;
    private final LeaseTiming timing;
    private final StoreLease own;
    private final Map<String, Seen> seen = new HashMap<>();

    /** The version of a lease's document, and how often it was seen so. */
    private record Seen(String version, int looks) {}

    LeaseWatch(BlobStore blobs, LeaseTiming timing, StoreLease own) {
        this.blobs = blobs;
        this.timing = timing;
        this.own = own;
    }

    /** Waits until no lease of a kind is left that is older than an epoch. */
    void await(StoreLease.Kind kind, long epoch, CancelToken cancel) throws IOException {
        long sinceLook = timing.lookMillis();
        long step = Math.min(STEP_MILLIS, timing.lookMillis());
        while (true) {
            boolean counts = sinceLook >= timing.lookMillis();
            if (!isAnyLeft(lease -> lease.kind() == kind && lease.epoch() < epoch, counts)) {
                return;
            }
            cancel.check();
            sinceLook = (counts ? 0 : sinceLook) + step;
            sleep(step);
        }
    }

    private static void sleep(long millis) throws CancelledException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException();
        }
    }

    /**
     * Waits until no other collector's lease is left.
     *
     * @throws StoreException of kind BUSY if another collector is alive
     */
    void requireAlone(CancelToken cancel) throws IOException {
        while (true) {
            boolean any = false;
            for (String name : StoreLease.names(blobs)) {
                Optional<BlobStore.Document> document = others(name);
                if (document.isPresent()
                        && LeaseDocument.of(document.get().bytes()).kind()
                                == StoreLease.Kind.COLLECTOR) {
                    any = true;
                    Seen before = seen.get(name);
                    if (before != null && !before.version().equals(document.get().version())) {
                        throw new StoreException(
                                StoreException.Kind.BUSY,
                                "another collection is under way: " + blobs.name());
                    }
                    look(name, document.get());
                }
            }
            if (!any) {
                return;
            }
            cancel.check();
            sleep(timing.lookMillis());
        }
    }

    private Optional<BlobStore.Document> others(String name) throws IOException {
        return name.equals(own.name())
                ? Optional.empty()
                : blobs.readDocument(StoreLease.blob(name));
    }

    private boolean isAnyLeft(Predicate<LeaseDocument> matters, boolean counts) throws IOException {
        boolean any = false;
        List<String> names = StoreLease.names(blobs);
        for (String name : names) {
            Optional<BlobStore.Document> document = others(name);
            if (document.isPresent() && matters.test(LeaseDocument.of(document.get().bytes()))) {
                any = true;
                if (counts) {
                    look(name, document.get());
                }
            }
        }
        return any;
    }

    private void look(String name, BlobStore.Document document) throws IOException {
        Seen before = seen.get(name);
        int looks =
                before != null && before.version().equals(document.version())
                        ? before.looks() + 1
                        : 0;
        seen.put(name, new Seen(document.version(), looks));
        if (looks >= timing.looks()) {
            revoke(name, document);
        }
    }

    private void revoke(String name, BlobStore.Document document) throws IOException {
        LeaseDocument lease = LeaseDocument.of(document.bytes());
        LeaseDocument revoked =
                new LeaseDocument(
                        lease.kind(), lease.epoch(), lease.counter(), LeaseDocument.State.REVOKED);
        try {
            blobs.replaceTransient(StoreLease.blob(name), revoked.bytes(), document.version());
        } catch (BlobConflictException e) {
            // It lives, or is gone.
            return;
        }
        blobs.delete(StoreLease.blob(name));
    }
}

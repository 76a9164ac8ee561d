package dev.quarry.store;

import dev.quarry.job.CancelToken;
import dev.quarry.job.CancelledException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

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

    /**
     * Another's lease.
     *
     * @param document what it says, or null for one that is damaged: it may be of any kind and
     *     epoch
     * @param version of its document; that of a damaged one never changes, because its holder
     *     cannot replace it
     */
    private record Other(@Nullable LeaseDocument document, String version) {

        boolean isOf(StoreLease.Kind kind, long before) {
            return document == null || (document.kind() == kind && document.epoch() < before);
        }
    }

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
            if (!isAnyLeft(kind, epoch, counts)) {
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
                Other other = other(name);
                if (other != null && other.isOf(StoreLease.Kind.COLLECTOR, Long.MAX_VALUE)) {
                    any = true;
                    Seen before = seen.get(name);
                    if (before != null && !before.version().equals(other.version())) {
                        throw new StoreException(
                                StoreException.Kind.BUSY,
                                "another collection is under way: " + blobs.name());
                    }
                    look(name, other);
                }
            }
            if (!any) {
                return;
            }
            cancel.check();
            sleep(timing.lookMillis());
        }
    }

    /** The lease of somebody else, or null if it is not there any more. */
    private @Nullable Other other(String name) throws IOException {
        if (name.equals(own.name())) {
            return null;
        }
        try {
            return blobs.readDocument(StoreLease.blob(name))
                    .map(found -> new Other(LeaseDocument.of(found.bytes()), found.version()))
                    .orElse(null);
        } catch (StoreException e) {
            if (e.kind() != StoreException.Kind.CORRUPT) {
                throw e;
            }
            return new Other(null, "");
        }
    }

    private boolean isAnyLeft(StoreLease.Kind kind, long epoch, boolean counts) throws IOException {
        boolean any = false;
        for (String name : StoreLease.names(blobs)) {
            Other other = other(name);
            if (other != null && other.isOf(kind, epoch)) {
                any = true;
                if (counts) {
                    look(name, other);
                }
            }
        }
        return any;
    }

    private void look(String name, Other other) throws IOException {
        Seen before = seen.get(name);
        int looks =
                before != null && before.version().equals(other.version()) ? before.looks() + 1 : 0;
        seen.put(name, new Seen(other.version(), looks));
        if (looks >= timing.looks()) {
            revoke(name, other);
        }
    }

    private void revoke(String name, Other other) throws IOException {
        LeaseDocument lease = other.document();
        if (lease != null) {
            LeaseDocument revoked =
                    new LeaseDocument(
                            lease.kind(),
                            lease.epoch(),
                            lease.counter(),
                            LeaseDocument.State.REVOKED);
            try {
                blobs.replaceTransient(StoreLease.blob(name), revoked.bytes(), other.version());
            } catch (BlobConflictException e) {
                // It lives, or is gone.
                return;
            }
        }
        blobs.delete(StoreLease.blob(name));
    }
}

package dev.quarry.catalog;

import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotState;
import dev.quarry.catalog.model.Volume;
import dev.quarry.store.BlobConflictException;
import dev.quarry.store.BlobStore;
import dev.quarry.store.Finding;
import dev.quarry.store.Findings;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * The catalogue of a store. Everything that is done with it is done {@linkplain #as on behalf of an
 * account}. Opening it reads nothing. Thread-safe, and safe against other processes on the same
 * store: each change is one document replaced only if it is as it was read, so a process that dies
 * leaves every object either as it was or changed. It closes nothing: the blob store is the
 * caller's.
 */
public final class Catalog {

    private final BlobStore blobs;
    private final Tables tables;

    private Catalog(BlobStore blobs, Tables tables) {
        this.blobs = blobs;
        this.tables = tables;
    }

    /**
     * The catalogue on a blob store.
     *
     * @param blobs stays the caller's, and open as long as the catalogue is used
     * @param clock gives the times that are recorded
     */
    public static Catalog open(BlobStore blobs, Clock clock) {
        return open(blobs, clock, () -> Secure.RANDOM.nextLong());
    }

    /** Made when the first id is: a command that only reads does not wait 8 ms for it. */
    private static final class Secure {
        private static final SecureRandom RANDOM = new SecureRandom();
    }

    /** The catalogue with ids from a generator of the caller's: for tests. */
    static Catalog open(BlobStore blobs, Clock clock, RandomGenerator random) {
        return new Catalog(blobs, new Tables(blobs, clock, random));
    }

    /** The catalogue as an account sees it and may change it. */
    public AccountCatalog as(Actor actor) {
        return new AccountCatalog(tables, actor);
    }

    /** The catalogue as an account that is in no organisation sees it. */
    public AccountCatalog as(String account) throws CatalogException {
        return as(Actor.of(account));
    }

    /**
     * Roots of all snapshots of all accounts: what garbage collection must keep. A snapshot whose
     * deletion has begun and not ended is among them, one whose registration has not ended is not
     * ({@link #pendingRoots}).
     *
     * @return hex ids, sorted, each once
     */
    public Set<String> snapshotRoots() throws IOException {
        return snapshotRoots(Set.of());
    }

    /**
     * As above, as if some snapshots were not there.
     *
     * @param without ids of these
     */
    public Set<String> snapshotRoots(Set<String> without) throws IOException {
        Set<String> roots = new TreeSet<>();
        for (String id : tables.snapshots.ids()) {
            Optional<Documents.Stored<Snapshot>> stored = tables.snapshots.find(id);
            if (stored.isPresent() && !without.contains(id) && hasContent(stored.get().object())) {
                roots.add(stored.get().object().root());
            }
        }
        return roots;
    }

    /** Whether the chunk store has what a snapshot refers to. */
    public static boolean hasContent(Snapshot snapshot) {
        return snapshot.state() != SnapshotState.DELETED
                && snapshot.state() != SnapshotState.PENDING
                && snapshot.hasContent();
    }

    /**
     * Removes snapshots and images whose registration was cut off: snapshots that are pending, and
     * whose writers hold no lease any more, and images that nobody can go on with. Nobody could use
     * them.
     *
     * @param isHeld whether a lease of that name is held
     */
    public void retirePending(LeaseTest isHeld) throws IOException {
        new PendingImages(tables).end(isHeld);
        for (String id : tables.snapshots.ids()) {
            Optional<Documents.Stored<Snapshot>> stored = tables.snapshots.find(id);
            if (stored.isEmpty() || stored.get().object().state() != SnapshotState.PENDING) {
                continue;
            }
            Snapshot pending = stored.get().object();
            String lease = PendingSnapshots.leaseOf(pending);
            if (lease == null || isHeld.isHeld(lease)) {
                continue;
            }
            try {
                if (Uploads.isUpload(tables, id)) {
                    // Its blocks are there still: its owner can complete it again.
                    tables.replace(
                            tables.snapshots,
                            stored.get(),
                            pending.withContent(
                                    Snapshot.NO_ROOT, Snapshot.NO_ROOT, SnapshotState.PENDING),
                            null);
                    continue;
                }
                Snapshot deleted = pending.withState(SnapshotState.DELETED, null);
                tables.remove(
                        tables.snapshots,
                        tables.replace(tables.snapshots, stored.get(), deleted, null));
            } catch (BlobConflictException e) {
                // Its writer was alive, and has completed it.
            }
        }
    }

    /**
     * Ends snapshots that got no block within their timeout, and removes blocks nobody waits for.
     */
    public void sweepUploads() throws IOException {
        Uploads.sweep(tables);
    }

    /** Ends images that the recycle bin has held for as long as it had to. */
    public void endExpired() throws IOException {
        Retirement.endExpired(tables);
    }

    /** Asks whether a lease is held. */
    @FunctionalInterface
    public interface LeaseTest {
        boolean isHeld(String name) throws IOException;
    }

    /**
     * Roots of snapshots whose registration is under way. What they refer to may be gone if their
     * writer is dead.
     */
    public Set<String> pendingRoots() throws IOException {
        Set<String> roots = new TreeSet<>();
        for (String id : tables.snapshots.ids()) {
            Optional<Documents.Stored<Snapshot>> stored = tables.snapshots.find(id);
            if (stored.isPresent()
                    && stored.get().object().state() == SnapshotState.PENDING
                    && stored.get().object().hasContent()) {
                roots.add(stored.get().object().root());
            }
        }
        return roots;
    }

    /**
     * What all accounts have.
     *
     * @param snapshots that are not deleted, by id
     * @param images that are registered, by id
     * @param volumes by id
     */
    public record Contents(
            List<Snapshot> snapshots, List<MachineImage> images, List<Volume> volumes) {

        public Contents {
            snapshots = List.copyOf(snapshots);
            images = List.copyOf(images);
            volumes = List.copyOf(volumes);
        }
    }

    /**
     * Reads every document.
     *
     * @param findings hears of the damaged ones
     */
    public Contents check(Findings findings) throws IOException {
        return new CatalogCheck(tables, blobs, findings).run();
    }

    /**
     * Roots of the snapshots whose disks overlays stand on.
     *
     * @param known ids of volumes that were asked for before, and are passed over; the others are
     *     added
     */
    public Set<String> baseRoots(Set<String> known) throws IOException {
        Set<String> roots = new TreeSet<>();
        for (String id : tables.volumes.ids()) {
            if (known.add(id)) {
                tables.volumes
                        .find(id)
                        .map(stored -> stored.object().file().baseRoot())
                        .ifPresent(roots::add);
            }
        }
        return roots;
    }

    /**
     * What became of damaged documents.
     *
     * @param restored names of those that are as they should be again
     * @param quarantined names of those that are not used any more
     */
    public record Repaired(List<String> restored, List<String> quarantined) {

        public Repaired {
            restored = List.copyOf(restored);
            quarantined = List.copyOf(quarantined);
        }
    }

    /**
     * Repairs damaged documents, as far as that loses nothing else.
     *
     * @param findings of a check; what is not damaged is left alone
     * @param others what other stores keep, as it is read there
     */
    public Repaired repair(List<Finding> findings, List<BlobStore> others) throws IOException {
        return new CatalogRepair(tables, others).run(findings);
    }

    /**
     * Reads what {@link #check} leaves out, because there may be much of it: search entries, and
     * blocks of snapshots that are being made.
     *
     * @param findings hears of the damaged ones
     */
    public void checkDeep(Findings findings) throws IOException {
        new CatalogCheck(tables, blobs, findings).runDeep();
    }
}

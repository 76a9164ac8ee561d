package dev.quarry.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Gibibytes;
import dev.quarry.catalog.model.ImageState;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotState;
import dev.quarry.catalog.rule.ImageRegistration;
import dev.quarry.catalog.rule.SnapshotRegistration;
import dev.quarry.store.BlobStore;
import dev.quarry.store.ChunkStore;
import dev.quarry.store.FailingBlobStore;
import dev.quarry.store.ForwardingBlobStore;
import dev.quarry.store.MemoryBlobStore;
import dev.quarry.store.StoreLease;
import dev.quarry.store.StoreProperties;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.List;
import java.util.TreeSet;

/**
 * An image that is registered with a snapshot that was made for it, by a process that is killed at
 * any change: either both are there, or a collection takes both away, and nothing else.
 */
final class ImageCutOffTest {

    /** Another snapshot, which the image maps, too. */
    private Snapshot other;

    private MemoryBlobStore blobs;
    private ChunkStore chunks;

    ImageCutOffTest() {}

    @BeforeEach
    void start() throws IOException {
        blobs = new MemoryBlobStore();
        chunks = ChunkStore.create(blobs, StoreProperties.DEFAULT);
        other = Catalogs.snapshot(account(), 1);
    }

    private void startAnew() throws IOException {
        close();
        start();
    }

    @AfterEach
    void close() throws IOException {
        chunks.close();
    }

    private static Catalog catalog(BlobStore blobs) throws IOException {
        return Catalog.open(blobs, Catalogs.CLOCK);
    }

    private AccountCatalog account() throws IOException {
        return catalog(blobs).as(Actor.DEFAULT_ACCOUNT);
    }

    /**
     * Registers an image.
     *
     * @param seen the store as the process sees it
     * @return whether it was done
     */
    private boolean register(BlobStore seen) throws IOException {
        try (StoreLease lease = chunks.lease(StoreLease.Kind.WRITER)) {
            AccountCatalog account = catalog(seen).as(Actor.DEFAULT_ACCOUNT);
            Snapshot made =
                    account.prepareSnapshot(
                            SnapshotRegistration.of(
                                    Catalogs.ROOT, "cd".repeat(32), Gibibytes.toBytes(1)));
            account.registerImage(registration(made), List.of(made), lease);
            return true;
        } catch (FailingBlobStore.Killed e) {
            return false;
        }
    }

    private ImageRegistration registration(Snapshot made) throws CatalogException {
        return ImageRegistration.of("web", Catalogs.mappings(made, "/dev/sdb=" + other.id()));
    }

    /** As a collection does it when the lease is gone. */
    private static void takeBack(BlobStore seen) throws IOException {
        catalog(seen).retirePending(_ -> false);
    }

    private void assertWhole() throws IOException {
        TreeSet<String> expected = new TreeSet<>(List.of(other.id()));
        for (MachineImage image : account().images()) {
            assertEquals(ImageState.AVAILABLE, image.state(), image.toString());
            expected.addAll(image.snapshots().keySet());
        }
        TreeSet<String> left = new TreeSet<>();
        account().snapshots().forEach(snapshot -> left.add(snapshot.id()));
        assertEquals(expected, left);
        assertEquals(expected.size() - 1, blobs.list("images/").size());
    }

    @Test
    void bothAreThereOrNeither() throws IOException {
        for (int changes = 0; ; changes++) {
            startAnew();
            FailingBlobStore failing = new FailingBlobStore(blobs, changes);
            boolean done = register(failing);
            takeBack(blobs);
            assertWhole();
            boolean isThere = !account().images().isEmpty();
            assertTrue(isThere || !done, "it was done");
            assertTrue(isThere || register(blobs), "the name is free again");
            if (failing.isSpared()) {
                return;
            }
        }
    }

    /** A collection that is killed, too, is gone on with by the next one. */
    @Test
    void whatIsTakenBackGoesWhole() throws IOException {
        for (int changes = 0; ; changes++) {
            startAnew();
            // The last moment but the one in which it becomes available.
            int most = 0;
            do {
                register(new FailingBlobStore(blobs, most++));
            } while (account().snapshots().size() < 2);
            FailingBlobStore failing = new FailingBlobStore(blobs, changes);
            try {
                takeBack(failing);
            } catch (FailingBlobStore.Killed e) {
                // The next one goes on.
            }
            takeBack(blobs);
            assertEquals(List.of(), account().images());
            assertWhole();
            if (failing.isSpared()) {
                return;
            }
        }
    }

    /** A transfer of the same snapshot, begun again, finds what a collector is about to remove. */
    @Test
    void aSnapshotThatIsRegisteredAgainMeanwhileStays() throws IOException {
        Tables tables = new Tables(blobs, Catalogs.CLOCK, new SecureRandom());
        Snapshot snapshot =
                account()
                        .prepareSnapshot(
                                SnapshotRegistration.of(
                                        Catalogs.ROOT, "cd".repeat(32), Gibibytes.toBytes(1)));
        tables.create(
                tables.snapshots,
                snapshot.withState(SnapshotState.PENDING, PendingSnapshots.LEASE + "none"),
                null);
        Snapshot completed = snapshot.withState(SnapshotState.COMPLETED, null);
        BlobStore collectors =
                new ForwardingBlobStore(blobs) {
                    @Override
                    protected void before(Operation operation, String name) {}

                    @Override
                    protected void after(Operation operation, String name) throws IOException {
                        if (operation == Operation.REPLACE
                                && name.equals(tables.snapshots.name(snapshot.id()))) {
                            tables.remove(
                                    tables.snapshots,
                                    tables.snapshots.find(snapshot.id()).orElseThrow());
                            tables.create(tables.snapshots, completed, null);
                        }
                    }
                };
        takeBack(collectors);
        assertEquals(completed, account().snapshot(snapshot.id()));
    }

    /** Others find out what it waits for. */
    @Test
    void whatIsHeldIsLeftAlone() throws IOException {
        int most = 0;
        do {
            register(new FailingBlobStore(blobs, most++));
        } while (account().snapshots().size() < 2);
        int images = account().images().size();
        catalog(blobs).retirePending(_ -> true);
        assertEquals(images, account().images().size());
        assertEquals(2, account().snapshots().size());
    }
}

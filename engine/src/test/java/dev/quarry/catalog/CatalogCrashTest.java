package dev.quarry.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.ImageState;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.store.BlobStore;
import dev.quarry.store.ForwardingBlobStore;
import dev.quarry.store.MemoryBlobStore;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * Every operation is cut off before and after each of its writes. What is left must open, list, and
 * take the same operation again.
 */
class CatalogCrashTest {

    private static final String ACCOUNT = "111111111111";

    /** Something done to a catalogue that was prepared for it. */
    @FunctionalInterface
    private interface Step {
        void run(AccountCatalog catalog, Prepared prepared) throws IOException;
    }

    /** What is there before the operation, and what must hold after the crash. */
    private record Prepared(MemoryBlobStore blobs, Snapshot root, MachineImage image) {

        static Prepared fresh() throws IOException {
            MemoryBlobStore blobs = new MemoryBlobStore();
            AccountCatalog catalog = open(blobs);
            Snapshot root = Catalogs.snapshot(catalog, 1);
            return new Prepared(blobs, root, Catalogs.image(catalog, "first", root));
        }

        AccountCatalog reopen() throws IOException {
            return open(blobs);
        }

        private static AccountCatalog open(BlobStore blobs) throws IOException {
            return Catalog.open(blobs, Catalogs.CLOCK).as(ACCOUNT);
        }
    }

    /** The process is gone. */
    private static final class Crash extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /** Dies at a write, and stays dead. */
    private static final class DyingStore extends ForwardingBlobStore {
        private final int lastWrite;
        private final boolean done;
        private int writes;
        private boolean dead;

        /**
         * @param lastWrite counted from 1
         * @param done whether that write still happens
         */
        DyingStore(BlobStore inner, int lastWrite, boolean done) {
            super(inner);
            this.lastWrite = lastWrite;
            this.done = done;
        }

        @Override
        protected void before(Operation operation, String name) throws IOException {
            if (operation.isWrite() && ++writes == lastWrite && !done) {
                dead = true;
            }
            check();
        }

        @Override
        protected void after(Operation operation, String name) throws IOException {
            if (operation.isWrite() && writes == lastWrite) {
                dead = true;
            }
            check();
        }

        private void check() throws Crash {
            if (dead) {
                throw new Crash();
            }
        }
    }

    private static void crashEverywhere(Step operation, Step afterwards) throws IOException {
        for (boolean done : new boolean[] {false, true}) {
            int crashes = 0;
            while (crash(operation, afterwards, crashes + 1, done)) {
                crashes++;
            }
            assertTrue(crashes >= 1, "there is something to cut off");
        }
    }

    private static boolean crash(Step operation, Step afterwards, int lastWrite, boolean done)
            throws IOException {
        Prepared prepared = Prepared.fresh();
        AccountCatalog dying = Prepared.open(new DyingStore(prepared.blobs(), lastWrite, done));
        boolean crashed = false;
        try {
            operation.run(dying, prepared);
        } catch (Crash e) {
            crashed = true;
        }
        AccountCatalog next = prepared.reopen();
        checkNames(next);
        afterwards.run(next, prepared);
        checkNames(next);
        return crashed;
    }

    private static void checkNames(AccountCatalog catalog) throws IOException {
        List<String> names =
                catalog.images().stream()
                        .filter(image -> image.state() == ImageState.AVAILABLE)
                        .map(MachineImage::name)
                        .toList();
        assertEquals(names.stream().distinct().toList(), names, "one available image of a name");
        for (MachineImage image : catalog.images()) {
            catalog.snapshot(String.valueOf(image.rootSnapshotId()));
        }
    }

    @Test
    void registering() throws IOException {
        crashEverywhere(
                (catalog, prepared) -> Catalogs.image(catalog, "second", prepared.root()),
                (catalog, prepared) -> {
                    for (MachineImage image : catalog.images()) {
                        if (image.state() == ImageState.PENDING) {
                            catalog.lifecycle().deregister(image.id());
                        }
                    }
                    if (catalog.images().size() == 1) {
                        Catalogs.image(catalog, "second", prepared.root());
                    }
                    assertEquals(2, catalog.images().size());
                    assertThrows(
                            CatalogException.class,
                            () -> Catalogs.image(catalog, "second", prepared.root()));
                });
    }

    @Test
    void registeringUnderTheNameOfWhatIsGone() throws IOException {
        crashEverywhere(
                (catalog, prepared) -> {
                    prepared.reopen().lifecycle().deregister(prepared.image().id());
                    Catalogs.image(catalog, "first", prepared.root());
                },
                (catalog, prepared) -> {
                    for (MachineImage image : catalog.images()) {
                        catalog.lifecycle().deregister(image.id());
                    }
                    Catalogs.image(catalog, "first", prepared.root());
                    assertEquals(1, catalog.images().size());
                });
    }

    @Test
    void deregistering() throws IOException {
        crashEverywhere(
                (catalog, prepared) -> catalog.lifecycle().deregister(prepared.image().id()),
                (catalog, prepared) -> {
                    try {
                        catalog.lifecycle().deregister(prepared.image().id());
                    } catch (CatalogException e) {
                        assertEquals(ErrorCode.INVALID_AMI_ID_NOT_FOUND, e.code());
                    }
                    assertEquals(List.of(), prepared.blobs().list("images/"));
                    assertEquals(List.of(), prepared.blobs().list("terms/"));
                    Catalogs.image(catalog, "first", prepared.root());
                    assertEquals(1, catalog.images().size());
                });
    }

    @Test
    void deletingASnapshot() throws IOException {
        crashEverywhere(
                (catalog, prepared) -> {
                    prepared.reopen().lifecycle().deregister(prepared.image().id());
                    catalog.deleteSnapshot(prepared.root().id());
                },
                (catalog, prepared) -> {
                    try {
                        catalog.deleteSnapshot(prepared.root().id());
                    } catch (CatalogException e) {
                        assertEquals(ErrorCode.INVALID_SNAPSHOT_NOT_FOUND, e.code());
                    }
                    assertEquals(List.of(), catalog.snapshots());
                    assertEquals(List.of(), prepared.blobs().list("snapshots/"));
                });
    }

    @Test
    void tagging() throws IOException {
        crashEverywhere(
                (catalog, prepared) -> catalog.tag(prepared.image().id(), Map.of("k", "v")),
                (catalog, prepared) -> {
                    catalog.tag(prepared.image().id(), Map.of("k", "v"));
                    assertEquals(
                            Map.of("k", "v"), catalog.image(prepared.image().id()).tags().values());
                });
    }
}

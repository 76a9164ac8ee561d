package dev.quarry.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.Tags;
import dev.quarry.catalog.rule.ImageQuery;
import dev.quarry.catalog.rule.ImageRegistration;
import dev.quarry.store.ForwardingBlobStore;
import dev.quarry.store.MemoryBlobStore;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** What is read does not grow with the catalogue, only with what is found. */
class CatalogScaleTest {

    private static final String ACCOUNT = "111111111111";

    /** Counts documents that are read. */
    private static final class Counting extends ForwardingBlobStore {
        final AtomicLong reads = new AtomicLong();

        Counting(MemoryBlobStore inner) {
            super(inner);
        }

        @Override
        protected void before(Operation operation, String name) {
            if (operation == Operation.READ) {
                reads.incrementAndGet();
            }
        }
    }

    /** Something that is done with a catalogue. */
    @FunctionalInterface
    private interface Use {
        void of(AccountCatalog catalog) throws IOException;
    }

    private static long reads(MemoryBlobStore blobs, Use use) throws IOException {
        Counting counting = new Counting(blobs);
        AccountCatalog catalog = Catalog.open(counting, Catalogs.CLOCK).as(ACCOUNT);
        assertEquals(0, counting.reads.get(), "opening reads nothing");
        use.of(catalog);
        return counting.reads.get();
    }

    @Test
    void readsDoNotGrowWithTheCatalogue() throws IOException {
        long[] few = readsAmong(10);
        long[] many = readsAmong(3000);
        for (int i = 0; i < few.length; i++) {
            assertTrue(many[i] <= few[i], "use " + i + ": " + many[i] + " against " + few[i]);
        }
    }

    private static long[] readsAmong(int count) throws IOException {
        MemoryBlobStore blobs = new MemoryBlobStore();
        AccountCatalog catalog = Catalog.open(blobs, Catalogs.CLOCK).as(ACCOUNT);
        Snapshot root = Catalogs.snapshot(catalog, 1);
        MachineImage image = null;
        for (int i = 0; i < count; i++) {
            image =
                    catalog.registerImage(
                            ImageRegistration.of("image-" + i, Catalogs.mappings(root))
                                    .withTags(Tags.of(Map.of("group", "g" + i / 10))));
        }
        String id = String.valueOf(image == null ? null : image.id());
        ImageQuery all = ImageQuery.all();
        return new long[] {
            reads(blobs, c -> c.show(id)),
            reads(blobs, c -> c.prepareLaunch(id, List.of())),
            reads(
                    blobs,
                    c ->
                            assertEquals(
                                    1,
                                    c.search(all.withFilter("name", List.of("image-7")))
                                            .images()
                                            .size())),
            reads(
                    blobs,
                    c ->
                            assertEquals(
                                    10,
                                    c.search(all.withFilter("tag:group", List.of("g0")))
                                            .images()
                                            .size())),
            reads(
                    blobs,
                    c ->
                            assertEquals(
                                    1,
                                    c.search(all.withFilter("name", List.of("*ge-7")))
                                            .images()
                                            .size())),
            reads(blobs, c -> c.search(all.withPage(5, null))),
            reads(blobs, c -> c.latest(all.withFilter("name", List.of("image-3")))),
        };
    }
}

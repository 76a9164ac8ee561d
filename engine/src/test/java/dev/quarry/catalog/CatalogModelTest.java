package dev.quarry.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.catalog.mapping.MappingParser;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.CatalogObject;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.rule.ImageRegistration;
import dev.quarry.store.MemoryBlobStore;
import dev.quarry.testdata.Replay;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * Random operations by several accounts, against a model of a few lines; everything is compared
 * after each.
 */
class CatalogModelTest {

    private static final List<String> ACCOUNTS = List.of("111", "222", "333");
    private static final int STEPS = 60;

    /** An object of the model. */
    private static final class Entry {
        final String owner;
        final Map<String, String> tags = new TreeMap<>();

        /** Name of an image, or null for a snapshot. */
        final @Nullable String name;

        /** Root snapshot of an image, or null. */
        final @Nullable String root;

        Entry(String owner, @Nullable String name, @Nullable String root) {
            this.owner = owner;
            this.name = name;
            this.root = root;
        }
    }

    private final Map<String, Entry> model = new TreeMap<>();
    private final List<String> everSeen = new ArrayList<>();
    private final Map<ErrorCode, Integer> refusals = new EnumMap<>(ErrorCode.class);

    @Test
    @Covers({"4.1.3", "4.9.1", "4.9.2", "4.10.1"})
    void randomOperations() {
        Replay.seeds(100, this::run);
        if (System.getProperty(Replay.SEED_PROPERTY) == null) {
            assertTrue(refusals.size() >= 4, refusals.toString());
        }
    }

    private void run(RandomGenerator random) throws IOException {
        model.clear();
        everSeen.clear();
        everSeen.add("ami-00000000000000000");
        everSeen.add("snap-00000000000000000");
        Catalog catalog = Catalog.open(new MemoryBlobStore(), Catalogs.CLOCK);
        for (int i = 0; i < STEPS; i++) {
            String account = oneOf(random, ACCOUNTS);
            step(random, account, catalog.as(account));
            for (String viewer : ACCOUNTS) {
                compare(viewer, catalog.as(viewer));
            }
        }
    }

    private void step(RandomGenerator random, String account, AccountCatalog catalog)
            throws IOException {
        String id = oneOf(random, everSeen);
        switch (random.nextInt(7)) {
            case 0 -> {
                Snapshot snapshot = Catalogs.snapshot(catalog, 1);
                model.put(snapshot.id(), new Entry(account, null, null));
                everSeen.add(snapshot.id());
            }
            case 1, 2 -> register(random, account, catalog, id);
            case 3 -> deregister(account, catalog, id);
            case 4 -> deleteSnapshot(account, catalog, id);
            case 5 -> {
                Map<String, String> tags = Map.of("k" + random.nextInt(3), "" + random.nextInt(3));
                Entry entry = visible(account, id);
                expect(entry == null ? notFound(id) : null, () -> catalog.tag(id, tags));
                if (entry != null) {
                    entry.tags.putAll(tags);
                }
            }
            default -> {
                Entry entry = visible(account, id);
                ErrorCode code =
                        !id.startsWith("ami-")
                                ? ErrorCode.INVALID_AMI_ID_MALFORMED
                                : entry == null ? notFound(id) : null;
                expect(code, () -> catalog.prepareLaunch(id, List.of()));
            }
        }
    }

    private void register(
            RandomGenerator random, String account, AccountCatalog catalog, String rootId)
            throws IOException {
        if (!rootId.startsWith("snap-")) {
            return;
        }
        String name = "name" + random.nextInt(4);
        Entry root = visible(account, rootId);
        boolean taken =
                model.values().stream()
                        .anyMatch(entry -> entry.owner.equals(account) && name.equals(entry.name));
        ErrorCode expected =
                root == null
                        ? ErrorCode.INVALID_SNAPSHOT_NOT_FOUND
                        : taken ? ErrorCode.INVALID_AMI_NAME_DUPLICATE : null;
        try {
            MachineImage image =
                    catalog.registerImage(
                            ImageRegistration.of(name, MappingParser.parse("/dev/sda1=" + rootId)));
            assertEquals(null, expected);
            model.put(image.id(), new Entry(account, name, rootId));
            everSeen.add(image.id());
        } catch (CatalogException e) {
            refused(expected, e);
        }
    }

    private void deregister(String account, AccountCatalog catalog, String id) throws IOException {
        ErrorCode expected =
                !id.startsWith("ami-")
                        ? ErrorCode.INVALID_AMI_ID_MALFORMED
                        : visible(account, id) == null ? notFound(id) : null;
        expect(expected, () -> catalog.lifecycle().deregister(id));
        if (expected == null) {
            model.remove(id);
        }
    }

    private void deleteSnapshot(String account, AccountCatalog catalog, String id)
            throws IOException {
        boolean used = model.values().stream().anyMatch(entry -> id.equals(entry.root));
        ErrorCode expected =
                !id.startsWith("snap-")
                        ? ErrorCode.INVALID_SNAPSHOT_ID_MALFORMED
                        : visible(account, id) == null
                                ? notFound(id)
                                : used ? ErrorCode.INVALID_SNAPSHOT_IN_USE : null;
        expect(expected, () -> catalog.deleteSnapshot(id));
        if (expected == null) {
            model.remove(id);
        }
    }

    private @Nullable Entry visible(String account, String id) {
        Entry entry = model.get(id);
        return entry != null && entry.owner.equals(account) ? entry : null;
    }

    private static ErrorCode notFound(String id) {
        return id.startsWith("ami-")
                ? ErrorCode.INVALID_AMI_ID_NOT_FOUND
                : ErrorCode.INVALID_SNAPSHOT_NOT_FOUND;
    }

    /** What is tried. */
    @FunctionalInterface
    private interface Action {
        void run() throws IOException;
    }

    private void expect(@Nullable ErrorCode expected, Action action) throws IOException {
        try {
            action.run();
            assertEquals(null, expected);
        } catch (CatalogException e) {
            refused(expected, e);
        }
    }

    private void refused(@Nullable ErrorCode expected, CatalogException refusal) {
        assertEquals(expected, refusal.code(), refusal.getMessage());
        refusals.merge(refusal.code(), 1, Integer::sum);
    }

    private void compare(String viewer, AccountCatalog catalog) throws IOException {
        Map<String, Map<String, String>> expected = new TreeMap<>();
        model.forEach((id, entry) -> {
            if (entry.owner.equals(viewer)) {
                expected.put(id, entry.tags);
            }
        });
        Map<String, Map<String, String>> seen = new TreeMap<>();
        List<CatalogObject> objects = new ArrayList<>(catalog.images());
        objects.addAll(catalog.snapshots());
        for (CatalogObject object : objects) {
            assertEquals(object, catalog.show(object.id()));
            seen.put(object.id(), object.tags().values());
        }
        assertEquals(expected, seen);
    }

    private static <T> T oneOf(RandomGenerator random, List<T> values) {
        return values.get(random.nextInt(values.size()));
    }
}

package dev.quarry.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.catalog.mapping.MappingParser;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Grantee;
import dev.quarry.catalog.model.ImageLifecycle.DeregistrationProtection;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.RetentionRule;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.rule.ImageQuery;
import dev.quarry.catalog.rule.ImageRegistration;
import dev.quarry.store.MemoryBlobStore;
import dev.quarry.testdata.Replay;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * Thousands of operations on shared, disabled, protected and held images by several accounts,
 * against a model of plain sets. After each, what every account sees, lists and may launch or
 * export is compared, and every refusal's code.
 */
class LifeModelTest {

    private static final List<String> ACCOUNTS = List.of("111", "222", "333");
    private static final String ALL = "all";
    private static final int SEEDS = 40;
    private static final int STEPS = 120;

    /** An image of the model. */
    private static final class Image {
        final String owner;
        final String name;
        final String root;
        final Set<String> shares = new TreeSet<>();
        boolean disabled;
        boolean guarded;
        @Nullable Instant heldUntil;

        Image(String owner, String name, String root) {
            this.owner = owner;
            this.name = name;
            this.root = root;
        }

        boolean isVisibleTo(String account) {
            return heldUntil == null
                    && (owner.equals(account)
                            || (!disabled && (shares.contains(account) || shares.contains(ALL))));
        }
    }

    /** A snapshot of the model. */
    private record Content(String owner, Set<String> shares) {
        boolean isUsableBy(String account) {
            return owner.equals(account) || shares.contains(account) || shares.contains(ALL);
        }
    }

    private final Map<String, Image> images = new HashMap<>();
    private final Map<String, Content> snapshots = new HashMap<>();
    private final Set<String> retaining = new TreeSet<>();
    private final List<String> seen = new ArrayList<>();
    private final Map<ErrorCode, Integer> refusals = new EnumMap<>(ErrorCode.class);
    private MovingClock clock = new MovingClock();
    private int operations;

    @Test
    @Covers({"4.7.1", "4.9.1", "4.9.2", "4.9.3", "4.9.6", "4.10.1"})
    void randomLives() {
        Replay.seeds(SEEDS, this::run);
        if (System.getProperty(Replay.SEED_PROPERTY) == null) {
            assertTrue(operations >= 4000, operations + " operations");
            assertTrue(refusals.size() >= 6, refusals.toString());
        }
    }

    private void run(RandomGenerator random) throws IOException {
        images.clear();
        snapshots.clear();
        retaining.clear();
        seen.clear();
        seen.add("ami-00000000000000000");
        clock = new MovingClock();
        Catalog catalog = Catalog.open(new MemoryBlobStore(), clock);
        catalog.as("111").settings().change(List.of(Settings.publicImagesQuota(null)));
        for (int i = 0; i < STEPS; i++) {
            clock.pass(Duration.ofHours(random.nextInt(12)));
            String account = oneOf(random, ACCOUNTS);
            step(random, account, catalog.as(account));
            operations++;
            for (String viewer : ACCOUNTS) {
                compare(viewer, catalog.as(viewer));
            }
        }
    }

    private void step(RandomGenerator random, String account, AccountCatalog catalog)
            throws IOException {
        // Mostly what is there: of what is gone there is more and more.
        String id =
                images.isEmpty() || random.nextInt(5) == 0
                        ? oneOf(random, seen)
                        : oneOf(random, List.copyOf(new TreeSet<>(images.keySet())));
        Image image = images.get(id);
        ErrorCode owned = ownerCode(image, account);
        boolean usable = owned == null && image != null;
        switch (random.nextInt(12)) {
            case 0 -> {
                Snapshot snapshot = Catalogs.snapshot(catalog, 1);
                snapshots.put(snapshot.id(), new Content(account, new TreeSet<>()));
            }
            case 1, 2, 3 -> register(random, account, catalog);
            case 4 -> {
                String with = random.nextInt(4) == 0 ? ALL : oneOf(random, ACCOUNTS);
                Grantee grantee = with.equals(ALL) ? Grantee.ALL : Grantee.account(with);
                boolean nothingNew =
                        usable
                                && (with.equals(account)
                                        || (image != null && image.shares.contains(with)));
                ErrorCode code =
                        usable && image != null && !nothingNew ? shareCode(image, account) : owned;
                if (expect(
                                code,
                                () ->
                                        catalog.sharing()
                                                .modifyImage(id, List.of(grantee), List.of()))
                        && image != null
                        && !with.equals(account)) {
                    image.shares.add(with);
                }
            }
            case 5 -> {
                if (expect(owned, () -> catalog.sharing().resetImage(id)) && image != null) {
                    image.shares.clear();
                }
            }
            case 6 -> toggle(id, image, owned, catalog);
            case 7 -> {
                boolean on = random.nextBoolean();
                if (expect(
                                owned,
                                () -> {
                                    if (on) {
                                        catalog.lifecycle()
                                                .protect(id, DeregistrationProtection.ENABLED);
                                    } else {
                                        catalog.lifecycle().unprotect(id);
                                    }
                                })
                        && image != null) {
                    image.guarded = on;
                }
            }
            case 8 -> deregister(id, image, owned, account, catalog);
            case 9 -> restore(id, image, account, catalog);
            case 10 -> {
                if (retaining.remove(account)) {
                    catalog.settings().doNotRetain("rule");
                } else {
                    catalog.settings().retain(RetentionRule.of("rule", Map.of(), 2));
                    retaining.add(account);
                }
            }
            default -> snapshotStep(random, account, catalog);
        }
    }

    private static @Nullable ErrorCode ownerCode(@Nullable Image image, String account) {
        if (image == null || !image.isVisibleTo(account)) {
            return ErrorCode.INVALID_AMI_ID_NOT_FOUND;
        }
        return image.owner.equals(account) ? null : ErrorCode.AUTH_FAILURE;
    }

    private @Nullable ErrorCode shareCode(Image image, String account) {
        if (image.disabled) {
            return ErrorCode.INVALID_AMI_ID_UNAVAILABLE;
        }
        Content content = snapshots.get(image.root);
        return content != null && content.owner().equals(account)
                ? null
                : ErrorCode.OPERATION_NOT_PERMITTED;
    }

    private void register(RandomGenerator random, String account, AccountCatalog catalog)
            throws IOException {
        if (snapshots.isEmpty()) {
            return;
        }
        String root = oneOf(random, List.copyOf(new TreeSet<>(snapshots.keySet())));
        String name = "name" + random.nextInt(4);
        Content content = snapshots.get(root);
        ErrorCode code =
                content == null || !content.isUsableBy(account)
                        ? ErrorCode.INVALID_SNAPSHOT_NOT_FOUND
                        : isTaken(account, name) ? ErrorCode.INVALID_AMI_NAME_DUPLICATE : null;
        try {
            MachineImage image =
                    catalog.registerImage(
                            ImageRegistration.of(name, MappingParser.parse("/dev/sda1=" + root)));
            assertEquals(null, code);
            images.put(image.id(), new Image(account, name, root));
            seen.add(image.id());
        } catch (CatalogException e) {
            refused(code, e);
        }
    }

    private boolean isTaken(String owner, String name) {
        return images.values().stream()
                .anyMatch(image ->
                        image.owner.equals(owner)
                                && image.name.equals(name)
                                && image.heldUntil == null);
    }

    private void toggle(
            String id, @Nullable Image image, @Nullable ErrorCode owned, AccountCatalog catalog)
            throws IOException {
        if (image != null && image.disabled) {
            if (expect(owned, () -> catalog.lifecycle().enable(id))) {
                image.disabled = false;
            }
        } else if (expect(owned, () -> catalog.lifecycle().disable(id)) && image != null) {
            image.disabled = true;
            image.shares.clear();
        }
    }

    private void deregister(
            String id,
            @Nullable Image image,
            @Nullable ErrorCode owned,
            String account,
            AccountCatalog catalog)
            throws IOException {
        boolean guarded = owned == null && image != null && image.guarded;
        if (expect(
                        guarded ? ErrorCode.OPERATION_NOT_PERMITTED : owned,
                        () -> catalog.lifecycle().deregister(id))
                && image != null) {
            if (retaining.contains(account)) {
                image.heldUntil = clock.instant().plus(Duration.ofDays(2));
            } else {
                images.remove(id);
            }
        }
    }

    private void restore(String id, @Nullable Image image, String account, AccountCatalog catalog)
            throws IOException {
        boolean isHeld =
                image != null
                        && image.owner.equals(account)
                        && image.heldUntil != null
                        && clock.instant().isBefore(image.heldUntil);
        ErrorCode code =
                !isHeld || image == null
                        ? ErrorCode.INVALID_AMI_ID_NOT_FOUND
                        : isTaken(account, image.name)
                                ? ErrorCode.INVALID_AMI_NAME_DUPLICATE
                                : null;
        if (expect(code, () -> catalog.lifecycle().restore(id)) && image != null) {
            image.heldUntil = null;
        }
    }

    private void snapshotStep(RandomGenerator random, String account, AccountCatalog catalog)
            throws IOException {
        if (snapshots.isEmpty()) {
            return;
        }
        String id = oneOf(random, List.copyOf(new TreeSet<>(snapshots.keySet())));
        Content content = snapshots.get(id);
        ErrorCode owned =
                content == null || !content.isUsableBy(account)
                        ? ErrorCode.INVALID_SNAPSHOT_NOT_FOUND
                        : content.owner().equals(account) ? null : ErrorCode.AUTH_FAILURE;
        if (random.nextBoolean()) {
            String with = oneOf(random, ACCOUNTS);
            if (expect(
                            owned,
                            () ->
                                    catalog.sharing()
                                            .modifySnapshot(
                                                    id, List.of(Grantee.account(with)), List.of()))
                    && content != null
                    && !with.equals(account)) {
                content.shares().add(with);
            }
            return;
        }
        // What the recycle bin holds has its snapshot until somebody has looked into the bin.
        boolean used = images.values().stream().anyMatch(image -> image.root.equals(id));
        if (used) {
            return;
        }
        if (expect(owned, () -> catalog.deleteSnapshot(id))) {
            snapshots.remove(id);
        }
    }

    /** What is tried. */
    @FunctionalInterface
    private interface Action {
        void run() throws IOException;
    }

    private boolean expect(@Nullable ErrorCode expected, Action action) throws IOException {
        try {
            action.run();
            assertEquals(null, expected);
            return true;
        } catch (CatalogException e) {
            refused(expected, e);
            return false;
        }
    }

    private void refused(@Nullable ErrorCode expected, CatalogException refusal) {
        assertEquals(expected, refusal.code(), refusal.getMessage());
        refusals.merge(refusal.code(), 1, Integer::sum);
    }

    private void compare(String viewer, AccountCatalog catalog) throws IOException {
        Set<String> visible = new TreeSet<>();
        Set<String> listed = new TreeSet<>();
        Set<String> held = new TreeSet<>();
        images.forEach((id, image) -> {
            if (image.isVisibleTo(viewer)) {
                visible.add(id);
                if (!image.disabled) {
                    listed.add(id);
                }
            }
            if (image.owner.equals(viewer)
                    && image.heldUntil != null
                    && clock.instant().isBefore(image.heldUntil)) {
                held.add(id);
            }
        });
        assertEquals(visible, ids(catalog.images()));
        assertEquals(listed, ids(catalog.search(ImageQuery.all()).images()));
        assertEquals(held, ids(catalog.lifecycle().recycleBin()));
        Set<String> launchable = new TreeSet<>();
        for (String id : images.keySet()) {
            try {
                catalog.prepareLaunch(id, List.of());
                launchable.add(id);
            } catch (CatalogException e) {
                assertTrue(!listed.contains(id), e.getMessage());
            }
        }
        assertEquals(listed, launchable);
        Set<String> exportable = new TreeSet<>();
        Set<String> expected = new TreeSet<>();
        for (Map.Entry<String, Content> snapshot : snapshots.entrySet()) {
            if (snapshot.getValue().isUsableBy(viewer)) {
                expected.add(snapshot.getKey());
            }
            try {
                exportable.add(catalog.prepareExport(snapshot.getKey()).id());
            } catch (CatalogException e) {
                assertEquals(ErrorCode.INVALID_SNAPSHOT_NOT_FOUND, e.code());
            }
        }
        assertEquals(expected, exportable);
    }

    private static Set<String> ids(List<MachineImage> images) {
        Set<String> ids = new TreeSet<>();
        images.forEach(image -> ids.add(image.id()));
        return ids;
    }

    private static <T> T oneOf(RandomGenerator random, List<T> values) {
        return values.get(random.nextInt(values.size()));
    }
}

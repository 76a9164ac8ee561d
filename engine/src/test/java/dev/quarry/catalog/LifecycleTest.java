package dev.quarry.catalog;

import static dev.quarry.catalog.Refusals.refuses;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Grantee;
import dev.quarry.catalog.model.ImageLifecycle.DeregistrationProtection;
import dev.quarry.catalog.model.ImageOrigin;
import dev.quarry.catalog.model.ImageState;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.RetentionRule;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.rule.ImageQuery;
import dev.quarry.catalog.rule.ImageRegistration;
import dev.quarry.store.MemoryBlobStore;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

class LifecycleTest {

    private static final Grantee THEM = Grantee.account("222222222222");

    private final MovingClock clock = new MovingClock();
    private final MemoryBlobStore blobs = new MemoryBlobStore();
    private final Catalog catalog = Catalog.open(blobs, clock);
    private final AccountCatalog mine;
    private final AccountCatalog theirs;
    private final Snapshot root;
    private final MachineImage image;
    private final String id;

    LifecycleTest() throws IOException {
        mine = catalog.as("111111111111");
        theirs = catalog.as("222222222222");
        root = Catalogs.snapshot(mine, 8);
        image = Catalogs.image(mine, "image", root);
        id = image.id();
    }

    private static List<String> listed(AccountCatalog account) throws IOException {
        return account.search(ImageQuery.all()).images().stream().map(MachineImage::id).toList();
    }

    @Test
    @Covers("4.9.5")
    void deprecationTimes() throws IOException {
        // The clock stands at 2026-08-01T12:34:56.789Z.
        Object[][] rows = {
            // asked for, public, result or null
            {"2026-08-02T00:00:00Z", false, "2026-08-02T00:00:00Z"},
            {"2026-08-02T00:00:29Z", false, "2026-08-02T00:00:00Z"},
            {"2026-08-02T00:00:30Z", false, "2026-08-02T00:01:00Z"},
            {"2026-08-01T12:34:56Z", false, "2026-08-01T12:35:00Z"},
            {"2026-08-01T12:34:29Z", false, null},
            {"2026-07-31T00:00:00Z", false, null},
            {"2036-08-01T12:35:00Z", false, "2036-08-01T12:35:00Z"},
            {"2036-08-01T12:36:00Z", false, null},
            {"2028-08-01T12:34:00Z", true, "2028-08-01T12:34:00Z"},
            {"2028-08-01T12:35:00Z", true, null},
        };
        for (Object[] row : rows) {
            mine.sharing().resetImage(id);
            mine.lifecycle().cancelDeprecation(id);
            if ((boolean) row[1]) {
                mine.sharing().modifyImage(id, List.of(Grantee.ALL), List.of());
            }
            Instant asked = Instant.parse((String) row[0]);
            if (row[2] == null) {
                refuses(
                        ErrorCode.INVALID_PARAMETER_VALUE,
                        "deprecation at",
                        () -> mine.lifecycle().deprecate(id, asked));
            } else {
                MachineImage deprecated = mine.lifecycle().deprecate(id, asked);
                assertEquals(
                        Instant.parse((String) row[2]),
                        deprecated.lifecycle().deprecationTime(),
                        (String) row[0]);
            }
        }
    }

    @Test
    @Covers("4.9.5")
    void whatIsDeprecatedIsHiddenFromOthersListingsAndStillLaunched() throws IOException {
        mine.sharing().modifyImage(id, List.of(THEM), List.of());
        mine.lifecycle().deprecate(id, clock.instant().plus(Duration.ofDays(1)));
        assertEquals(List.of(id), listed(theirs));
        clock.pass(Duration.ofDays(2));
        assertEquals(List.of(), listed(theirs));
        assertEquals(List.of(id), listed(mine));
        assertEquals(1, theirs.search(ImageQuery.all().withImageIds(List.of(id))).images().size());
        assertEquals(
                1,
                theirs.search(ImageQuery.all().withRetired(Set.of(ImageQuery.Retired.DEPRECATED)))
                        .images()
                        .size());
        theirs.prepareLaunch(id, List.of());
        mine.lifecycle().cancelDeprecation(id);
        assertEquals(List.of(id), listed(theirs));
    }

    @Test
    @Covers({"4.9.6", "4.1.2"})
    void disabling() throws IOException {
        mine.sharing().modifyImage(id, List.of(THEM, Grantee.ALL), List.of());
        mine.lifecycle().disable(id);
        assertEquals(ImageState.DISABLED, mine.image(id).state());
        assertEquals(List.of(), mine.image(id).access().launchPermissions());
        assertEquals(List.of(), listed(mine));
        assertEquals(List.of(), listed(theirs));
        assertEquals(
                1,
                mine.search(ImageQuery.all().withRetired(Set.of(ImageQuery.Retired.DISABLED)))
                        .images()
                        .size());
        ErrorCode unavailable = ErrorCode.INVALID_AMI_ID_UNAVAILABLE;
        refuses(unavailable, "is disabled", () -> mine.prepareLaunch(id, List.of()));
        refuses(
                unavailable,
                "is disabled",
                () -> mine.sharing().modifyImage(id, List.of(THEM), List.of()));
        refuses(unavailable, "is disabled", () -> mine.lifecycle().disable(id));
        refuses(ErrorCode.INVALID_SNAPSHOT_IN_USE, id, () -> mine.deleteSnapshot(root.id()));
        mine.lifecycle().enable(id);
        mine.prepareLaunch(id, List.of());
        assertEquals(List.of(), listed(theirs));
        refuses(unavailable, "not disabled", () -> mine.lifecycle().enable(id));
    }

    @Test
    @Covers("4.9.1")
    void protection() throws IOException {
        Object[][] rows = {
            // protection, hours after it was ended, whether the image can be deregistered
            {DeregistrationProtection.ENABLED, -1, false},
            {DeregistrationProtection.ENABLED, 0, true},
            {DeregistrationProtection.ENABLED_WITH_COOLDOWN, -1, false},
            {DeregistrationProtection.ENABLED_WITH_COOLDOWN, 0, false},
            {DeregistrationProtection.ENABLED_WITH_COOLDOWN, 23, false},
            {DeregistrationProtection.ENABLED_WITH_COOLDOWN, 24, true},
        };
        for (Object[] row : rows) {
            MachineImage subject = Catalogs.image(mine, "protected", root);
            String subjectId = subject.id();
            mine.lifecycle().protect(subjectId, (DeregistrationProtection) row[0]);
            int hours = (int) row[1];
            if (hours >= 0) {
                mine.lifecycle().unprotect(subjectId);
                clock.pass(Duration.ofHours(hours));
            }
            if (!(boolean) row[2]) {
                refuses(
                        ErrorCode.OPERATION_NOT_PERMITTED,
                        "protected",
                        () -> mine.lifecycle().deregister(subjectId));
                mine.lifecycle().unprotect(subjectId);
                clock.pass(Duration.ofHours(24));
            }
            mine.lifecycle().deregister(subjectId);
        }
    }

    @Test
    @Covers("4.9.1")
    void endingAProtectionTwiceDoesNotShortenItsCooldown() throws IOException {
        mine.lifecycle().protect(id, DeregistrationProtection.ENABLED_WITH_COOLDOWN);
        mine.lifecycle().unprotect(id);
        clock.pass(Duration.ofHours(1));
        mine.lifecycle().unprotect(id);
        refuses(ErrorCode.OPERATION_NOT_PERMITTED, "until", () -> mine.lifecycle().deregister(id));
        clock.pass(Duration.ofHours(23));
        mine.lifecycle().deregister(id);
    }

    @Test
    @Covers("4.9.1")
    void protectingOnceMoreWithoutACooldownIsNoWayAroundOne() throws IOException {
        mine.lifecycle().protect(id, DeregistrationProtection.ENABLED_WITH_COOLDOWN);
        mine.lifecycle().unprotect(id);
        clock.pass(Duration.ofHours(1));
        mine.lifecycle().protect(id, DeregistrationProtection.ENABLED);
        mine.lifecycle().unprotect(id);
        refuses(ErrorCode.OPERATION_NOT_PERMITTED, "until", () -> mine.lifecycle().deregister(id));
        mine.lifecycle().protect(id, DeregistrationProtection.ENABLED_WITH_COOLDOWN);
        mine.lifecycle().protect(id, DeregistrationProtection.ENABLED);
        mine.lifecycle().unprotect(id);
        clock.pass(Duration.ofHours(23));
        refuses(ErrorCode.OPERATION_NOT_PERMITTED, "until", () -> mine.lifecycle().deregister(id));
        clock.pass(Duration.ofHours(1));
        mine.lifecycle().deregister(id);
    }

    @Test
    @Covers("4.9.1")
    void snapshotsAreDeletedWithAResultForEach() throws IOException {
        Snapshot shared = Catalogs.snapshot(mine, 1);
        Snapshot gone = Catalogs.snapshot(mine, 1);
        Snapshot foreign = Catalogs.snapshot(theirs, 1);
        theirs.sharing()
                .modifySnapshot(foreign.id(), List.of(Grantee.account("111111111111")), List.of());
        MachineImage subject =
                Catalogs.image(
                        mine,
                        "subject",
                        Catalogs.snapshot(mine, 1),
                        "/dev/sdb=" + shared.id(),
                        "/dev/sdc=" + gone.id(),
                        "/dev/sdd=" + foreign.id(),
                        "/dev/sde=" + root.id());
        Catalogs.image(mine, "sharer", Catalogs.snapshot(mine, 1), "/dev/sdb=" + shared.id());
        mine.deleteSnapshot(gone.id());
        Map<String, String> results = new TreeMap<>();
        for (DeletedSnapshot deleted : mine.lifecycle().deregisterWithSnapshots(subject.id())) {
            results.put(deleted.snapshotId(), deleted.result().spelling());
        }
        Map<String, String> expected = new TreeMap<>();
        expected.put(String.valueOf(subject.rootSnapshotId()), "success");
        expected.put(shared.id(), "skipped");
        expected.put(gone.id(), "client-error");
        expected.put(foreign.id(), "missing-permissions");
        expected.put(root.id(), "skipped");
        assertEquals(expected, results);
        refuses(
                ErrorCode.INVALID_SNAPSHOT_NOT_FOUND,
                "",
                () -> mine.snapshot(String.valueOf(subject.rootSnapshotId())));
        mine.snapshot(shared.id());
        theirs.snapshot(foreign.id());
    }

    private void retain(String rule, int days, Map<String, String> tags) throws IOException {
        mine.settings().retain(RetentionRule.of(rule, tags, days));
    }

    @Test
    @Covers("4.9.3")
    void whatARuleMatchesIsHeld() throws IOException {
        retain("tagged", 3, Map.of("keep", "yes", "stage", "production"));
        Object[][] rows = {
            // tags, whether it is held
            {Map.of(), false},
            {Map.of("keep", "no"), false},
            {Map.of("keep", "yes"), true},
            {Map.of("stage", "production", "keep", "no"), true},
        };
        for (Object[] row : rows) {
            MachineImage subject = Catalogs.image(mine, "subject", root);
            @SuppressWarnings("unchecked")
            Map<String, String> tags = (Map<String, String>) row[0];
            mine.tag(subject.id(), tags);
            mine.lifecycle().deregister(subject.id());
            refuses(
                    ErrorCode.INVALID_AMI_ID_NOT_FOUND,
                    subject.id(),
                    () -> mine.image(subject.id()));
            List<String> held =
                    mine.lifecycle().recycleBin().stream().map(MachineImage::id).toList();
            assertEquals((boolean) row[1], held.contains(subject.id()), tags.toString());
            assertEquals(List.of(), theirs.lifecycle().recycleBin());
        }
    }

    @Test
    @Covers("4.9.3")
    void theLongestRuleCounts() throws IOException {
        retain("all", 3, Map.of());
        retain("tagged", 7, Map.of("keep", "yes"));
        mine.tag(id, Map.of("keep", "yes"));
        mine.lifecycle().deregister(id);
        assertEquals(
                clock.instant().plus(Duration.ofDays(7)),
                mine.lifecycle().recycleBin().getFirst().lifecycle().recycleBinExitTime());
        mine.settings().doNotRetain("tagged");
        clock.pass(Duration.ofDays(7).minusMillis(1));
        assertEquals(1, mine.lifecycle().recycleBin().size());
        clock.pass(Duration.ofMillis(1));
        assertEquals(List.of(), mine.lifecycle().recycleBin());
        refuses(ErrorCode.INVALID_AMI_ID_NOT_FOUND, id, () -> mine.lifecycle().restore(id));
        assertEquals(List.of(), blobs.list("images/"));
        mine.deleteSnapshot(root.id());
    }

    @Test
    @Covers({"4.9.3", "4.9.2", "4.7.2"})
    void whatHasExpiredIsInNobodysWay() throws IOException {
        retain("all", 3, Map.of());
        Snapshot second = Catalogs.snapshot(mine, 1);
        Snapshot third = Catalogs.snapshot(mine, 1);
        mine.lifecycle().deregister(id);
        mine.lifecycle().deregister(Catalogs.image(mine, "second", second).id());
        mine.lifecycle().deregister(Catalogs.image(mine, "third", third).id());
        mine.settings().change(List.of(Settings.imagesQuota(3)));
        refuses(
                ErrorCode.INVALID_SNAPSHOT_IN_USE,
                id + ", which is in the recycle bin until 2026-08-04",
                () -> mine.deleteSnapshot(root.id()));
        clock.pass(Duration.ofDays(3));
        mine.deleteSnapshot(root.id());
        assertEquals(2, blobs.list("images/").size());
        catalog.endExpired();
        assertEquals(List.of(), blobs.list("images/"));
        assertEquals(
                3,
                mine.events(Instant.EPOCH).next().stream()
                        .filter(event -> event.action().equals("ExpireImage"))
                        .count());

        mine.lifecycle().deregister(Catalogs.image(mine, "second", second).id());
        Catalogs.image(mine, "third", third);
        Catalogs.image(mine, "fourth", third);
        refuses(
                ErrorCode.RESOURCE_LIMIT_EXCEEDED,
                "has 3 images",
                () -> Catalogs.image(mine, "fifth", third));
        clock.pass(Duration.ofDays(3));
        Catalogs.image(mine, "fifth", third);
    }

    @Test
    @Covers("4.9.3")
    void restoring() throws IOException {
        retain("all", 3, Map.of());
        mine.sharing().modifyImage(id, List.of(THEM), List.of());
        List<DeletedSnapshot> results = mine.lifecycle().deregisterWithSnapshots(id);
        assertEquals(
                List.of(new DeletedSnapshot(root.id(), DeletedSnapshot.Result.SKIPPED)), results);
        refuses(ErrorCode.INVALID_SNAPSHOT_IN_USE, id, () -> mine.deleteSnapshot(root.id()));
        refuses(ErrorCode.INVALID_AMI_ID_NOT_FOUND, id, () -> theirs.prepareLaunch(id, List.of()));
        refuses(ErrorCode.INVALID_AMI_ID_NOT_FOUND, id, () -> mine.lifecycle().deregister(id));
        refuses(ErrorCode.INVALID_AMI_ID_NOT_FOUND, id, () -> theirs.lifecycle().restore(id));
        MachineImage restored = mine.lifecycle().restore(id);
        assertEquals(ImageState.AVAILABLE, restored.state());
        assertNull(restored.lifecycle().recycleBinEnterTime());
        theirs.prepareLaunch(id, List.of());
        refuses(ErrorCode.INVALID_AMI_ID_NOT_FOUND, id, () -> mine.lifecycle().restore(id));
        assertEquals(List.of(), mine.lifecycle().recycleBin());
    }

    @Test
    @Covers({"4.9.3", "4.1.3"})
    void theNameOfWhatIsHeldIsFreeAndMustBeFreeToRestore() throws IOException {
        retain("all", 3, Map.of());
        mine.lifecycle().deregister(id);
        MachineImage second = Catalogs.image(mine, "image", root);
        refuses(
                ErrorCode.INVALID_AMI_NAME_DUPLICATE,
                second.id(),
                () -> mine.lifecycle().restore(id));
        assertEquals(1, mine.lifecycle().recycleBin().size());
        mine.settings().doNotRetain("all");
        mine.lifecycle().deregister(second.id());
        assertEquals(id, mine.lifecycle().restore(id).id());
        refuses(
                ErrorCode.INVALID_AMI_NAME_DUPLICATE,
                id,
                () -> Catalogs.image(mine, "image", root));
    }

    @Test
    @Covers("4.9.3")
    void aDisabledImageComesBackDisabled() throws IOException {
        retain("all", 3, Map.of());
        mine.lifecycle().disable(id);
        mine.lifecycle().deregister(id);
        assertEquals(ImageState.DISABLED, mine.lifecycle().restore(id).state());
    }

    @Test
    @Covers("4.9.3")
    void instanceStoreImagesAreNotHeld() throws IOException {
        retain("all", 3, Map.of());
        MachineImage bundled =
                mine.registerImage(
                        ImageRegistration.of("bundled", List.of())
                                .withOrigin(ImageOrigin.manifest("/x", "ef".repeat(32))));
        mine.lifecycle().deregister(bundled.id());
        assertEquals(List.of(), mine.lifecycle().recycleBin());
    }

    @Test
    @Covers("4.9.3")
    void rulesAreChecked() {
        for (int days : new int[] {0, 366, -1}) {
            refuses(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "not 1 to 365",
                    () -> RetentionRule.of("rule", Map.of(), days));
        }
    }

    @Test
    @Covers({"4.6.4", "4.7.1"})
    void whenItWasLastLaunched() throws IOException {
        assertNull(mine.image(id).lifecycle().lastLaunchedTime());
        mine.sharing().modifyImage(id, List.of(THEM), List.of());
        clock.pass(Duration.ofHours(1));
        theirs.recordLaunch(Catalogs.launch(theirs, mine.image(id)), List.of());
        assertEquals(clock.instant(), mine.image(id).lifecycle().lastLaunchedTime());
        assertTrue(mine.view(mine.image(id)).containsKey("LastLaunchedTime"));
    }
}

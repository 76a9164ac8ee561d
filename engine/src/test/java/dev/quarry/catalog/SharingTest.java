package dev.quarry.catalog;

import static dev.quarry.catalog.Refusals.refuses;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.catalog.mapping.MappingParser;
import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.Encryption;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Grantee;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.ProductCode;
import dev.quarry.catalog.model.RetentionRule;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.rule.ImageRegistration;
import dev.quarry.catalog.rule.SnapshotRegistration;
import dev.quarry.store.Findings;
import dev.quarry.store.MemoryBlobStore;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

class SharingTest {

    private static final Grantee THEM = Grantee.account("222222222222");
    private static final List<Grantee> NONE = List.of();

    private final MovingClock clock = new MovingClock();
    private final MemoryBlobStore blobs = new MemoryBlobStore();
    private final Catalog catalog = Catalog.open(blobs, clock);
    private final AccountCatalog mine;
    private final AccountCatalog theirs;
    private final AccountCatalog others;
    private final Snapshot root;
    private final MachineImage image;

    SharingTest() throws IOException {
        mine = catalog.as("111111111111");
        theirs = catalog.as("222222222222");
        others = catalog.as("333333333333");
        root = Catalogs.snapshot(mine, 8);
        image = Catalogs.image(mine, "image", root);
    }

    private static SnapshotRegistration content() {
        return SnapshotRegistration.of(Catalogs.ROOT, "cd".repeat(32), 1L << 30);
    }

    private MachineImage imageOf(SnapshotRegistration registration, String name)
            throws IOException {
        return Catalogs.image(mine, name, mine.registerSnapshot(registration));
    }

    private void canLaunch(AccountCatalog account) throws IOException {
        assertEquals(image.id(), account.prepareLaunch(image.id(), List.of()).image().id());
        assertTrue(account.images().stream().anyMatch(seen -> seen.id().equals(image.id())));
    }

    private void cannotSee(AccountCatalog account) throws IOException {
        refuses(
                ErrorCode.INVALID_AMI_ID_NOT_FOUND,
                image.id(),
                () -> account.prepareLaunch(image.id(), List.of()));
        refuses(ErrorCode.INVALID_AMI_ID_NOT_FOUND, image.id(), () -> account.show(image.id()));
        assertEquals(List.of(), account.images());
    }

    @Test
    @Covers({"4.7.1", "4.10.1"})
    void whoMayLaunch() throws IOException {
        cannotSee(theirs);
        mine.sharing().modifyImage(image.id(), List.of(THEM), NONE);
        canLaunch(theirs);
        cannotSee(others);
        mine.sharing().modifyImage(image.id(), NONE, List.of(THEM));
        cannotSee(theirs);

        mine.sharing().modifyImage(image.id(), List.of(Grantee.ALL, THEM), NONE);
        canLaunch(theirs);
        canLaunch(others);
        mine.sharing().resetImage(image.id());
        cannotSee(theirs);
        cannotSee(others);

        Grantee organization = new Grantee(Grantee.Kind.ORGANIZATION, "o-1");
        Grantee unit = new Grantee(Grantee.Kind.ORGANIZATIONAL_UNIT, "ou-2");
        mine.sharing().modifyImage(image.id(), List.of(organization, unit), NONE);
        canLaunch(catalog.as(new Actor("444", Set.of("o-1"))));
        canLaunch(catalog.as(new Actor("555", Set.of("ou-2"))));
        cannotSee(catalog.as(new Actor("666", Set.of("o-2"))));
        canLaunch(mine);
    }

    @Test
    @Covers("4.7.1")
    void aLaunchPermissionIsNothingMore() throws IOException {
        mine.sharing().modifyImage(image.id(), List.of(THEM), NONE);
        String id = image.id();
        ErrorCode denied = ErrorCode.AUTH_FAILURE;
        refuses(denied, id, () -> theirs.lifecycle().deregister(id));
        refuses(denied, id, () -> theirs.lifecycle().disable(id));
        refuses(denied, id, () -> theirs.lifecycle().describe(id, "mine now"));
        refuses(denied, id, () -> theirs.tag(id, Map.of("a", "b")));
        refuses(
                denied,
                id,
                () -> theirs.sharing().modifyImage(id, List.of(Grantee.account("333")), NONE));
        refuses(denied, id, () -> theirs.sharing().resetImage(id));
        refuses(
                denied,
                id,
                () -> AttributeViews.image(theirs.image(id), "launchPermission", theirs.actor()));
        // It does not let the content out, whether it is asked for by image or by snapshot.
        refuses(ErrorCode.INVALID_SNAPSHOT_NOT_FOUND, root.id(), () -> theirs.prepareExport(id));
        refuses(
                ErrorCode.INVALID_SNAPSHOT_NOT_FOUND,
                root.id(),
                () -> theirs.prepareExport(root.id()));
        refuses(
                ErrorCode.INVALID_SNAPSHOT_NOT_FOUND,
                root.id(),
                () ->
                        theirs.registerImage(
                                ImageRegistration.of("stolen", Catalogs.mappings(root))));
        assertEquals(List.of(), theirs.snapshots());
        assertEquals(image.access().withLaunchPermissions(List.of(THEM)), mine.image(id).access());
    }

    @Test
    @Covers("4.7.1")
    void snapshotsHaveTheirOwnPermission() throws IOException {
        mine.sharing().modifySnapshot(root.id(), List.of(THEM), NONE);
        assertEquals(root.root(), theirs.prepareExport(root.id()).root());
        MachineImage made =
                theirs.registerImage(ImageRegistration.of("made", Catalogs.mappings(root)));
        assertEquals("222222222222", made.ownerId());
        refuses(ErrorCode.AUTH_FAILURE, root.id(), () -> theirs.deleteSnapshot(root.id()));
        refuses(
                ErrorCode.INVALID_SNAPSHOT_NOT_FOUND,
                root.id(),
                () -> others.prepareExport(root.id()));
        // It does not let anyone launch the image.
        cannotSee(others);
        mine.sharing().resetSnapshot(root.id());
        refuses(
                ErrorCode.INVALID_SNAPSHOT_NOT_FOUND,
                root.id(),
                () -> theirs.prepareExport(root.id()));
        mine.sharing().modifySnapshot(root.id(), List.of(Grantee.ALL), NONE);
        assertEquals(root.root(), others.prepareExport(root.id()).root());
    }

    @Test
    @Covers({"4.7.1", "4.9.2"})
    void aSharedSnapshotIsNotPassedOn() throws IOException {
        Snapshot shared = Catalogs.snapshot(mine, 8);
        mine.sharing().modifySnapshot(shared.id(), List.of(THEM, Grantee.ALL), NONE);
        MachineImage over = Catalogs.image(theirs, "over", shared);
        refuses(
                ErrorCode.OPERATION_NOT_PERMITTED,
                shared.id(),
                () -> theirs.sharing().modifyImage(over.id(), List.of(Grantee.ALL), NONE));
        // As stores have it from before.
        Tables tables = new Tables(blobs, clock, new Random(1));
        tables.change(
                tables.images,
                over.id(),
                theirs.actor(),
                "ModifyImageAttribute",
                present ->
                        present.withAccess(
                                present.access().withLaunchPermissions(List.of(Grantee.ALL))));
        mine.sharing().modifySnapshot(shared.id(), NONE, List.of(Grantee.ALL));
        theirs.prepareLaunch(over.id(), List.of());
        others.prepareLaunch(over.id(), List.of());
        mine.sharing().resetSnapshot(shared.id());
        for (AccountCatalog account : List.of(theirs, others)) {
            refuses(
                    ErrorCode.INVALID_SNAPSHOT_NOT_FOUND,
                    shared.id(),
                    () -> account.prepareLaunch(over.id(), List.of()));
        }
        mine.deleteSnapshot(shared.id());
        Findings findings = new Findings();
        catalog.check(findings);
        assertEquals(List.of(), findings.list());
    }

    @Test
    @Covers("4.7.1")
    void aConsumerGivesUpItsOwnPermission() throws IOException {
        mine.sharing().modifyImage(image.id(), List.of(THEM, Grantee.account("333")), NONE);
        theirs.sharing().cancelImage(image.id());
        cannotSee(theirs);
        assertEquals(
                List.of(Grantee.account("333")),
                mine.image(image.id()).access().launchPermissions());
        mine.sharing().modifyImage(image.id(), List.of(Grantee.ALL), NONE);
        refuses(
                ErrorCode.INVALID_AMI_ATTRIBUTE_ITEM_VALUE,
                "not shared with account 222222222222",
                () -> theirs.sharing().cancelImage(image.id()));
    }

    @Test
    @Covers("4.7.1")
    void granteesAreChecked() {
        Object[][] rows = {
            {new Grantee(Grantee.Kind.GROUP, "some"), ErrorCode.INVALID_AMI_ATTRIBUTE_ITEM_VALUE},
            {new Grantee(Grantee.Kind.USER, "all"), ErrorCode.INVALID_PARAMETER_VALUE},
            {new Grantee(Grantee.Kind.USER, ""), ErrorCode.INVALID_PARAMETER_VALUE},
            {new Grantee(Grantee.Kind.USER, "../x"), ErrorCode.INVALID_PARAMETER_VALUE},
            {
                new Grantee(Grantee.Kind.ORGANIZATION, "o 1"),
                ErrorCode.INVALID_AMI_ATTRIBUTE_ITEM_VALUE
            },
            {
                new Grantee(Grantee.Kind.ORGANIZATIONAL_UNIT, ""),
                ErrorCode.INVALID_AMI_ATTRIBUTE_ITEM_VALUE
            },
        };
        for (Object[] row : rows) {
            refuses(
                    (ErrorCode) row[1],
                    "",
                    () -> mine.sharing().modifyImage(image.id(), List.of((Grantee) row[0]), NONE));
        }
    }

    @Test
    @Covers("4.7.2")
    void whatCannotBePublicOrShared() throws IOException {
        MachineImage own =
                imageOf(content().withEncryption(new Encryption(true, "own-key")), "own key");
        MachineImage byDefault =
                imageOf(content().withEncryption(new Encryption(true, null)), "default key");
        MachineImage paid =
                imageOf(
                        content()
                                .withProductCodes(
                                        List.of(new ProductCode("p1", ProductCode.Type.DEVPAY))),
                        "paid");
        Object[][] rows = {
            // image, grantee, part of the refusal or null
            {own, THEM, null},
            {own, Grantee.ALL, "encrypted snapshot"},
            {byDefault, THEM, "default key"},
            {byDefault, Grantee.ALL, "default key"},
            {paid, THEM, null},
            {paid, Grantee.ALL, "product code"},
        };
        for (Object[] row : rows) {
            MachineImage subject = (MachineImage) row[0];
            List<Grantee> add = List.of((Grantee) row[1]);
            if (row[2] == null) {
                mine.sharing().modifyImage(subject.id(), add, NONE);
            } else {
                refuses(
                        ErrorCode.OPERATION_NOT_PERMITTED,
                        (String) row[2],
                        () -> mine.sharing().modifyImage(subject.id(), add, NONE));
                String snapshot = String.valueOf(subject.rootSnapshotId());
                refuses(
                        ErrorCode.OPERATION_NOT_PERMITTED,
                        snapshot,
                        () -> mine.sharing().modifySnapshot(snapshot, add, NONE));
            }
        }
    }

    @Test
    @Covers({"4.7.2", "4.6.4"})
    void anEncryptedVolumeIsNotPublic() throws IOException {
        MachineImage mapped =
                mine.registerImage(
                        ImageRegistration.of(
                                "mapped",
                                Catalogs.mappings(
                                        root,
                                        "DeviceName=/dev/sdb,Ebs={VolumeSize=1,Encrypted=true}")));
        mine.sharing().modifyImage(mapped.id(), List.of(THEM), NONE);
        refuses(
                ErrorCode.OPERATION_NOT_PERMITTED,
                "encrypted volume",
                () -> mine.sharing().modifyImage(mapped.id(), List.of(Grantee.ALL), NONE));
        assertFalse(
                AttributeViews.image(mapped, "blockDeviceMapping", mine.actor())
                        .toString()
                        .contains("Encrypted"));
    }

    @Test
    @Covers({"4.7.2", "4.9.3"})
    void whatComesOutOfTheRecycleBinIsPublicWithinTheLimits() throws IOException {
        mine.settings().change(List.of(Settings.publicImagesQuota(1)));
        mine.settings().retain(RetentionRule.of("all", Map.of(), 3));
        mine.sharing().modifyImage(image.id(), List.of(Grantee.ALL, THEM), NONE);
        mine.lifecycle().deregister(image.id());
        MachineImage second = Catalogs.image(mine, "second", root);
        refuses(
                ErrorCode.RESOURCE_LIMIT_EXCEEDED,
                "has 1 public",
                () -> mine.sharing().modifyImage(second.id(), List.of(Grantee.ALL), NONE));
        mine.settings().blockPublicSharing();
        assertEquals(
                List.of(THEM), mine.lifecycle().restore(image.id()).access().launchPermissions());
        mine.settings().unblockPublicSharing();
        mine.sharing().modifyImage(second.id(), List.of(Grantee.ALL), NONE);
        mine.lifecycle().deregister(second.id());
        assertTrue(mine.lifecycle().restore(second.id()).access().isPublic());
        mine.lifecycle().deregister(second.id());
        clock.pass(Duration.ofDays(3));
        mine.sharing().modifyImage(image.id(), List.of(Grantee.ALL), NONE);
    }

    @Test
    @Covers("4.7.2")
    void anAccountBlocksPublicSharing() throws IOException {
        MachineImage second = Catalogs.image(mine, "second", root);
        mine.sharing().modifyImage(image.id(), List.of(Grantee.ALL), NONE);
        mine.settings().blockPublicSharing();
        refuses(
                ErrorCode.OPERATION_NOT_PERMITTED,
                "blocks that",
                () -> mine.sharing().modifyImage(second.id(), List.of(Grantee.ALL), NONE));
        refuses(
                ErrorCode.OPERATION_NOT_PERMITTED,
                "blocks that",
                () -> mine.sharing().modifySnapshot(root.id(), List.of(Grantee.ALL), NONE));
        // What is public stays so, and can be shared further.
        mine.sharing().modifyImage(image.id(), List.of(Grantee.ALL, THEM), NONE);
        canLaunch(others);
        mine.sharing().modifyImage(second.id(), List.of(THEM), NONE);
        mine.settings().unblockPublicSharing();
        mine.sharing().modifyImage(second.id(), List.of(Grantee.ALL), NONE);
        theirs.settings().blockPublicSharing();
        assertFalse(mine.settings().account().publicSharingBlocked());
    }

    @Test
    @Covers("4.7.2")
    void quotas() throws IOException {
        mine.settings()
                .change(
                        List.of(
                                Settings.imagesQuota(3),
                                Settings.publicImagesQuota(1),
                                Settings.shareTargetsQuota(2)));
        List<Grantee> three = new ArrayList<>();
        for (String account : List.of("a", "b", "c")) {
            three.add(Grantee.account(account));
        }
        ErrorCode exceeded = ErrorCode.RESOURCE_LIMIT_EXCEEDED;
        refuses(
                exceeded,
                "3, more than 2",
                () -> mine.sharing().modifyImage(image.id(), three, NONE));
        MachineImage second = Catalogs.image(mine, "second", root);
        MachineImage third = Catalogs.image(mine, "third", root);
        refuses(exceeded, "has 3 images", () -> Catalogs.image(mine, "fourth", root));
        mine.sharing().modifyImage(second.id(), List.of(Grantee.ALL), NONE);
        refuses(
                exceeded,
                "has 1 public",
                () -> mine.sharing().modifyImage(third.id(), List.of(Grantee.ALL), NONE));
        mine.sharing().resetImage(second.id());
        mine.sharing().modifyImage(third.id(), List.of(Grantee.ALL), NONE);
        assertEquals(
                1000,
                Catalog.open(new MemoryBlobStore(), clock)
                        .as("1")
                        .settings()
                        .store()
                        .shareTargetsMax());
    }

    @Test
    @Covers({"4.7.2", "4.6.4"})
    void othersDoNotSeeTagsOrLaunchTimes() throws IOException {
        mine.tag(image.id(), Map.of("secret", "x"));
        mine.sharing().modifyImage(image.id(), List.of(THEM), NONE);
        assertTrue(mine.view(mine.image(image.id())).containsKey("Tags"));
        assertFalse(theirs.view(theirs.image(image.id())).containsKey("Tags"));
        refuses(
                ErrorCode.AUTH_FAILURE,
                image.id(),
                () ->
                        AttributeViews.image(
                                theirs.image(image.id()), "lastLaunchedTime", theirs.actor()));
    }

    @Test
    @Covers("4.7.3")
    void paidImagesNeedASubscription() throws IOException {
        ProductCode code = new ProductCode("p1", ProductCode.Type.MARKETPLACE);
        Snapshot paid = mine.registerSnapshot(content().withProductCodes(List.of(code)));
        MachineImage sold = Catalogs.image(mine, "sold", paid);
        assertEquals(List.of(code), sold.access().productCodes());
        mine.sharing().modifyImage(sold.id(), List.of(THEM), NONE);
        mine.sharing().modifySnapshot(paid.id(), List.of(THEM), NONE);
        ErrorCode missing = ErrorCode.OPT_IN_REQUIRED;
        refuses(missing, "p1", () -> theirs.prepareLaunch(sold.id(), List.of()));
        refuses(missing, "p1", () -> mine.prepareLaunch(sold.id(), List.of()));
        refuses(missing, "p1", () -> theirs.prepareExport(paid.id()));
        refuses(
                missing,
                "p1",
                () -> mine.prepareLaunch(image.id(), MappingParser.parse("/dev/sdb=" + paid.id())));
        theirs.settings().subscribe("p1");
        theirs.prepareLaunch(sold.id(), List.of());
        theirs.prepareExport(paid.id());
        refuses(missing, "p1", () -> mine.prepareLaunch(sold.id(), List.of()));
        theirs.settings().unsubscribe("p1");
        refuses(missing, "p1", () -> theirs.prepareLaunch(sold.id(), List.of()));
        refuses(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "no product code",
                () -> theirs.settings().subscribe("a b"));
    }

    @Test
    @Covers("4.6.4")
    void attributes() throws IOException {
        mine.lifecycle().describe(image.id(), "new");
        assertEquals("new", mine.image(image.id()).description());
        refuses(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "description of 256",
                () -> mine.lifecycle().describe(image.id(), "d".repeat(256)));
        refuses(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "cannot be taken back",
                () -> mine.lifecycle().setImdsSupport(image.id(), "v1.0"));
        mine.lifecycle().setImdsSupport(image.id(), "v2.0");
        MachineImage now = mine.image(image.id());
        for (String attribute : AttributeViews.IMAGE_ATTRIBUTES) {
            Map<String, Object> view = AttributeViews.image(now, attribute, mine.actor());
            assertEquals(2, view.size(), attribute);
            assertEquals(image.id(), view.get("ImageId"));
        }
        assertEquals(
                Map.of("ImageId", image.id(), "ImdsSupport", Map.of("Value", "v2.0")),
                AttributeViews.image(now, "imdsSupport", mine.actor()));
        assertFalse(
                AttributeViews.image(now, "blockDeviceMapping", mine.actor())
                        .toString()
                        .contains("Encrypted"));
        refuses(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "'state' is none of",
                () -> AttributeViews.image(now, "state", mine.actor()));
    }

    @Test
    @Covers("4.9.5")
    void whatBecomesPublicIsDeprecatedInTime() throws IOException {
        mine.sharing().modifyImage(image.id(), List.of(Grantee.ALL), NONE);
        assertEquals(
                "2028-08-01T12:34:00Z",
                String.valueOf(mine.image(image.id()).lifecycle().deprecationTime()));
        refuses(
                ErrorCode.OPERATION_NOT_PERMITTED,
                "is public",
                () -> mine.lifecycle().cancelDeprecation(image.id()));
        MachineImage second = Catalogs.image(mine, "second", root);
        mine.lifecycle().deprecate(second.id(), Catalogs.TIME.plus(Duration.ofDays(10)));
        mine.sharing().modifyImage(second.id(), List.of(Grantee.ALL), NONE);
        assertNotEquals(
                mine.image(image.id()).lifecycle().deprecationTime(),
                mine.image(second.id()).lifecycle().deprecationTime());
    }
}

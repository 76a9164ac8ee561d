package dev.quarry.catalog;

import static dev.quarry.catalog.Refusals.refuses;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.quarry.catalog.model.Encryption;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Grantee;
import dev.quarry.catalog.model.Launch;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.ObjectKind;
import dev.quarry.catalog.model.ProductCode;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.Tags;
import dev.quarry.catalog.model.Volume;
import dev.quarry.catalog.model.VolumeFile;
import dev.quarry.catalog.model.VolumePerformance;
import dev.quarry.catalog.model.VolumeState;
import dev.quarry.catalog.model.VolumeType;
import dev.quarry.catalog.rule.ObjectQuery;
import dev.quarry.catalog.rule.SnapshotRegistration;
import dev.quarry.store.MemoryBlobStore;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Searches of snapshots and volumes by the rules of 4.10, and whose products are whose. */
final class ObjectSearchTest {

    private final Catalog catalog = Catalog.open(new MemoryBlobStore(), Catalogs.CLOCK);
    private final AccountCatalog mine;
    private final AccountCatalog theirs;

    ObjectSearchTest() throws IOException {
        mine = catalog.as("111111111111");
        theirs = catalog.as("222222222222");
    }

    private static SnapshotRegistration content(String description, int gib) {
        return SnapshotRegistration.of(Catalogs.ROOT, "cd".repeat(32), (long) gib << 30)
                .withDescription(description);
    }

    private List<String> found(AccountCatalog account, String filter, String... values)
            throws IOException {
        return account
                .searchSnapshots(ObjectQuery.all().withFilter(filter, List.of(values)))
                .objects()
                .stream()
                .map(Snapshot::description)
                .map(String::valueOf)
                .sorted()
                .toList();
    }

    @Test
    @Covers({"4.10.1", "4.10.3", "4.10.4"})
    void filtersOfSnapshots() throws IOException {
        Snapshot one =
                mine.registerSnapshot(
                        content("nightly-1", 8)
                                .withTags(Tags.of(Map.of("stage", "test", "x", "1"))));
        mine.registerSnapshot(content("nightly-2", 20).withEncryption(new Encryption(true, "key")));
        theirs.registerSnapshot(content("theirs", 8).withTags(Tags.of(Map.of("stage", "test"))));
        Object[][] rows = {
            {"description", "nightly-*", "[nightly-1, nightly-2]"},
            {"description", "nightly-?", "[nightly-1, nightly-2]"},
            {"description", "NIGHTLY-*", "[]"},
            {"volume-size", "20", "[nightly-2]"},
            {"encrypted", "true", "[nightly-2]"},
            {"owner-id", "111*", "[nightly-1, nightly-2]"},
            {"owner-id", "222222222222", "[]"},
            {"snapshot-id", one.id(), "[nightly-1]"},
            {"status", "completed", "[nightly-1, nightly-2]"},
            {"progress", "100%", "[nightly-1, nightly-2]"},
            {"start-time", "2026-08-*", "[nightly-1, nightly-2]"},
            {"volume-id", "*", "[]"},
            {"product-code", "*", "[]"},
            {"tag:stage", "t*", "[nightly-1]"},
            {"tag-key", "x", "[nightly-1]"},
        };
        for (Object[] row : rows) {
            assertEquals(
                    row[2],
                    found(mine, (String) row[0], (String) row[1]).toString(),
                    row[0] + "=" + row[1]);
        }
        assertEquals(
                List.of("nightly-1", "nightly-2"),
                found(mine, "volume-size", "8", "20"),
                "or within the values");
        assertEquals(
                1,
                mine.searchSnapshots(
                                ObjectQuery.all()
                                        .withFilter("description", List.of("nightly-*"))
                                        .withFilter("volume-size", List.of("8")))
                        .objects()
                        .size(),
                "and between filters");
        refuses(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "no filter 'size'",
                () -> found(mine, "size", "8"));
        mine.sharing()
                .modifySnapshot(one.id(), List.of(Grantee.account("222222222222")), List.of());
        assertEquals(List.of("nightly-1", "theirs"), found(theirs, "description", "*"));
        assertEquals(List.of("theirs"), found(theirs, "tag:stage", "*"), "others' tags are hidden");
        assertEquals(
                1,
                theirs.searchSnapshots(ObjectQuery.all().withOwners(List.of("self")))
                        .objects()
                        .size());
        refuses(
                ErrorCode.INVALID_SNAPSHOT_NOT_FOUND,
                "snap-00000000000000000",
                () ->
                        mine.searchSnapshots(
                                ObjectQuery.all().withIds(List.of("snap-00000000000000000"))));
    }

    @Test
    @Covers("4.10.5")
    void pagesOfSnapshots() throws IOException {
        for (int i = 0; i < 23; i++) {
            mine.registerSnapshot(content("s" + i % 2, 1));
        }
        ObjectQuery query = ObjectQuery.all().withFilter("description", List.of("s0"));
        List<String> ids = new ArrayList<>();
        String token = null;
        int pages = 0;
        do {
            ObjectPage<Snapshot> page = mine.searchSnapshots(query.withPage(5, token));
            page.objects().forEach(snapshot -> ids.add(snapshot.id()));
            token = page.nextToken();
            pages++;
        } while (token != null);
        assertEquals(3, pages);
        assertEquals(12, ids.size());
        assertEquals(ids.stream().distinct().sorted().toList(), ids);
        String other = mine.searchSnapshots(query.withPage(5, null)).nextToken();
        assertNotNull(other);
        refuses(
                ErrorCode.INVALID_NEXT_TOKEN,
                "no token",
                () -> mine.searchSnapshots(ObjectQuery.all().withPage(5, other)));
        refuses(
                ErrorCode.INVALID_NEXT_TOKEN,
                "no token",
                () -> theirs.searchSnapshots(query.withPage(5, other)));
        refuses(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "MaxResults 4",
                () -> mine.searchSnapshots(query.withPage(4, null)));
    }

    @Test
    @Covers({"4.10.3", "4.1.3"})
    void filtersOfVolumes() throws IOException {
        Snapshot root = Catalogs.snapshot(mine, 8);
        MachineImage image = Catalogs.image(mine, "image", root);
        Launch launch = Catalogs.launch(mine, image);
        Volume volume =
                new Volume(
                        mine.newId(ObjectKind.VOLUME),
                        "111111111111",
                        8L << 30,
                        new VolumePerformance(VolumeType.GP3, 3000, 125),
                        root.id(),
                        Encryption.NONE,
                        VolumeState.AVAILABLE,
                        mine.now(),
                        new VolumeFile("/v.raw", "raw", null, null),
                        null,
                        List.of(),
                        Tags.none());
        mine.recordLaunch(launch, List.of(volume));
        mine.tag(volume.id(), Map.of("stage", "test"));
        Object[][] rows = {
            {"status", "available", 1},
            {"status", "in-use", 0},
            {"size", "8", 1},
            {"volume-type", "gp*", 1},
            {"snapshot-id", root.id(), 1},
            {"attachment.instance-id", "*", 0},
            {"tag:stage", "te?t", 1},
            {"tag-key", "stag", 0},
            {"encrypted", "false", 1},
        };
        for (Object[] row : rows) {
            ObjectQuery query =
                    ObjectQuery.all().withFilter((String) row[0], List.of((String) row[1]));
            assertEquals(row[2], mine.searchVolumes(query).objects().size(), row[0] + "=" + row[1]);
            assertEquals(0, theirs.searchVolumes(query).objects().size());
        }
        assertNull(mine.searchVolumes(ObjectQuery.all()).nextToken());
    }

    @Test
    @Covers({"4.7.3", "4.6.2", "4.6.4"})
    void whoseAProductIs() throws IOException {
        Snapshot root = Catalogs.snapshot(mine, 8);
        ProductCode code = new ProductCode("p1", ProductCode.Type.MARKETPLACE);
        mine.sharing().modifyProducts(root.id(), List.of(code), List.of());
        assertEquals(List.of(code), mine.snapshot(root.id()).productCodes());
        mine.settings().subscribe("p1");
        assertEquals(List.of(code), Catalogs.image(mine, "sold", root).access().productCodes());
        Snapshot bought =
                theirs.registerSnapshot(content("bought", 8).withProductCodes(List.of(code)));
        refuses(
                ErrorCode.AUTH_FAILURE,
                "'p1' is not account 222222222222's",
                () -> theirs.sharing().modifyProducts(bought.id(), List.of(), List.of("p1")));
        refuses(
                ErrorCode.AUTH_FAILURE,
                "'p1'",
                () -> theirs.sharing().modifyProducts(bought.id(), List.of(code), List.of()));
        refuses(
                ErrorCode.INVALID_SNAPSHOT_NOT_FOUND,
                root.id(),
                () -> theirs.sharing().modifyProducts(root.id(), List.of(), List.of("p1")));
        refuses(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "no product code",
                () ->
                        mine.sharing()
                                .modifyProducts(
                                        root.id(),
                                        List.of(new ProductCode("a b", ProductCode.Type.DEVPAY)),
                                        List.of()));
        mine.sharing().modifyProducts(root.id(), List.of(), List.of("p1"));
        assertEquals(List.of(), mine.snapshot(root.id()).productCodes());
        refuses(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "has no product 'p1'",
                () -> mine.sharing().modifyProducts(root.id(), List.of(), List.of("p1")));
    }
}

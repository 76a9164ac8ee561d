package dev.quarry.catalog;

import static dev.quarry.catalog.Refusals.refuses;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.BootMode;
import dev.quarry.catalog.model.Encryption;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Grantee;
import dev.quarry.catalog.model.ImageHardware;
import dev.quarry.catalog.model.ImageOrigin;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.ProductCode;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.Tags;
import dev.quarry.catalog.rule.ImageFilters;
import dev.quarry.catalog.rule.ImageQuery;
import dev.quarry.catalog.rule.ImageRegistration;
import dev.quarry.catalog.rule.SnapshotRegistration;
import dev.quarry.store.MemoryBlobStore;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

class SearchTest {

    private final MovingClock clock = new MovingClock();
    private final Catalog catalog = Catalog.open(new MemoryBlobStore(), clock);
    private final AccountCatalog mine;
    private final AccountCatalog theirs;
    private final Snapshot root;
    private final MachineImage plain;
    private final MachineImage rich;
    private final MachineImage foreign;

    SearchTest() throws IOException {
        mine = catalog.as("111111111111");
        theirs = catalog.as("222222222222");
        root = Catalogs.snapshot(mine, 8);
        plain = Catalogs.image(mine, "plain", root);
        clock.pass(Duration.ofDays(1));
        rich = rich();
        foreign = Catalogs.image(theirs, "plain", Catalogs.snapshot(theirs, 4));
        theirs.sharing().modifyImage(foreign.id(), List.of(Grantee.ALL), List.of());
        theirs.tag(foreign.id(), Map.of("stage", "production"));
    }

    private MachineImage rich() throws IOException {
        Snapshot data =
                mine.registerSnapshot(
                        SnapshotRegistration.of(Catalogs.ROOT, "cd".repeat(32), 1L << 32)
                                .withEncryption(new Encryption(true, "key"))
                                .withProductCodes(
                                        List.of(new ProductCode("p1", ProductCode.Type.DEVPAY))));
        return mine.registerImage(
                ImageRegistration.of(
                                "rich 12.7",
                                Catalogs.mappings(root, "/dev/sdb=" + data.id() + ":9:true:gp3"))
                        .withDescription("Rich image")
                        .withHardware(ImageHardware.defaults().withBootMode(BootMode.UEFI))
                        .withOrigin(
                                new ImageOrigin(
                                        null,
                                        null,
                                        "i-0123456789abcdef0",
                                        false,
                                        plain.id(),
                                        "north"))
                        .withTags(Tags.of(Map.of("stage", "production", "long", "x".repeat(250)))));
    }

    private Set<String> found(ImageQuery query) throws IOException {
        return found(mine, query);
    }

    private static Set<String> found(AccountCatalog account, ImageQuery query) throws IOException {
        Set<String> ids = new TreeSet<>();
        account.search(query).images().forEach(image -> ids.add(image.id()));
        return ids;
    }

    @Test
    @Covers({"4.10.3", "4.10.4", "4.1.1"})
    void filters() throws IOException {
        Set<String> all = Set.of(plain.id(), rich.id(), foreign.id());
        Set<String> onlyRich = Set.of(rich.id());
        Set<String> none = Set.of();
        Object[][] rows = {
            {"architecture", "x86_64", all},
            {"architecture", "arm64", none},
            {"block-device-mapping.delete-on-termination", "false", none},
            {"block-device-mapping.device-name", "/dev/sdb", onlyRich},
            {"block-device-mapping.snapshot-id", root.id(), Set.of(plain.id(), rich.id())},
            {"block-device-mapping.snapshot-id", "snap-*", all},
            {"block-device-mapping.volume-size", "9", onlyRich},
            {"block-device-mapping.volume-size", "4", Set.of(foreign.id())},
            {"block-device-mapping.volume-type", "gp3", onlyRich},
            {"block-device-mapping.encrypted", "true", onlyRich},
            {"creation-date", "2026-08-02T*", Set.of(rich.id(), foreign.id())},
            {"creation-date", "2026-08-01*", Set.of(plain.id())},
            {"description", "Rich*", onlyRich},
            {"description", "rich*", none},
            {"ena-support", "false", all},
            {"hypervisor", "xen", all},
            {"image-id", rich.id(), onlyRich},
            {"image-id", "ami-*", all},
            {"image-id", "ami-1", none},
            {"image-type", "machine", all},
            {"is-public", "true", Set.of(foreign.id())},
            {"kernel-id", "*", none},
            {"manifest-location", "*/plain", Set.of(plain.id(), foreign.id())},
            {"name", "plain", Set.of(plain.id(), foreign.id())},
            {"name", "rich*", onlyRich},
            {"name", "*ai?", Set.of(plain.id(), foreign.id())},
            {"name", "Plain", none},
            {"owner-alias", "*", none},
            {"owner-id", "222222222222", Set.of(foreign.id())},
            {"platform", "windows", none},
            {"product-code", "p1", onlyRich},
            {"product-code", "p?", onlyRich},
            {"product-code.type", "devpay", onlyRich},
            {"ramdisk-id", "*", none},
            {"root-device-name", "/dev/sda1", all},
            {"root-device-type", "ebs", all},
            {"source-image-id", plain.id(), onlyRich},
            {"source-image-region", "north", onlyRich},
            {"source-instance-id", "i-0123456789abcdef0", onlyRich},
            {"sriov-net-support", "simple", none},
            {"state", "available", all},
            {"state", "disabled", none},
            {"state-reason-code", "*", none},
            {"state-reason-message", "*", none},
            {"tag-key", "stage", onlyRich},
            {"tag:stage", "production", onlyRich},
            {"tag:stage", "prod*", onlyRich},
            {"tag:stage", "production*x", none},
            {"tag:long", "x".repeat(250), onlyRich},
            {"tag:long", "x*", onlyRich},
            {"tag:long", "y*", none},
            {"virtualization-type", "hvm", all},
        };
        Set<String> tried = new TreeSet<>();
        for (Object[] row : rows) {
            String name = (String) row[0];
            tried.add(name);
            assertEquals(
                    row[2],
                    found(ImageQuery.all().withFilter(name, List.of((String) row[1]))),
                    name + "=" + row[1]);
        }
        assertTrue(tried.containsAll(ImageFilters.names()), "every filter is tried");
    }

    @Test
    @Covers("4.10.4")
    void filtersAndValuesGoTogether() throws IOException {
        ImageQuery names = ImageQuery.all().withFilter("name", List.of("rich*", "plain"));
        assertEquals(Set.of(plain.id(), rich.id(), foreign.id()), found(names));
        assertEquals(Set.of(foreign.id()), found(names.withFilter("is-public", List.of("true"))));
        assertEquals(
                Set.of(),
                found(
                        ImageQuery.all()
                                .withFilter("name", List.of("plain"))
                                .withFilter("tag:stage", List.of("production"))));
        for (String name : List.of("image-allowed", "Name", "tag:", "", "image-watermark.x")) {
            refuses(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "no filter '" + name + "'",
                    () -> found(ImageQuery.all().withFilter(name, List.of("x"))));
        }
        refuses(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "201 values",
                () ->
                        found(
                                ImageQuery.all()
                                        .withFilter(
                                                "name", java.util.Collections.nCopies(201, "x"))));
    }

    @Test
    @Covers({"4.10.1", "4.10.2"})
    void ownersAndUsers() throws IOException {
        mine.settings().change(List.of(Settings.ownerAlias("amazon", List.of("222222222222"))));
        mine.sharing()
                .modifyImage(
                        plain.id(),
                        List.of(
                                Grantee.account("333"),
                                new Grantee(Grantee.Kind.ORGANIZATION, "o-1")),
                        List.of());
        AccountCatalog third = catalog.as(new Actor("333", Set.of()));
        AccountCatalog member = catalog.as(new Actor("444", Set.of("o-1")));
        Set<String> own = Set.of(plain.id(), rich.id());
        Set<String> theirOwn = Set.of(foreign.id());
        Set<String> shared = Set.of(plain.id());
        Object[][] rows = {
            // account, owners, executable users, result
            {mine, List.of("self"), List.of(), own},
            {mine, List.of("222222222222"), List.of(), theirOwn},
            {mine, List.of("amazon"), List.of(), theirOwn},
            {mine, List.of("aws-marketplace"), List.of(), Set.of()},
            {
                mine,
                List.of("self", "amazon"),
                List.of(),
                Set.of(plain.id(), rich.id(), foreign.id())
            },
            {mine, List.of(), List.of("all"), theirOwn},
            {mine, List.of(), List.of("self"), Set.of()},
            {mine, List.of(), List.of("333"), shared},
            {theirs, List.of(), List.of("333"), Set.of()},
            {third, List.of(), List.of(), Set.of(plain.id(), foreign.id())},
            {third, List.of(), List.of("self"), shared},
            {third, List.of(), List.of("333"), shared},
            {third, List.of("111111111111"), List.of(), shared},
            {third, List.of("self"), List.of(), Set.of()},
            {member, List.of(), List.of("self"), shared},
            {member, List.of(), List.of("444"), Set.of()},
        };
        for (Object[] row : rows) {
            @SuppressWarnings("unchecked")
            ImageQuery query =
                    ImageQuery.all()
                            .withOwners((List<String>) row[1])
                            .withExecutableUsers((List<String>) row[2]);
            assertEquals(row[3], found((AccountCatalog) row[0], query), query.toString());
        }
        assertEquals("amazon", mine.view(mine.image(foreign.id())).get("ImageOwnerAlias"));
        assertEquals(
                Set.of(foreign.id()),
                found(ImageQuery.all().withFilter("owner-alias", List.of("amazon"))));
    }

    @Test
    @Covers("4.10.1")
    void idsThatAreAskedForMustBeThere() throws IOException {
        assertEquals(Set.of(plain.id()), found(ImageQuery.all().withImageIds(List.of(plain.id()))));
        refuses(
                ErrorCode.INVALID_AMI_ID_NOT_FOUND,
                plain.id(),
                () -> found(theirs, ImageQuery.all().withImageIds(List.of(plain.id()))));
        refuses(
                ErrorCode.INVALID_AMI_ID_MALFORMED,
                "ami-1",
                () -> found(ImageQuery.all().withImageIds(List.of("ami-1"))));
    }

    @Test
    @Covers("4.10.5")
    void pagesAreStableWhileImagesComeAndGo() throws IOException {
        Set<String> expected = new TreeSet<>();
        for (int i = 0; i < 23; i++) {
            expected.add(Catalogs.image(mine, "page " + i, root).id());
        }
        ImageQuery query = ImageQuery.all().withFilter("name", List.of("page*"));
        List<String> seen = new ArrayList<>();
        String token = null;
        int pages = 0;
        do {
            ImagePage page = mine.search(query.withPage(5, token));
            assertTrue(page.images().size() <= 5);
            page.images().forEach(image -> seen.add(image.id()));
            token = page.nextToken();
            // Between two pages one that was seen goes, and one comes.
            mine.lifecycle().deregister(seen.getLast());
            Catalogs.image(mine, "other " + pages++, root);
        } while (token != null);
        assertEquals(new ArrayList<>(expected), seen, "each once, in order");
        assertEquals(5, pages);
    }

    @Test
    @Covers("4.10.5")
    void aTokenBelongsToItsSearch() throws IOException {
        for (int i = 0; i < 6; i++) {
            Catalogs.image(mine, "page " + i, root);
        }
        ImageQuery query = ImageQuery.all().withFilter("name", List.of("page*"));
        String token = mine.search(query.withPage(5, null)).nextToken();
        ErrorCode bad = ErrorCode.INVALID_NEXT_TOKEN;
        refuses(bad, "no token", () -> theirs.search(query.withPage(5, token)));
        refuses(bad, "no token", () -> mine.search(ImageQuery.all().withPage(5, token)));
        refuses(bad, "no token", () -> mine.search(query.withPage(5, "ami1.x")));
        refuses(bad, "no token", () -> mine.search(query.withPage(5, token + "x")));
        refuses(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "MaxResults 4",
                () -> mine.search(query.withPage(4, null)));
        refuses(
                ErrorCode.INVALID_PARAMETER_COMBINATION,
                "exclude",
                () -> mine.search(query.withPage(5, null).withImageIds(List.of(plain.id()))));
    }

    @Test
    void theLatestOfAFamily() throws IOException {
        MachineImage older = Catalogs.image(mine, "debian-12-1", root);
        clock.pass(Duration.ofDays(1));
        MachineImage newer = Catalogs.image(mine, "debian-12-2", root);
        clock.pass(Duration.ofDays(1));
        MachineImage newest = Catalogs.image(mine, "debian-12-3", root);
        MachineImage imitation =
                Catalogs.image(theirs, "debian-12-4", Catalogs.snapshot(theirs, 1));
        theirs.sharing().modifyImage(imitation.id(), List.of(Grantee.ALL), List.of());
        ImageQuery family = ImageQuery.all().withFilter("name", List.of("debian-12-*"));
        assertEquals(newest, mine.latest(family));
        mine.lifecycle().disable(newest.id());
        assertEquals(newer, mine.latest(family));
        mine.lifecycle().deregister(newer.id());
        assertEquals(older, mine.latest(family));
        assertEquals(imitation.id(), mine.latest(family.withOwners(List.of("222222222222"))).id());
        refuses(
                ErrorCode.INVALID_AMI_ID_NOT_FOUND,
                "of owner self",
                () -> catalog.as("333").latest(family));
    }

    @Test
    @Covers("4.7.4")
    void ancestry() throws IOException {
        assertEquals(List.of(plain), mine.ancestry(plain.id()));
        mine.settings().change(List.of(Settings.regionName("north")));
        assertEquals(List.of(rich, plain), mine.ancestry(rich.id()));
        mine.settings().change(List.of(Settings.regionName("south")));
        assertEquals(List.of(rich), mine.ancestry(rich.id()), "it was made in another region");
        mine.settings().change(List.of(Settings.regionName("north")));
        mine.lifecycle().deregister(plain.id());
        assertEquals(List.of(rich), mine.ancestry(rich.id()));
    }
}

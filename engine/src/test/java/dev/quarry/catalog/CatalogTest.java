package dev.quarry.catalog;

import static dev.quarry.catalog.Refusals.refuses;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.quarry.catalog.mapping.MappingParser;
import dev.quarry.catalog.model.Architecture;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Gibibytes;
import dev.quarry.catalog.model.ImageHardware;
import dev.quarry.catalog.model.ImageOrigin;
import dev.quarry.catalog.model.ImageState;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.Tags;
import dev.quarry.catalog.model.VirtualizationType;
import dev.quarry.catalog.model.VolumeType;
import dev.quarry.catalog.rule.ImageRegistration;
import dev.quarry.catalog.rule.SnapshotRegistration;
import dev.quarry.store.MemoryBlobStore;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

class CatalogTest {

    private final MemoryBlobStore blobs = new MemoryBlobStore();
    private final Catalog catalog = Catalog.open(blobs, Catalogs.CLOCK);
    private final AccountCatalog mine;
    private final AccountCatalog theirs;
    private final Snapshot root;

    CatalogTest() throws IOException {
        mine = catalog.as("111111111111");
        theirs = catalog.as("222222222222");
        root = Catalogs.snapshot(mine, 8);
    }

    private MachineImage image(String name, String... more) throws IOException {
        return Catalogs.image(mine, name, root, more);
    }

    private void rejects(ErrorCode code, String fragment, ImageRegistration registration)
            throws IOException {
        List<String> before = blobs.list("");
        refuses(code, fragment, () -> mine.registerImage(registration));
        assertEquals(before, blobs.list(""), "nothing is left");
    }

    private static ImageRegistration registration(String name, String... mappings)
            throws CatalogException {
        List<BlockDeviceMapping> list = new ArrayList<>();
        for (String mapping : mappings) {
            list.addAll(MappingParser.parse(mapping));
        }
        return ImageRegistration.of(name, list);
    }

    @Test
    @Covers({"4.6.2", "4.1.2", "4.2.2", "4.2.10"})
    void anImageIsRegisteredWithDefaults() throws IOException {
        MachineImage image = image("debian 12", "/dev/sdb=:5");
        assertEquals(ImageState.AVAILABLE, image.state());
        assertEquals(Architecture.X86_64, image.hardware().architecture());
        assertEquals(VirtualizationType.HVM, image.hardware().virtualizationType());
        assertEquals("/dev/sda1", image.rootDeviceName());
        assertEquals("111111111111", image.ownerId());
        assertEquals(Catalogs.TIME, image.creationDate());
        assertEquals(root.id(), image.rootSnapshotId());
        assertEquals(
                true,
                Objects.requireNonNull(image.mappings().getFirst().ebs()).deleteOnTermination());
        assertEquals(
                VolumeType.GP2,
                Objects.requireNonNull(image.mappings().getLast().ebs()).volumeType());
        assertEquals(image, mine.image(image.id()));
        assertEquals(List.of(image), mine.images());
        assertEquals(image, Catalog.open(blobs, Catalogs.CLOCK).as(mine.actor()).show(image.id()));
    }

    @Test
    @Covers("4.1.3")
    void names() throws IOException {
        image("a-Z ()[]./-'@_0");
        image("x".repeat(128));
        String root = "/dev/sda1=" + this.root.id();
        ErrorCode malformed = ErrorCode.INVALID_AMI_NAME_MALFORMED;
        rejects(malformed, "has 2 characters", registration("ab", root));
        rejects(malformed, "has 129 characters", registration("x".repeat(129), root));
        for (String name : List.of("a_b*c", "a\tb c", "caf\u00e9", "a,b", "a:b", "abc\n")) {
            rejects(malformed, "other characters", registration(name, root));
        }
        rejects(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "description of 256",
                registration("abc", root).withDescription("d".repeat(256)));
        refuses(malformed, "has 2", () -> mine.checkImageName("ab"));
    }

    @Test
    @Covers("4.1.3")
    void namesAreUniquePerOwner() throws IOException {
        MachineImage first = image("abc");
        ErrorCode duplicate = ErrorCode.INVALID_AMI_NAME_DUPLICATE;
        rejects(duplicate, first.id(), ImageRegistration.of("abc", Catalogs.mappings(root)));
        refuses(duplicate, first.id(), () -> mine.checkImageName("abc"));
        mine.checkImageName("ABC");
        theirs.checkImageName("abc");
        Catalogs.image(theirs, "abc", Catalogs.snapshot(theirs, 1));
        image("ABC");
        mine.lifecycle().deregister(first.id());
        mine.checkImageName("abc");
        MachineImage second = image("abc");
        rejects(duplicate, second.id(), ImageRegistration.of("abc", Catalogs.mappings(root)));
    }

    @Test
    @Covers("4.3.4")
    void theRootIsInTheMapping() throws IOException {
        ErrorCode bad = ErrorCode.INVALID_BLOCK_DEVICE_MAPPING;
        rejects(bad, "/dev/sda1 is not in", registration("abc", "/dev/sdb=" + root.id()));
        rejects(bad, "/dev/sda1 needs a SnapshotId", registration("abc", "/dev/sda1=:5"));
        rejects(bad, "/dev/sda1 needs a SnapshotId", registration("abc", "/dev/sda1=ephemeral0"));
        rejects(bad, "/dev/sda1 is not in", registration("abc", "/dev/sda1=none"));
        rejects(bad, "/dev/sda1 is not in", registration("abc"));
        rejects(
                bad,
                "/dev/xvda is not in",
                registration("abc", "/dev/sda1=" + root.id()).withRootDeviceName("/dev/xvda"));
        rejects(
                bad,
                "root device name '/dev/sdb'",
                registration("abc", "/dev/sdb=" + root.id()).withRootDeviceName("/dev/sdb"));
        MachineImage other = mine.registerImage(registration("abc", "/dev/xvda=" + root.id()));
        assertEquals("/dev/xvda", other.rootDeviceName());
    }

    @Test
    @Covers({"4.3.2", "4.6.2"})
    void paravirtualImages() throws IOException {
        ImageHardware hardware =
                ImageHardware.defaults().withVirtualizationType(VirtualizationType.PARAVIRTUAL);
        MachineImage image =
                mine.registerImage(
                        registration("abc", "/dev/sda1=" + root.id(), "/dev/hdb2=:1")
                                .withHardware(hardware));
        assertEquals(VirtualizationType.PARAVIRTUAL, image.hardware().virtualizationType());
        rejects(
                ErrorCode.INVALID_BLOCK_DEVICE_MAPPING,
                "with and without digits",
                registration("abd", "/dev/sda1=" + root.id(), "/dev/sda=:1")
                        .withHardware(hardware));
    }

    @Test
    @Covers("4.6.3")
    void instanceStoreImagesMapInstanceStoreDisks() throws IOException {
        ImageOrigin bundle = ImageOrigin.manifest("bundles/a.manifest.xml", "ef".repeat(32));
        MachineImage image =
                mine.registerImage(registration("abc", "/dev/sdb=ephemeral0").withOrigin(bundle));
        assertFalse(image.isEbsBacked());
        rejects(
                ErrorCode.INVALID_BLOCK_DEVICE_MAPPING,
                "instance-store disks only",
                registration("abd", "/dev/sdb=:5").withOrigin(bundle));
    }

    @Test
    @Covers("4.2.1")
    void unknownAndForeignSnapshotsAreNotFound() throws IOException {
        String foreign = Catalogs.snapshot(theirs, 1).id();
        for (String id : List.of("snap-fffffffffffffffff", foreign)) {
            rejects(
                    ErrorCode.INVALID_SNAPSHOT_NOT_FOUND,
                    id,
                    registration("abc", "/dev/sda1=" + id));
            refuses(ErrorCode.INVALID_SNAPSHOT_NOT_FOUND, id, () -> mine.snapshot(id));
            refuses(ErrorCode.INVALID_SNAPSHOT_NOT_FOUND, id, () -> mine.deleteSnapshot(id));
        }
        rejects(
                ErrorCode.INVALID_SNAPSHOT_ID_MALFORMED,
                "'snap-1'",
                registration("abc", "/dev/sda1=snap-1"));
    }

    @Test
    void unknownIdsGiveOneClearError() {
        refuses(
                ErrorCode.INVALID_AMI_ID_NOT_FOUND,
                "there is no image ami-fffffffffffffffff",
                () -> mine.show("ami-fffffffffffffffff"));
        refuses(
                ErrorCode.INVALID_VOLUME_NOT_FOUND,
                "there is no volume",
                () -> mine.show("vol-fffffffffffffffff"));
        refuses(
                ErrorCode.INVALID_INSTANCE_ID_NOT_FOUND,
                "there is no launch",
                () -> mine.show("i-fffffffffffffffff"));
        for (String id : List.of("", "x", "ami-1", "../images/x", "ami-fffffffffffffffff/..")) {
            refuses(ErrorCode.INVALID_ID, "is no id", () -> mine.show(id));
            refuses(ErrorCode.INVALID_ID, "is no id", () -> mine.tag(id, Map.of("a", "b")));
            refuses(
                    ErrorCode.INVALID_AMI_ID_MALFORMED,
                    "is no image id",
                    () -> mine.lifecycle().deregister(id));
        }
    }

    @Test
    @Covers({"4.7.2", "4.1.3"})
    void tags() throws IOException {
        MachineImage image = image("abc");
        for (String id : List.of(image.id(), root.id())) {
            mine.tag(id, Map.of("a", "1", "b", "2"));
            mine.tag(id, Map.of("b", "3"));
            assertEquals(Map.of("a", "1", "b", "3"), mine.show(id).tags().values());
            mine.untag(id, Collections.singletonMap("a", null));
            mine.untag(id, Map.of("b", "other"));
            assertEquals(Map.of("b", "3"), mine.show(id).tags().values());
            refuses(
                    ErrorCode.INVALID_TAG_KEY_MALFORMED,
                    "reserved",
                    () -> mine.tag(id, Map.of("aws:x", "1")));
        }
        refuses(
                ErrorCode.INVALID_AMI_ID_NOT_FOUND,
                "there is no image",
                () -> theirs.tag(image.id(), Map.of("a", "b")));
    }

    @Test
    @Covers("4.9.1")
    void deregisteringLeavesTheSnapshots() throws IOException {
        MachineImage image = image("abc", "/dev/sdb=" + Catalogs.snapshot(mine, 2).id());
        refuses(
                ErrorCode.INVALID_AMI_ID_NOT_FOUND,
                image.id(),
                () -> theirs.lifecycle().deregister(image.id()));
        mine.lifecycle().deregister(image.id());
        assertEquals(List.of(), mine.images());
        assertEquals(2, mine.snapshots().size());
        assertEquals(List.of(), blobs.list("terms/"));
        assertEquals(List.of(), blobs.list("images/"));
    }

    @Test
    @Covers("4.9.4")
    void whatWasDeregisteredIsNotFound() throws IOException {
        MachineImage image = image("abc");
        mine.lifecycle().deregister(image.id());
        refuses(ErrorCode.INVALID_AMI_ID_NOT_FOUND, image.id(), () -> mine.image(image.id()));
        refuses(
                ErrorCode.INVALID_AMI_ID_NOT_FOUND,
                image.id(),
                () -> mine.lifecycle().deregister(image.id()));
        refuses(
                ErrorCode.INVALID_AMI_ID_NOT_FOUND,
                image.id(),
                () -> mine.prepareLaunch(image.id(), List.of()));
    }

    @Test
    @Covers("4.9.2")
    void aRootSnapshotIsNotDeleted() throws IOException {
        Snapshot data = Catalogs.snapshot(mine, 2);
        MachineImage image = image("abc", "/dev/sdb=" + data.id());
        refuses(
                ErrorCode.INVALID_SNAPSHOT_IN_USE,
                image.id(),
                () -> mine.deleteSnapshot(root.id()));
        assertEquals(root, mine.snapshot(root.id()));
        mine.deleteSnapshot(data.id());
        refuses(
                ErrorCode.INVALID_SNAPSHOT_NOT_FOUND,
                "to which image " + image.id() + " maps /dev/sdb",
                () -> mine.prepareLaunch(image.id(), List.of()));
        mine.prepareLaunch(image.id(), MappingParser.parse("/dev/sdb=none"));
        mine.lifecycle().deregister(image.id());
        mine.deleteSnapshot(root.id());
        assertEquals(List.of(), mine.snapshots());
        refuses(
                ErrorCode.INVALID_SNAPSHOT_NOT_FOUND,
                root.id(),
                () -> mine.deleteSnapshot(root.id()));
        assertEquals(List.of(), blobs.list("snapshots/"));
    }

    @Test
    void rootsOfAllSnapshotsAreKept() throws IOException {
        theirs.registerSnapshot(SnapshotRegistration.of("1".repeat(64), "cd".repeat(32), 1));
        assertEquals(Set.of(Catalogs.ROOT, "1".repeat(64)), catalog.snapshotRoots());
        mine.deleteSnapshot(root.id());
        assertEquals(Set.of("1".repeat(64)), catalog.snapshotRoots());
    }

    @Test
    void snapshotsAreChecked() {
        for (String hex : List.of("", "AB".repeat(32), "ab".repeat(31), "zz".repeat(32))) {
            refuses(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "64 hex digits",
                    () -> mine.registerSnapshot(SnapshotRegistration.of(hex, "cd".repeat(32), 1)));
        }
        refuses(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "-1 bytes",
                () ->
                        mine.registerSnapshot(
                                SnapshotRegistration.of(Catalogs.ROOT, "cd".repeat(32), -1)));
    }

    @Test
    @Covers({"4.1.2", "4.10.1"})
    void aLaunchIsPreparedForTheOwnerAlone() throws IOException {
        Snapshot data = Catalogs.snapshot(mine, 2);
        MachineImage image = image("abc", "/dev/sdb=" + data.id(), "/dev/sdc=ephemeral0");
        LaunchSubject subject = mine.prepareLaunch(image.id(), MappingParser.parse("/dev/sdb=:3"));
        assertEquals(image, subject.image());
        assertEquals(3, subject.mapping().devices().size());
        assertEquals(Map.of(root.id(), root, data.id(), data), subject.snapshots());
        refuses(
                ErrorCode.INVALID_AMI_ID_NOT_FOUND,
                image.id(),
                () -> theirs.prepareLaunch(image.id(), List.of()));
        Snapshot foreign = Catalogs.snapshot(theirs, 1);
        refuses(
                ErrorCode.INVALID_SNAPSHOT_NOT_FOUND,
                foreign.id(),
                () ->
                        mine.prepareLaunch(
                                image.id(), MappingParser.parse("/dev/sdd=" + foreign.id())));
    }

    @Test
    void eachAccountSeesItsOwn() throws IOException {
        MachineImage image = image("abc");
        assertEquals(List.of(), theirs.images());
        assertEquals(List.of(), theirs.snapshots());
        refuses(ErrorCode.INVALID_AMI_ID_NOT_FOUND, image.id(), () -> theirs.show(image.id()));
    }

    @Test
    void damagedDocumentsAreNamed() throws IOException {
        String name = "images/" + "ami-0123456789abcdef0" + ".json";
        blobs.createDocument(name, "{\"Format\": 2}".getBytes(StandardCharsets.UTF_8));
        refuses(ErrorCode.INTERNAL_ERROR, name, () -> mine.image("ami-0123456789abcdef0"));
        refuses(
                ErrorCode.INTERNAL_ERROR,
                "format 2, not 1",
                () -> mine.image("ami-0123456789abcdef0"));
    }

    @Test
    @Covers("4.1.1")
    void viewsHaveEc2Names() throws IOException {
        Snapshot odd =
                mine.registerSnapshot(
                        SnapshotRegistration.of(Catalogs.ROOT, "cd".repeat(32), Gibibytes.BYTES + 1)
                                .withTags(Tags.of(Map.of("k", "v"))));
        MachineImage image =
                mine.registerImage(
                        ImageRegistration.of("abc", Catalogs.mappings(odd, "/dev/sdb=ephemeral0"))
                                .withTags(Tags.of(Map.of("k", "v"))));
        Map<String, Object> view = mine.view(image);
        Map<String, Object> expected = new HashMap<>();
        expected.put("ImageId", image.id());
        expected.put("Name", "abc");
        expected.put("State", "available");
        expected.put("Public", false);
        expected.put("RootDeviceType", "ebs");
        expected.put("CreationDate", "2026-08-01T12:34:56.789Z");
        expected.put("PlatformDetails", "Linux/UNIX");
        expected.put("ImageLocation", "111111111111/abc");
        expected.put("Tags", List.of(Map.of("Key", "k", "Value", "v")));
        expected.forEach((key, value) -> assertEquals(value, view.get(key), key));
        assertEquals(
                List.of(
                        Map.of(
                                "DeviceName",
                                "/dev/sda1",
                                "Ebs",
                                Map.of(
                                        "SnapshotId",
                                        odd.id(),
                                        "VolumeSize",
                                        2,
                                        "VolumeType",
                                        "gp2",
                                        "DeleteOnTermination",
                                        true,
                                        "Encrypted",
                                        false)),
                        Map.of("DeviceName", "/dev/sdb", "VirtualName", "ephemeral0")),
                view.get("BlockDeviceMappings"));
        assertFalse(theirs.view(image).containsKey("Tags"));
        Map<String, Object> snapshot = mine.view(odd);
        assertEquals(2, snapshot.get("VolumeSize"));
        assertEquals(Gibibytes.BYTES + 1, snapshot.get("SizeBytes"));
        assertEquals("Images", Views.listName(image));
    }
}

package dev.quarry;

import static dev.quarry.catalog.Refusals.refuses;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.block.MemoryDisk;
import dev.quarry.catalog.Covers;
import dev.quarry.catalog.mapping.MappingParser;
import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Grantee;
import dev.quarry.catalog.model.ImageState;
import dev.quarry.catalog.model.LaunchState;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.Tags;
import dev.quarry.catalog.model.Volume;
import dev.quarry.catalog.model.VolumeState;
import dev.quarry.catalog.rule.CopyRules;
import dev.quarry.image.CreateOptions;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.testdata.ForeignTool;
import dev.quarry.volume.LaunchRequest;
import dev.quarry.volume.LaunchResult;
import dev.quarry.volume.VolumeMode;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** Images made of launches, launches that end, and copies, on real files. */
final class ImageLifeTest {

    private static final int MIB = 1 << 20;

    /** Three pages of 64 MiB and a bit; data in the first and the third. */
    private static final int DISK_BYTES = 193 * MIB;

    @TempDir Path folder;

    private Quarry quarry;
    private byte[] disk;
    private MachineImage image;

    ImageLifeTest() {}

    @BeforeEach
    void open() throws IOException {
        quarry = Quarry.openOrCreate(folder.resolve("store"));
        disk = new byte[DISK_BYTES];
        System.arraycopy(MemoryDisk.content(1, 5 * MIB), 0, disk, MIB, 5 * MIB);
        System.arraycopy(MemoryDisk.content(2, 3 * MIB), 0, disk, 130 * MIB, 3 * MIB);
        image = importDisk(quarry, disk, "first");
    }

    @AfterEach
    void close() throws IOException {
        quarry.close();
    }

    private MachineImage importDisk(Quarry into, byte[] content, String name) throws IOException {
        Path raw = Files.write(folder.resolve(name + ".raw"), content);
        ImportResult imported =
                into.importImage(
                        ImportRequest.of(raw)
                                .withFormat("raw")
                                .withName(name)
                                .withTags(Tags.of(Map.of("family", "test"))),
                        ProgressListener.none(),
                        new CancelToken());
        return Objects.requireNonNull(imported.image());
    }

    private LaunchResult launch(LaunchRequest request) throws IOException {
        return quarry.launch(request, ProgressListener.none(), new CancelToken());
    }

    private LaunchRequest request(String name) {
        return LaunchRequest.of(image.id(), folder.resolve(name));
    }

    private MachineImage create(CreateImageRequest request) throws IOException {
        return quarry.createImage(request, ProgressListener.none(), new CancelToken());
    }

    private byte[] exported(Quarry from, String id) throws IOException {
        Path file = folder.resolve("exported.raw");
        from.export(
                id,
                file,
                "raw",
                CreateOptions.defaults(),
                ProgressListener.none(),
                new CancelToken());
        return Files.readAllBytes(file);
    }

    private static Path file(LaunchResult launch, int device) {
        return launch.volumes().get(device).planned().path();
    }

    private Snapshot root(MachineImage of) throws IOException {
        return quarry.catalog().snapshot(Objects.requireNonNull(of.rootSnapshotId()));
    }

    @Test
    @Covers("4.6.1")
    void aGuestsQcow2HeaderOnARawDiskIsBytes() throws IOException {
        Path secret =
                Files.write(
                        folder.resolve("secret"),
                        "root:secret".repeat(1000).getBytes(StandardCharsets.UTF_8));
        LaunchResult launch = launch(request("vm"));
        Path trap = folder.resolve("trap.qcow2");
        ForeignTool.require("qemu-img")
                .run(
                        "create",
                        "-q",
                        "-f",
                        "qcow2",
                        "-b",
                        secret.toString(),
                        "-F",
                        "raw",
                        trap.toString(),
                        "1M")
                .expectSuccess();
        byte[] header = Files.readAllBytes(trap);
        try (RandomAccessFile guest = new RandomAccessFile(file(launch, 0).toFile(), "rw")) {
            guest.write(header);
        }
        System.arraycopy(header, 0, disk, 0, header.length);
        MachineImage made = create(CreateImageRequest.of(launch.launchId(), "made"));
        assertArrayEquals(disk, exported(quarry, made.id()));
    }

    @Test
    @Covers("4.6.1")
    void anOverlaysHeaderDoesNotChooseItsBase() throws IOException {
        Path secret = Files.write(folder.resolve("secret"), new byte[DISK_BYTES]);
        LaunchResult launch = launch(request("vm").withMode(VolumeMode.OVERLAY));
        ForeignTool.require("qemu-img")
                .run(
                        "rebase",
                        "-u",
                        "-f",
                        "qcow2",
                        "-b",
                        secret.toString(),
                        "-F",
                        "raw",
                        file(launch, 0).toString())
                .expectSuccess();
        MachineImage made = create(CreateImageRequest.of(launch.launchId(), "made"));
        assertArrayEquals(disk, exported(quarry, made.id()), "the base that was recorded is read");
        ForeignTool.require("qemu-img")
                .run(
                        "rebase",
                        "-u",
                        "-f",
                        "qcow2",
                        "-b",
                        secret.toString(),
                        "-F",
                        "qcow2",
                        file(launch, 0).toString())
                .expectSuccess();
        assertThrows(
                IOException.class,
                () -> create(CreateImageRequest.of(launch.launchId(), "made again")));
    }

    @Test
    @Covers({"4.6.1", "4.2.10"})
    void ofAnOverlayOnlyWhatChangedIsRead() throws IOException {
        LaunchResult launch = launch(request("vm").withMode(VolumeMode.OVERLAY));
        MachineImage same = create(CreateImageRequest.of(launch.launchId(), "same"));
        assertEquals(root(image).root(), root(same).root(), "nothing changed");
        // In the second page, which was empty, and in the third.
        ForeignTool.require("qemu-io")
                .run(
                        "-f",
                        "qcow2",
                        "-c",
                        "write -P 0xab 100M 192k",
                        "-c",
                        "write -P 0xcd 131M 64k",
                        file(launch, 0).toString())
                .expectSuccess();
        Arrays.fill(disk, 100 * MIB, 100 * MIB + (192 << 10), (byte) 0xab);
        Arrays.fill(disk, 131 * MIB, 131 * MIB + (64 << 10), (byte) 0xcd);
        // What the base has in the first page is not looked at: zeros there would be seen.
        Path base = Objects.requireNonNull(launch.volumes().get(0).base());
        assertTrue(base.toFile().setWritable(true));
        try (RandomAccessFile spoilt = new RandomAccessFile(base.toFile(), "rw")) {
            spoilt.seek(MIB);
            spoilt.write(new byte[MIB]);
        }
        MachineImage made = create(CreateImageRequest.of(launch.launchId(), "made"));
        assertArrayEquals(disk, exported(quarry, made.id()));
        MachineImage whole = importDisk(quarry, disk, "whole");
        assertEquals(root(whole).root(), root(made).root(), "as if it had been read whole");
        assertEquals(root(whole).contentDigest(), root(made).contentDigest());
    }

    @Test
    @Covers({"4.6.1", "4.2.10", "4.1.1"})
    void whatAnImageOfALaunchHas() throws IOException {
        LaunchResult launch =
                launch(
                        request("vm")
                                .withMappings(MappingParser.parse("/dev/sdb=:1:true:gp3:4000"))
                                .withInstanceStore(List.of(1L << 20)));
        MachineImage made =
                create(
                        CreateImageRequest.of(launch.launchId(), "made")
                                .withDescription("d")
                                .withRunning(CreateImageRequest.Running.NO_REBOOT)
                                .withMappings(MappingParser.parse("/dev/sdb=::false"))
                                .withTags(Tags.of(Map.of("i", "1")), Tags.of(Map.of("s", "2"))));
        assertEquals(ImageState.AVAILABLE, made.state());
        assertEquals(launch.launchId(), made.origin().sourceInstanceId());
        assertEquals(image.id(), made.origin().sourceImageId());
        assertEquals(true, made.origin().noReboot());
        assertEquals(Map.of("i", "1"), made.tags().values());
        assertEquals(2, made.snapshots().size());
        for (String id : made.snapshots().keySet()) {
            assertEquals(Map.of("s", "2"), quarry.catalog().snapshot(id).tags().values());
        }
        Ebs data = Objects.requireNonNull(made.mappings().get(1).ebs());
        assertEquals(false, data.deleteOnTermination());
        assertEquals(4000, data.iops());
        assertEquals(
                true, Objects.requireNonNull(made.mappings().get(0).ebs()).deleteOnTermination());
        assertEquals(
                List.of(made.id(), image.id()),
                quarry.catalog().ancestry(made.id()).stream().map(MachineImage::id).toList());
        assertEquals(
                "CreateImage", quarry.catalog().events(Instant.EPOCH).next().getLast().action());
    }

    @Test
    @Covers("4.6.1")
    void whatCannotBeAsked() throws IOException {
        LaunchResult launch =
                launch(request("vm").withMappings(MappingParser.parse("/dev/sdb=:1")));
        ErrorCode bad = ErrorCode.INVALID_BLOCK_DEVICE_MAPPING;
        Object[][] rows = {
            {"/dev/sda1=none", "cannot be left out"},
            {"/dev/sda1=:20", "only its DeleteOnTermination"},
            {"/dev/sdb=:2", "only its DeleteOnTermination"},
            {"/dev/sdb=:::gp3", "only its DeleteOnTermination"},
            {"/dev/sdb=:::::true", "only its DeleteOnTermination"},
            {"/dev/sdb=ephemeral0", "is a volume"},
        };
        int snapshots = quarry.catalog().snapshots().size();
        for (Object[] row : rows) {
            refuses(
                    bad,
                    (String) row[1],
                    () ->
                            create(
                                    CreateImageRequest.of(launch.launchId(), "made")
                                            .withMappings(MappingParser.parse((String) row[0]))));
        }
        refuses(
                bad,
                "needs a SnapshotId or a VolumeSize",
                () ->
                        create(
                                CreateImageRequest.of(launch.launchId(), "made")
                                        .withMappings(MappingParser.parse("/dev/sdc=::true"))));
        assertEquals(snapshots, quarry.catalog().snapshots().size(), "nothing is left");
        MachineImage less =
                create(
                        CreateImageRequest.of(launch.launchId(), "less")
                                .withMappings(MappingParser.parse("/dev/sdb=none")));
        assertEquals(1, less.mappings().size());
        refuses(
                ErrorCode.INVALID_INSTANCE_ID_NOT_FOUND,
                launch.launchId(),
                () ->
                        quarry.as(Actor.of("222"))
                                .createImage(
                                        CreateImageRequest.of(launch.launchId(), "theirs"),
                                        ProgressListener.none(),
                                        new CancelToken()));
    }

    @Test
    void manyLaunchesAreDecodedOnce() throws IOException {
        for (VolumeMode mode : VolumeMode.values()) {
            LaunchRequest many =
                    request("many-" + mode)
                            .withMode(mode)
                            .withMappings(MappingParser.parse("/dev/sdb=:1"));
            List<LaunchResult> results =
                    quarry.launch(many, 3, ProgressListener.none(), new CancelToken());
            assertEquals(3, results.size());
            for (LaunchResult result : results) {
                MachineImage made =
                        create(CreateImageRequest.of(result.launchId(), mode + result.launchId()));
                assertArrayEquals(disk, exported(quarry, made.id()), mode.toString());
            }
            assertEquals(3, results.stream().map(LaunchResult::launchId).distinct().count());
            assertEquals(
                    folder.resolve("many-" + mode).resolve("2"),
                    file(results.get(1), 0).getParent());
        }
        // What is in the way of the third takes the first two away again.
        Files.createDirectories(folder.resolve("blocked/3"));
        Files.write(folder.resolve("blocked/3/sda1.raw"), new byte[1]);
        int launches = quarry.catalog().launches().size();
        int volumes = quarry.catalog().volumes().size();
        assertThrows(
                IOException.class,
                () ->
                        quarry.launch(
                                request("blocked"), 3, ProgressListener.none(), new CancelToken()));
        assertFalse(Files.exists(folder.resolve("blocked/1")));
        assertEquals(volumes, quarry.catalog().volumes().size());
        assertEquals(
                launches,
                quarry.catalog().launches().stream()
                        .filter(launch -> launch.state() == LaunchState.RUNNING)
                        .count());
        refuses(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "0 launches",
                () ->
                        quarry.launch(
                                request("none"), 0, ProgressListener.none(), new CancelToken()));
    }

    @Test
    @Covers({"4.5.9", "4.5.10"})
    void terminating() throws IOException {
        LaunchResult launch =
                launch(
                        request("vm")
                                .withMappings(
                                        MappingParser.parse(
                                                "[{\"DeviceName\": \"/dev/sdb\", \"Ebs\":"
                                                        + " {\"VolumeSize\": 1}}, {\"DeviceName\":"
                                                        + " \"/dev/sdc\", \"Ebs\": {\"VolumeSize\":"
                                                        + " 1}}, {\"DeviceName\": \"/dev/sdd\","
                                                        + " \"VirtualName\": \"ephemeral0\"}]"))
                                .withInstanceStore(List.of(1L << 20)));
        String id = launch.launchId();
        refuses(
                ErrorCode.INVALID_BLOCK_DEVICE_MAPPING,
                "only its DeleteOnTermination",
                () -> setDelete(id, "/dev/sdb=:5"));
        refuses(
                ErrorCode.INVALID_BLOCK_DEVICE_MAPPING,
                "no volume on /dev/sdz",
                () -> setDelete(id, "/dev/sdz=::true"));
        // A device that says nothing means true.
        quarry.catalog()
                .attachments()
                .setDeleteOnTermination(
                        id, List.of(BlockDeviceMapping.ebs("/dev/sdb", Ebs.builder().build())));
        List<Volume> deleted = quarry.terminate(id);
        assertEquals(2, deleted.size());
        assertFalse(Files.exists(file(launch, 0)));
        assertFalse(Files.exists(file(launch, 1)));
        assertTrue(Files.exists(file(launch, 2)), "/dev/sdc stays");
        assertFalse(Files.exists(file(launch, 3)));
        assertFalse(Files.exists(launch.description()));
        Volume kept = quarry.catalog().volumes().getFirst();
        assertEquals(1, quarry.catalog().volumes().size());
        assertEquals(VolumeState.AVAILABLE, kept.state());
        assertEquals(LaunchState.TERMINATED, quarry.catalog().launch(id).state());
        assertEquals(List.of(), quarry.terminate(id), "again is no error");
        refuses(
                ErrorCode.INCORRECT_INSTANCE_STATE,
                "terminated",
                () -> create(CreateImageRequest.of(id, "late")));

        LaunchResult second = launch(request("vm2"));
        Volume attached =
                quarry.catalog().attachments().attach(kept.id(), second.launchId(), "/dev/sdf");
        assertEquals(VolumeState.IN_USE, attached.state());
        refuses(
                ErrorCode.VOLUME_IN_USE,
                second.launchId(),
                () ->
                        quarry.catalog()
                                .attachments()
                                .attach(kept.id(), second.launchId(), "/dev/sdg"));
        refuses(ErrorCode.VOLUME_IN_USE, kept.id(), () -> quarry.deleteVolume(kept.id()));
        assertEquals(2, create(CreateImageRequest.of(second.launchId(), "both")).mappings().size());
        quarry.catalog().attachments().detach(kept.id());
        refuses(
                ErrorCode.INVALID_ATTACHMENT_NOT_FOUND,
                kept.id(),
                () -> quarry.catalog().attachments().detach(kept.id()));
        refuses(
                ErrorCode.OPERATION_NOT_PERMITTED,
                "is the root",
                () ->
                        quarry.catalog()
                                .attachments()
                                .detach(String.valueOf(second.volumes().getFirst().volumeId())));
        refuses(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "is taken",
                () ->
                        quarry.catalog()
                                .attachments()
                                .attach(kept.id(), second.launchId(), "/dev/sda1"));
        quarry.deleteVolume(kept.id());
        assertFalse(Files.exists(file(launch, 2)));
        refuses(
                ErrorCode.INVALID_VOLUME_NOT_FOUND,
                kept.id(),
                () -> quarry.catalog().volume(kept.id()));
    }

    private void setDelete(String launch, String mapping) throws IOException {
        quarry.catalog().attachments().setDeleteOnTermination(launch, MappingParser.parse(mapping));
    }

    private MachineImage copy(Quarry into, CopyImageRequest request) throws IOException {
        return into.copyImage(request, ProgressListener.none(), new CancelToken());
    }

    @Test
    @Covers({"4.8.2", "4.8.3", "4.8.4", "4.8.5"})
    void aCopyWithinTheRegion() throws IOException {
        quarry.catalog()
                .sharing()
                .modifyImage(image.id(), List.of(Grantee.account("222")), List.of());
        MachineImage plain = copy(quarry, CopyImageRequest.of(image.id(), "copy"));
        assertNotEquals(image.id(), plain.id());
        assertEquals(image.id(), plain.origin().sourceImageId());
        assertEquals("local", plain.origin().sourceImageRegion());
        assertEquals(List.of(), plain.access().launchPermissions());
        assertTrue(plain.tags().isEmpty());
        assertNotEquals(image.rootSnapshotId(), plain.rootSnapshotId());
        MachineImage tagged =
                copy(
                        quarry,
                        CopyImageRequest.of(image.id(), "tagged")
                                .withTags(
                                        CopyImageRequest.SourceTags.COPY,
                                        Tags.of(Map.of("more", "1"))));
        assertEquals(Map.of("family", "test", "more", "1"), tagged.tags().values());
        refuses(
                ErrorCode.INVALID_AMI_NAME_DUPLICATE,
                plain.id(),
                () -> copy(quarry, CopyImageRequest.of(image.id(), "copy")));
        quarry.catalog().lifecycle().deregisterWithSnapshots(image.id());
        assertArrayEquals(disk, exported(quarry, plain.id()));
    }

    @Test
    @Covers({"4.7.1", "4.7.3", "4.8.4"})
    void whoMayCopy() throws IOException {
        Quarry theirs = quarry.as(Actor.of("222"));
        CopyImageRequest request =
                CopyImageRequest.of(image.id(), "theirs")
                        .withTags(CopyImageRequest.SourceTags.COPY, Tags.none());
        refuses(ErrorCode.INVALID_AMI_ID_NOT_FOUND, image.id(), () -> copy(theirs, request));
        List<Grantee> them = List.of(Grantee.account("222"));
        quarry.catalog().sharing().modifyImage(image.id(), them, List.of());
        refuses(
                ErrorCode.INVALID_SNAPSHOT_NOT_FOUND,
                String.valueOf(image.rootSnapshotId()),
                () -> copy(theirs, request));
        quarry.catalog()
                .sharing()
                .modifySnapshot(String.valueOf(image.rootSnapshotId()), them, List.of());
        MachineImage copied = copy(theirs, request);
        assertEquals("222", copied.ownerId());
        assertTrue(copied.tags().isEmpty(), "another's tags do not go over");
    }

    @Test
    @Covers({"4.8.6", "4.8.9"})
    void encryptionOfCopies() throws IOException {
        CopyImageRequest request = CopyImageRequest.of(image.id(), "copy");
        MachineImage encrypted =
                copy(quarry, request.withEncryption(new CopyRules.Encrypting(true, "key-1")));
        assertEquals("key-1", root(encrypted).encryption().kmsKeyId());
        MachineImage again = copy(quarry, CopyImageRequest.of(encrypted.id(), "again"));
        assertEquals("key-1", root(again).encryption().kmsKeyId());
        ErrorCode combination = ErrorCode.INVALID_PARAMETER_COMBINATION;
        refuses(
                combination,
                "never be removed",
                () ->
                        copy(
                                quarry,
                                CopyImageRequest.of(encrypted.id(), "plain")
                                        .withEncryption(new CopyRules.Encrypting(false, null))));
        refuses(
                combination,
                "without Encrypted",
                () ->
                        copy(
                                quarry,
                                CopyImageRequest.of(image.id(), "plain")
                                        .withEncryption(new CopyRules.Encrypting(null, "key-1"))));
        for (int minutes : new int[] {0, 14, 20, 2895}) {
            refuses(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "in steps of 15",
                    () -> copy(quarry, request.withCompletionMinutes(minutes)));
        }
        copy(quarry, CopyImageRequest.of(image.id(), "in time").withCompletionMinutes(30));
    }

    @Test
    @Covers({"4.8.1", "4.8.7", "4.8.3"})
    void aCopyFromAnotherRegion() throws IOException {
        quarry.catalog().settings().nameRegion("north");
        try (Quarry south = Quarry.openOrCreate(folder.resolve("south"))) {
            south.catalog().settings().addRegion("north", folder.resolve("store").toString());
            refuses(
                    ErrorCode.INVALID_REGION,
                    "'west'",
                    () ->
                            copy(
                                    south,
                                    CopyImageRequest.of(image.id(), "copy")
                                            .withSourceRegion("west")));
            CopyImageRequest request =
                    CopyImageRequest.of(image.id(), "copy")
                            .withSourceRegion("north")
                            .withClientToken("token-1");
            // A copy that is cut off goes on when it is asked for again.
            CancelToken cut = new CancelToken();
            assertThrows(
                    IOException.class,
                    () -> south.copyImage(request, (done, total) -> cut.cancel(), cut));
            MachineImage first = copy(south, request);
            assertEquals(ImageState.AVAILABLE, first.state());
            assertEquals("north", first.origin().sourceImageRegion());
            assertEquals(first, copy(south, request));
            assertEquals(1, south.catalog().images().size());
            assertEquals(1, south.catalog().snapshots().size());
            refuses(
                    ErrorCode.IDEMPOTENT_PARAMETER_MISMATCH,
                    first.id(),
                    () -> copy(south, request.withDescription("other")));
            assertArrayEquals(disk, exported(south, first.id()));
            long before = south.statistics().packBytes();
            copy(south, CopyImageRequest.of(image.id(), "second").withSourceRegion("north"));
            assertTrue(
                    south.statistics().packBytes() - before < 1 << 16,
                    "what is there is not brought again");
        }
    }

    @Test
    @Covers("4.8.8")
    void aPendingCopyIsCancelledByDeregisteringIt() throws IOException {
        quarry.catalog().settings().nameRegion("north");
        try (Quarry south = Quarry.openOrCreate(folder.resolve("south"))) {
            south.catalog().settings().addRegion("north", folder.resolve("store").toString());
            CopyImageRequest request =
                    CopyImageRequest.of(image.id(), "copy")
                            .withSourceRegion("north")
                            .withClientToken("token-1");
            List<String> cancelled = new ArrayList<>();
            ProgressListener canceller =
                    (done, total) -> {
                        if (cancelled.isEmpty()) {
                            try {
                                MachineImage pending = south.catalog().images().getFirst();
                                assertEquals(ImageState.PENDING, pending.state());
                                cancelled.add(pending.id());
                                south.catalog().lifecycle().deregister(pending.id());
                            } catch (IOException e) {
                                throw new AssertionError(e);
                            }
                        }
                    };
            refuses(
                    ErrorCode.INCORRECT_STATE,
                    "was deregistered",
                    () -> south.copyImage(request, canceller, new CancelToken()));
            assertEquals(1, cancelled.size());
            assertEquals(List.of(), south.catalog().images());
            assertEquals(List.of(), south.catalog().snapshots());
            refuses(ErrorCode.INCORRECT_STATE, cancelled.getFirst(), () -> copy(south, request));
            copy(south, request.withClientToken("token-2"));
        }
    }

    @Test
    void everyCopyHasItsOwnId() throws IOException {
        Set<String> ids = new TreeSet<>();
        for (int i = 0; i < 3; i++) {
            ids.add(copy(quarry, CopyImageRequest.of(image.id(), "copy " + i)).id());
        }
        assertEquals(3, ids.size());
        assertThrows(
                CatalogException.class,
                () -> copy(quarry, CopyImageRequest.of("ami-fffffffffffffffff", "x y")));
    }
}

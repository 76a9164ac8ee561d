package dev.quarry;

import static dev.quarry.catalog.Refusals.refuses;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.catalog.Covers;
import dev.quarry.catalog.mapping.MappingParser;
import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.ImageState;
import dev.quarry.catalog.model.LaunchState;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Tags;
import dev.quarry.catalog.model.Volume;
import dev.quarry.catalog.model.VolumeState;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.testdata.ForeignTool;
import dev.quarry.volume.LaunchRequest;
import dev.quarry.volume.LaunchResult;
import dev.quarry.volume.VolumeMode;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Images made of launches, and launches that end, on real files. */
final class ImageLifeTest extends ImageLifeFixture {

    private LaunchResult launch(LaunchRequest request) throws IOException {
        return quarry.launch(request, ProgressListener.none(), new CancelToken());
    }

    private LaunchRequest request(String name) {
        return LaunchRequest.of(image.id(), folder.resolve(name));
    }

    private MachineImage create(CreateImageRequest request) throws IOException {
        return quarry.createImage(request, ProgressListener.none(), new CancelToken());
    }

    private static Path file(LaunchResult launch, int device) {
        return launch.volumes().get(device).planned().path();
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
        // One bad device leaves the good one as it is.
        refuses(
                ErrorCode.INVALID_BLOCK_DEVICE_MAPPING,
                "no volume on /dev/sdz",
                () ->
                        setDelete(
                                id,
                                "[{\"DeviceName\": \"/dev/sdc\", \"Ebs\":"
                                        + " {\"DeleteOnTermination\": true}}, {\"DeviceName\":"
                                        + " \"/dev/sdz\", \"Ebs\": {\"DeleteOnTermination\":"
                                        + " true}}]"));
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
}

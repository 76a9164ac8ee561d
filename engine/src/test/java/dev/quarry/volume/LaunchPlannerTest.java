package dev.quarry.volume;

import static dev.quarry.catalog.Refusals.refuses;
import static dev.quarry.catalog.mapping.Mappings.SNAP_10_5;
import static dev.quarry.catalog.mapping.Mappings.SNAP_8;
import static dev.quarry.catalog.mapping.Mappings.SNAP_SECRET;
import static dev.quarry.catalog.model.ErrorCode.INVALID_PARAMETER_VALUE;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.catalog.Covers;
import dev.quarry.catalog.LaunchSubject;
import dev.quarry.catalog.mapping.EncryptionRules;
import dev.quarry.catalog.mapping.Mappings;
import dev.quarry.catalog.mapping.MergedMapping;
import dev.quarry.catalog.model.Assignment;
import dev.quarry.catalog.model.Encryption;
import dev.quarry.catalog.model.Gibibytes;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.SnapshotFacts;
import dev.quarry.catalog.model.VolumeType;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;

class LaunchPlannerTest {

    private static final Path OUT = Path.of("/out/vm");
    private static final long GIB = Gibibytes.BYTES;
    private static final String ROOT = "/dev/sda1=" + SNAP_8;

    private static LaunchRequest request() {
        return LaunchRequest.of("ami-00000000000000001", OUT);
    }

    private static LaunchPlan plan(MachineImage image, LaunchRequest request, String... mappings)
            throws IOException {
        return LaunchPlanner.plan(Launches.subject(image, mappings), request);
    }

    private static List<String> files(LaunchPlan plan) {
        return plan.volumes().stream().map(volume -> volume.path().toString()).toList();
    }

    @Test
    @Covers({"4.2.1", "4.5.8"})
    void sizesAreExactOrInGib() throws IOException {
        MachineImage image =
                Mappings.image("/dev/sda1=" + SNAP_10_5, "/dev/sdb=" + SNAP_10_5, "/dev/sdc=:5");
        LaunchPlan plan = plan(image, request(), "/dev/sdb=:11");
        assertEquals(10 * GIB + GIB / 2, plan.volumes().get(0).sizeBytes());
        assertEquals(11 * GIB, plan.volumes().get(1).sizeBytes());
        assertEquals(10 * GIB + GIB / 2, plan.volumes().get(1).snapshotBytes());
        assertEquals(5 * GIB, plan.volumes().get(2).sizeBytes());
        assertEquals(0, plan.volumes().get(2).snapshotBytes());
        assertEquals(26 * GIB + GIB / 2, plan.totalBytes());
    }

    @Test
    @Covers({"4.3.3", "4.3.4"})
    void theRootComesFirst() throws IOException {
        LaunchPlan plan =
                plan(Mappings.image("/dev/sdc=:1", "/dev/sdb=:1", ROOT), request(), "/dev/sdd=:1");
        assertEquals(
                List.of(
                        "/out/vm/sda1.raw",
                        "/out/vm/sdc.raw",
                        "/out/vm/sdb.raw",
                        "/out/vm/sdd.raw"),
                files(plan));
    }

    @Test
    @Covers("4.4.1")
    void instanceStoreDisks() throws IOException {
        MachineImage image = Mappings.image(ROOT, "/dev/sdb=ephemeral0", "/dev/sdc=ephemeral2");
        LaunchPlan none = plan(image, request());
        assertEquals(List.of("/out/vm/sda1.raw"), files(none));
        assertEquals(
                List.of(
                        "/dev/sdb=ephemeral0 is ignored: the launch has 0 instance-store disks",
                        "/dev/sdc=ephemeral2 is ignored: the launch has 0 instance-store disks"),
                none.notices());
        LaunchPlan two = plan(image, request().withInstanceStore(List.of(20 * GIB, 30 * GIB)));
        assertEquals(List.of("/out/vm/sda1.raw", "/out/vm/sdb.raw"), files(two));
        PlannedVolume disk = two.volumes().getLast();
        assertEquals("ephemeral0", disk.virtualName());
        assertEquals(20 * GIB, disk.sizeBytes());
        assertTrue(disk.deleteOnTermination());
        assertEquals(
                List.of(
                        "/dev/sdc=ephemeral2 is ignored: the launch has 2 instance-store disks",
                        "instance-store disk ephemeral1 is mapped to no device and not made"),
                two.notices());
    }

    @Test
    @Covers("4.4.1")
    void instanceStoreSizesHaveLimits() throws IOException {
        LaunchSubject subject = Launches.subject(Mappings.image(ROOT));
        for (long size : new long[] {0, -1, Long.MAX_VALUE}) {
            refuses(
                    INVALID_PARAMETER_VALUE,
                    "cannot be made",
                    () -> LaunchPlanner.plan(subject, request().withInstanceStore(List.of(size))));
        }
        refuses(
                INVALID_PARAMETER_VALUE,
                "25 instance-store disks exceed 24",
                () ->
                        LaunchPlanner.plan(
                                subject, request().withInstanceStore(Collections.nCopies(25, 1L))));
    }

    @Test
    void modes() throws IOException {
        MachineImage image = Mappings.image(ROOT, "/dev/sdb=:1", "/dev/sdc=" + SNAP_8);
        assertEquals(
                List.of("/out/vm/sda1.qcow2", "/out/vm/sdb.qcow2", "/out/vm/sdc.qcow2"),
                files(plan(image, request().withMode(VolumeMode.QCOW2))));
        LaunchPlan overlay =
                plan(
                        image,
                        request()
                                .withMode(VolumeMode.OVERLAY)
                                .withTargets(Map.of("/dev/sdc", Path.of("/dev/vdc"))));
        assertEquals(
                List.of(VolumeMode.OVERLAY, VolumeMode.QCOW2, VolumeMode.RAW),
                overlay.volumes().stream().map(PlannedVolume::mode).toList());
    }

    @Test
    void qcow2DisksHaveWholeSectors() throws IOException {
        Map<String, SnapshotFacts> odd =
                Map.of(SNAP_8, new SnapshotFacts(1_000_001, Encryption.NONE, Mappings.OWNER));
        MachineImage image = Mappings.image(ROOT);
        LaunchSubject subject = Launches.subject(image, odd);
        LaunchPlan raw = LaunchPlanner.plan(subject, request());
        assertEquals(1_000_001, raw.volumes().getFirst().sizeBytes());
        assertEquals(List.of(), raw.notices());
        LaunchPlan qcow2 = LaunchPlanner.plan(subject, request().withMode(VolumeMode.QCOW2));
        assertEquals(1_000_448, qcow2.volumes().getFirst().sizeBytes());
        assertEquals(1_000_001, qcow2.volumes().getFirst().snapshotBytes());
        assertTrue(qcow2.notices().getFirst().contains("padded with zeros to 1000448"));
    }

    @Test
    void targets() throws IOException {
        LaunchSubject subject =
                Launches.subject(Mappings.image(ROOT, "/dev/sdb=:1", "/dev/sdc=ephemeral0"));
        LaunchPlan plan =
                LaunchPlanner.plan(
                        subject, request().withTargets(Map.of("/dev/sda1", Path.of("/dev/vdb"))));
        assertEquals(List.of("/dev/vdb", "/out/vm/sdb.raw"), files(plan));
        assertTrue(plan.volumes().getFirst().isTarget());
        assertFalse(plan.volumes().getLast().isTarget());
        for (String device : List.of("/dev/sdz", "/dev/sdc", "sda1")) {
            refuses(
                    INVALID_PARAMETER_VALUE,
                    "it has /dev/sda1, /dev/sdb",
                    () ->
                            LaunchPlanner.plan(
                                    subject,
                                    request().withTargets(Map.of(device, Path.of("/dev/vdb")))));
        }
        for (String path : List.of("/dev/../out/vm/sdb.raw", "/out/vm/launch.json")) {
            refuses(
                    INVALID_PARAMETER_VALUE,
                    "would both be /out/vm/",
                    () ->
                            LaunchPlanner.plan(
                                    subject,
                                    request().withTargets(Map.of("/dev/sda1", Path.of(path)))));
        }
    }

    /** The rules let no such name through; the planner must not rely on that. */
    @Test
    void deviceNamesCannotLeaveTheFolder() throws IOException {
        MachineImage image = Mappings.image(ROOT);
        for (String name :
                List.of("/dev/../../etc/passwd", "..", "/dev/", "", "/dev/sd\0", "/dev/a/b", "A")) {
            LaunchSubject subject =
                    new LaunchSubject(
                            image,
                            new MergedMapping(
                                    name,
                                    List.of(
                                            new MergedMapping.Device(
                                                    name,
                                                    new Assignment.VirtualName("ephemeral0"),
                                                    null,
                                                    Map.of())),
                                    List.of()),
                            Map.of(),
                            Mappings.OWNER,
                            EncryptionRules.AccountDefaults.NONE);
            refuses(
                    INVALID_PARAMETER_VALUE,
                    "gives no file name",
                    () -> LaunchPlanner.plan(subject, request().withInstanceStore(List.of(1L))));
        }
    }

    @Test
    @Covers({"4.2.2", "4.2.9", "4.2.10"})
    void typeEncryptionAndTermination() throws IOException {
        LaunchPlan plan =
                plan(
                        Mappings.image(ROOT, "/dev/sdb=" + SNAP_SECRET, "/dev/sdc=:5:true:io1:500"),
                        request(),
                        "DeviceName=/dev/sda1,Ebs={Encrypted=true,KmsKeyId=k}");
        PlannedVolume root = plan.volumes().get(0);
        assertEquals(VolumeType.GP2, Objects.requireNonNull(root.performance()).type());
        assertEquals(new Encryption(true, "k"), root.encryption());
        assertTrue(root.deleteOnTermination());
        PlannedVolume secret = plan.volumes().get(1);
        assertEquals(new Encryption(true, "key-a"), secret.encryption());
        assertFalse(secret.deleteOnTermination());
        PlannedVolume fast = plan.volumes().get(2);
        assertEquals(500, Objects.requireNonNull(fast.performance()).iops());
        assertTrue(fast.deleteOnTermination());
    }
}

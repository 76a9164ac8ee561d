package dev.quarry.catalog.model;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Objects with every field set, for tests of their JSON. */
public final class Samples {

    public static final String SNAPSHOT_ID = "snap-0123456789abcdef0";
    public static final Instant TIME = Instant.parse("2026-08-01T12:34:56.789Z");
    private static final List<ProductCode> CODES =
            List.of(new ProductCode("abc", ProductCode.Type.MARKETPLACE));

    private Samples() {}

    public static MachineImage image() throws CatalogException {
        return new MachineImage(
                "ami-0123456789abcdef0",
                "debian-12",
                "a \"test\" \u00e9",
                "111111111111",
                ImageState.FAILED,
                new StateReason("Client.X", "why"),
                TIME,
                new ImageHardware(
                        Architecture.ARM64,
                        ImageType.MACHINE,
                        VirtualizationType.HVM,
                        BootMode.UEFI_PREFERRED,
                        "windows",
                        "aki-1",
                        "ari-1",
                        true,
                        "simple",
                        "v2.0",
                        "v2.0",
                        "AAAA"),
                "/dev/sda1",
                List.of(
                        BlockDeviceMapping.ebs("/dev/sda1", ebs()),
                        BlockDeviceMapping.ephemeral("/dev/sdb", 1)),
                Map.of(SNAPSHOT_ID, new SnapshotFacts(5, new Encryption(true, "key"), "222")),
                new ImageOrigin("bucket/x", "ef".repeat(32), "i-1", true, "ami-2", "north"),
                new ImageAccess(
                        List.of(
                                Grantee.ALL,
                                Grantee.account("333"),
                                new Grantee(Grantee.Kind.ORGANIZATION, "o-1"),
                                new Grantee(Grantee.Kind.ORGANIZATIONAL_UNIT, "ou-1")),
                        CODES),
                new ImageLifecycle(
                        TIME,
                        ImageLifecycle.DeregistrationProtection.ENABLED_WITH_COOLDOWN,
                        TIME.plusSeconds(1),
                        TIME.plusSeconds(2),
                        TIME.plusSeconds(3),
                        TIME.plusSeconds(4)),
                Tags.of(Map.of("b", "2", "a", "1")));
    }

    public static Ebs ebs() {
        return new Ebs(SNAPSHOT_ID, 9, VolumeType.GP3, true, true, "k", 3000, 125, 100);
    }

    public static Snapshot snapshot() throws CatalogException {
        return new Snapshot(
                SNAPSHOT_ID,
                "ab".repeat(32),
                "cd".repeat(32),
                1_000_001,
                "111111111111",
                "d",
                SnapshotState.COMPLETED,
                "fine",
                TIME,
                new SnapshotSource("a.raw", "raw", "vol-1", "snap-2", "north"),
                new Encryption(true, null),
                List.of(Grantee.account("333")),
                CODES,
                Tags.of(Map.of("k", "")));
    }

    public static Volume volume() throws CatalogException {
        return new Volume(
                "vol-0123456789abcdef0",
                "111111111111",
                1_000_001,
                new VolumePerformance(VolumeType.IO1, 500, null),
                SNAPSHOT_ID,
                Encryption.NONE,
                VolumeState.IN_USE,
                TIME,
                new VolumeFile("/out/sda1.qcow2", "qcow2", "/bases/x.raw", "ab".repeat(32)),
                new Attachment("i-0123456789abcdef0", "/dev/sda1", true, TIME),
                CODES,
                Tags.of(Map.of("k", "v")));
    }

    public static Launch launch() throws CatalogException {
        return new Launch(
                "i-0123456789abcdef0",
                "ami-0123456789abcdef0",
                "111111111111",
                TIME,
                LaunchState.RUNNING,
                image().hardware(),
                "/dev/sda1",
                "/out",
                List.of(
                        new Launch.Device("/dev/sda1", "vol-0123456789abcdef0", null, "/out/a"),
                        new Launch.Device("/dev/sdb", null, "ephemeral0", "/out/b")),
                CODES,
                Tags.of(Map.of("k", "v")));
    }

    /** One of each kind. */
    public static Set<CatalogObject> all() throws CatalogException {
        return Set.of(image(), snapshot(), volume(), launch());
    }
}

package dev.quarry.catalog.mapping;

import static dev.quarry.catalog.Refusals.refuses;
import static dev.quarry.catalog.mapping.Mappings.SNAP_10_5;
import static dev.quarry.catalog.mapping.Mappings.SNAP_8;
import static dev.quarry.catalog.mapping.Mappings.SNAP_SECRET;
import static dev.quarry.catalog.model.ErrorCode.INVALID_BLOCK_DEVICE_MAPPING;
import static dev.quarry.catalog.model.ErrorCode.INVALID_SNAPSHOT_NOT_FOUND;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.quarry.catalog.Covers;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.MachineImage;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

class MappingMergeTest {

    private static final String ROOT = "/dev/sda1=" + SNAP_8;

    private static MergedMapping merge(MachineImage image, String... request)
            throws CatalogException {
        return MappingMerge.merge(image, Mappings.of(request), Mappings.SNAPSHOTS);
    }

    /** Merges, and compares with mappings that have their defaults written out. */
    private static void gives(MachineImage image, String[] request, String... expected)
            throws CatalogException {
        assertEquals(Mappings.of(expected), merge(image, request).mappings());
    }

    private static void rejects(String fragment, MachineImage image, String... request) {
        refuses(INVALID_BLOCK_DEVICE_MAPPING, fragment, () -> merge(image, request));
    }

    private static String[] request(String... texts) {
        return texts;
    }

    @Test
    @Covers({"4.5.1", "4.2.10"})
    void withoutARequestTheImageCounts() throws CatalogException {
        gives(
                Mappings.image(ROOT, "/dev/sdb=:5", "/dev/sdc=ephemeral0"),
                request(),
                "/dev/sda1=" + SNAP_8 + "::true:gp2",
                "/dev/sdb=:5:false:gp2",
                "/dev/sdc=ephemeral0");
    }

    @Test
    @Covers("4.5.1")
    void namesAreComparedAsTheyAreSpelled() throws CatalogException {
        gives(
                Mappings.image(ROOT),
                request("/dev/sda=:5"),
                "/dev/sda1=" + SNAP_8 + "::true:gp2",
                "/dev/sda=:5:false:gp2");
    }

    @Test
    @Covers("4.5.2")
    void noDeviceRemoves() throws CatalogException {
        MachineImage image = Mappings.image(ROOT, "/dev/sdb=:5", "/dev/sdc=ephemeral0");
        MergedMapping merged =
                merge(image, "/dev/sdb=none", "DeviceName=/dev/sdc,NoDevice=whatever");
        assertEquals(Mappings.of("/dev/sda1=" + SNAP_8 + "::true:gp2"), merged.mappings());
        assertEquals(List.of("/dev/sdb", "/dev/sdc"), merged.suppressed());
    }

    @Test
    @Covers({"4.5.2", "4.5.7"})
    void theRootStays() throws CatalogException {
        rejects("is the root", Mappings.image(ROOT), "/dev/sda1=none");
        rejects("is the root", Mappings.image(ROOT), "/dev/sda1=ephemeral0");
        rejects("is the root", Mappings.image("/dev/sdb=ephemeral0"), "/dev/sda1=:5");
    }

    @Test
    @Covers("4.5.3")
    void fieldsMerge() throws CatalogException {
        MachineImage image = Mappings.image(ROOT, "/dev/sdb=" + SNAP_8 + ":20:true:gp3:4000");
        gives(
                image,
                request("/dev/sdb=:30"),
                "/dev/sda1=" + SNAP_8 + "::true:gp2",
                "DeviceName=/dev/sdb,Ebs={SnapshotId="
                        + SNAP_8
                        + ",VolumeSize=30,VolumeType=gp3,DeleteOnTermination=true,Iops=4000,Throughput=125}");
        gives(
                image,
                request("/dev/sdb=::false", "/dev/sda1=:9"),
                "/dev/sda1=" + SNAP_8 + ":9:true:gp2",
                "DeviceName=/dev/sdb,Ebs={SnapshotId="
                        + SNAP_8
                        + ",VolumeSize=20,VolumeType=gp3,DeleteOnTermination=false,Iops=4000,Throughput=125}");
        gives(
                image,
                request("DeviceName=/dev/sdb,Ebs={}"),
                "/dev/sda1=" + SNAP_8 + "::true:gp2",
                "DeviceName=/dev/sdb,Ebs={SnapshotId="
                        + SNAP_8
                        + ",VolumeSize=20,VolumeType=gp3,DeleteOnTermination=true,Iops=4000,Throughput=125}");
    }

    @Test
    @Covers("4.5.4")
    void otherKindsReplace() throws CatalogException {
        MachineImage image = Mappings.image(ROOT, "/dev/sdb=:5:true:gp3", "/dev/sdc=ephemeral0");
        gives(
                image,
                request("/dev/sdb=ephemeral1", "/dev/sdc=:7"),
                "/dev/sda1=" + SNAP_8 + "::true:gp2",
                "/dev/sdb=ephemeral1",
                "/dev/sdc=:7:false:gp2");
        rejects("needs a SnapshotId or a VolumeSize", image, "/dev/sdc=::true");
    }

    @Test
    @Covers("4.5.5")
    void newNamesAdd() throws CatalogException {
        gives(
                Mappings.image(ROOT),
                request("/dev/sdb=:5:true", "/dev/sdc=ephemeral0", "/dev/sdd=" + SNAP_10_5),
                "/dev/sda1=" + SNAP_8 + "::true:gp2",
                "/dev/sdb=:5:true:gp2",
                "/dev/sdc=ephemeral0",
                "/dev/sdd=" + SNAP_10_5 + "::false:gp2");
        rejects("needs a SnapshotId or a VolumeSize", Mappings.image(ROOT), "/dev/sdb=::true");
    }

    @Test
    @Covers("4.5.6")
    void noDeviceForAnUnknownNameDoesNothing() throws CatalogException {
        gives(Mappings.image(ROOT), request("/dev/sdq=none"), "/dev/sda1=" + SNAP_8 + "::true:gp2");
    }

    @Test
    @Covers("4.5.7")
    void whatMayChangeOnTheRoot() throws CatalogException {
        gives(
                Mappings.image(ROOT),
                request(
                        "DeviceName=/dev/sda1,Ebs={SnapshotId="
                                + SNAP_8
                                + ",VolumeSize=10,VolumeType=gp3,Iops=5000,Throughput=200,Encrypted=true,"
                                + "KmsKeyId=k,DeleteOnTermination=false}"),
                "DeviceName=/dev/sda1,Ebs={SnapshotId="
                        + SNAP_8
                        + ",VolumeSize=10,VolumeType=gp3,Iops=5000,Throughput=200,Encrypted=true,KmsKeyId=k,"
                        + "DeleteOnTermination=false}");
        rejects("SnapshotId may not change", Mappings.image(ROOT), "/dev/sda1=" + SNAP_10_5);
        rejects("cannot be booted from", Mappings.image(ROOT), "/dev/sda1=:125::st1");
    }

    @Test
    @Covers("4.5.7")
    void iopsGoWithTheType() throws CatalogException {
        MachineImage image = Mappings.image(ROOT, "/dev/sdb=:10:false:io1:500");
        gives(
                image,
                request("/dev/sdb=:::gp2"),
                "/dev/sda1=" + SNAP_8 + "::true:gp2",
                "/dev/sdb=:10:false:gp2");
        gives(
                image,
                request("/dev/sdb=:::io1"),
                "/dev/sda1=" + SNAP_8 + "::true:gp2",
                "/dev/sdb=:10:false:io1:500");
        rejects("needs Iops", image, "/dev/sdb=:::io2");
    }

    @Test
    @Covers("4.5.7")
    void sizesOnlyGrow() throws CatalogException {
        rejects("may only grow", Mappings.image(ROOT), "/dev/sda1=:7");
        gives(
                Mappings.image("/dev/sda1=" + SNAP_8 + ":20"),
                request("/dev/sda1=:8"),
                "/dev/sda1=" + SNAP_8 + ":8:true:gp2");
        MachineImage image = Mappings.image(ROOT, "/dev/sdb=" + SNAP_10_5);
        gives(
                image,
                request("/dev/sdb=:11"),
                "/dev/sda1=" + SNAP_8 + "::true:gp2",
                "/dev/sdb=" + SNAP_10_5 + ":11:false:gp2");
        rejects("may only grow", image, "/dev/sdb=:10");
    }

    @Test
    @Covers("4.5.7")
    void anotherSnapshotMayNotBeSmaller() throws CatalogException {
        gives(
                Mappings.image(ROOT, "/dev/sdb=" + SNAP_8),
                request("/dev/sdb=" + SNAP_10_5),
                "/dev/sda1=" + SNAP_8 + "::true:gp2",
                "/dev/sdb=" + SNAP_10_5 + "::false:gp2");
        rejects(
                "may only grow",
                Mappings.image(ROOT, "/dev/sdb=" + SNAP_10_5),
                "/dev/sdb=" + SNAP_8 + ":20");
        rejects(
                "8 GiB is smaller than snapshot",
                Mappings.image(ROOT, "/dev/sdb=" + SNAP_8 + ":8"),
                "/dev/sdb=" + SNAP_10_5);
        refuses(
                INVALID_SNAPSHOT_NOT_FOUND,
                "snap-fffffffffffffffff",
                () ->
                        merge(
                                Mappings.image(ROOT, "/dev/sdb=" + SNAP_8),
                                "/dev/sdb=snap-fffffffffffffffff"));
    }

    @Test
    @Covers({"4.5.7", "4.2.7", "4.2.8"})
    void theMergedResultIsChecked() throws CatalogException {
        MachineImage image =
                Mappings.image(
                        ROOT, "/dev/sdb=:5", "/dev/sdc=ephemeral0", "/dev/sdd=" + SNAP_SECRET);
        rejects("takes no Iops", image, "/dev/sdb=::::3000");
        rejects("KmsKeyId without", image, "DeviceName=/dev/sdb,Ebs={KmsKeyId=k}");
        rejects("never be removed", image, "DeviceName=/dev/sdd,Ebs={Encrypted=false}");
        rejects("ephemeral0 is mapped", image, "/dev/sde=ephemeral0");
        rejects("mapped twice", image, "/dev/sdb=:6", "/dev/sdb=:7");
        rejects("device name", image, "/dev/vdb=:6");
    }

    @Test
    @Covers("4.5.7")
    void theImageIsNotChanged() throws CatalogException {
        MachineImage image = Mappings.image(ROOT, "/dev/sdb=:5");
        List<BlockDeviceMapping> before = image.mappings();
        merge(image, "/dev/sdb=none", "/dev/sda1=:99");
        assertEquals(before, image.mappings());
        assertEquals(
                BlockDeviceMapping.ebs(
                        "/dev/sdb",
                        Ebs.builder()
                                .volumeSize(5)
                                .volumeType(MappingRules.typeOf(Ebs.builder().build()))
                                .deleteOnTermination(false)
                                .build()),
                before.getLast());
    }

    @Test
    @Covers({"4.5.3", "4.2.10", "4.2.4", "4.2.5"})
    void originsAreExplained() throws CatalogException {
        MergedMapping merged =
                merge(Mappings.image(ROOT, "/dev/sdb=:5"), "/dev/sda1=::false:gp3", "/dev/sdc=:1");
        assertEquals(
                Map.of(
                        "SnapshotId", Origin.IMAGE,
                        "VolumeSize", Origin.SNAPSHOT,
                        "VolumeType", Origin.REQUEST,
                        "DeleteOnTermination", Origin.REQUEST,
                        "Iops", Origin.DEFAULT,
                        "Throughput", Origin.DEFAULT),
                merged.devices().getFirst().origins());
        assertEquals(
                Map.of(
                        "VolumeSize", Origin.REQUEST,
                        "VolumeType", Origin.DEFAULT,
                        "DeleteOnTermination", Origin.DEFAULT),
                merged.devices().getLast().origins());
    }
}

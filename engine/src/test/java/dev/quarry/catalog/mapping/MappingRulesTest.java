package dev.quarry.catalog.mapping;

import static dev.quarry.catalog.Refusals.refuses;
import static dev.quarry.catalog.mapping.MappingRules.Use.CREATE_IMAGE;
import static dev.quarry.catalog.mapping.MappingRules.Use.LAUNCH;
import static dev.quarry.catalog.mapping.MappingRules.Use.REGISTER;
import static dev.quarry.catalog.mapping.Mappings.SNAP_10_5;
import static dev.quarry.catalog.mapping.Mappings.SNAP_8;
import static dev.quarry.catalog.mapping.Mappings.SNAP_SECRET;
import static dev.quarry.catalog.model.ErrorCode.INVALID_BLOCK_DEVICE_MAPPING;
import static dev.quarry.catalog.model.ErrorCode.INVALID_SNAPSHOT_ID_MALFORMED;
import static dev.quarry.catalog.model.ErrorCode.INVALID_SNAPSHOT_NOT_FOUND;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.quarry.catalog.Covers;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.VirtualizationType;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;

class MappingRulesTest {

    private static void check(MappingRules.Use use, String... texts) throws CatalogException {
        MappingRules.checkComplete(
                Mappings.of(texts), "/dev/sda1", VirtualizationType.HVM, Mappings.SNAPSHOTS, use);
    }

    private static void accepts(MappingRules.Use use, String... texts) throws CatalogException {
        check(use, texts);
    }

    private static void rejects(MappingRules.Use use, String fragment, String... texts) {
        rejects(INVALID_BLOCK_DEVICE_MAPPING, use, fragment, texts);
    }

    private static void rejects(
            ErrorCode code, MappingRules.Use use, String fragment, String... texts) {
        refuses(code, fragment, () -> check(use, texts));
    }

    private static String sdb(String fields) {
        return "DeviceName=/dev/sdb,Ebs={" + fields + "}";
    }

    @Test
    @Covers("4.2.1")
    void snapshotOrSize() throws CatalogException {
        accepts(LAUNCH, "/dev/sdb=" + SNAP_8);
        accepts(LAUNCH, "/dev/sdb=:1");
        accepts(LAUNCH, "/dev/sdb=" + SNAP_8 + ":8");
        accepts(LAUNCH, "/dev/sdb=" + SNAP_8 + ":9");
        accepts(LAUNCH, "/dev/sdb=" + SNAP_10_5 + ":11");
        rejects(LAUNCH, "needs a SnapshotId or a VolumeSize", "/dev/sdb=::true");
        rejects(LAUNCH, "7 GiB is smaller than snapshot", "/dev/sdb=" + SNAP_8 + ":7");
        rejects(LAUNCH, "of 11 GiB", "/dev/sdb=" + SNAP_10_5 + ":10");
        rejects(LAUNCH, "VolumeSize 0 is below 1", "/dev/sdb=:0");
        rejects(LAUNCH, "VolumeSize -5 is below 1", "/dev/sdb=:-5");
    }

    @Test
    @Covers("4.2.1")
    void snapshotsMustBeThere() {
        rejects(
                INVALID_SNAPSHOT_NOT_FOUND,
                LAUNCH,
                "snap-fffffffffffffffff",
                "/dev/sdb=snap-fffffffffffffffff");
        rejects(INVALID_SNAPSHOT_ID_MALFORMED, LAUNCH, "'snap-../x'", "/dev/sdb=snap-../x");
    }

    @Test
    @Covers("4.2.2")
    void slowTypesCannotBoot() throws CatalogException {
        accepts(REGISTER, "/dev/sdb=:125::st1", "/dev/sdc=:125::sc1");
        rejects(REGISTER, "cannot be booted from", "/dev/sda1=" + SNAP_8 + ":125::st1");
        rejects(REGISTER, "cannot be booted from", "/dev/sda1=" + SNAP_8 + ":125::sc1");
        assertEquals(
                Mappings.of("/dev/sdb=:1:false:gp2"),
                MappingDefaults.forImage(Mappings.of("/dev/sdb=:1"), "/dev/sda1"));
    }

    /** Type, least and most GiB, further fields that the type needs. */
    private record Sizes(String type, int min, int max, String more) {}

    @Test
    @Covers("4.2.3")
    void sizes() throws CatalogException {
        for (Sizes row :
                List.of(
                        new Sizes("gp2", 1, 16384, ""),
                        new Sizes("gp3", 1, 65536, ""),
                        new Sizes("io1", 4, 16384, ",Iops=100"),
                        new Sizes("io2", 4, 65536, ",Iops=100"),
                        new Sizes("st1", 125, 16384, ""),
                        new Sizes("sc1", 125, 16384, ""),
                        new Sizes("standard", 1, 1024, ""))) {
            String rest = ",VolumeType=" + row.type() + row.more();
            accepts(REGISTER, sdb("VolumeSize=" + row.min() + rest));
            accepts(REGISTER, sdb("VolumeSize=" + row.max() + rest));
            rejects(REGISTER, "", sdb("VolumeSize=" + (row.min() - 1) + rest));
            rejects(REGISTER, "GiB, not", sdb("VolumeSize=" + (row.max() + 1) + rest));
        }
        rejects(REGISTER, "125 to 16384 GiB, not 8", sdb("VolumeType=st1,SnapshotId=" + SNAP_8));
    }

    @Test
    @Covers("4.2.4")
    void iops() throws CatalogException {
        accepts(LAUNCH, sdb("VolumeSize=4,VolumeType=io1,Iops=100"));
        accepts(LAUNCH, sdb("VolumeSize=4,VolumeType=io1,Iops=64000"));
        accepts(LAUNCH, sdb("VolumeSize=4,VolumeType=io2,Iops=256000"));
        accepts(LAUNCH, sdb("VolumeSize=4,VolumeType=gp3"));
        accepts(LAUNCH, sdb("VolumeSize=4,VolumeType=gp3,Iops=3000"));
        accepts(LAUNCH, sdb("VolumeSize=4,VolumeType=gp3,Iops=80000"));
        rejects(LAUNCH, "needs Iops", sdb("VolumeSize=4,VolumeType=io1"));
        rejects(LAUNCH, "needs Iops", sdb("VolumeSize=4,VolumeType=io2"));
        rejects(LAUNCH, "100 to 64000", sdb("VolumeSize=4,VolumeType=io1,Iops=99"));
        rejects(LAUNCH, "100 to 64000", sdb("VolumeSize=4,VolumeType=io1,Iops=64001"));
        rejects(LAUNCH, "100 to 256000", sdb("VolumeSize=4,VolumeType=io2,Iops=256001"));
        rejects(LAUNCH, "3000 to 80000", sdb("VolumeSize=4,VolumeType=gp3,Iops=2999"));
        rejects(LAUNCH, "3000 to 80000", sdb("VolumeSize=4,VolumeType=gp3,Iops=80001"));
        for (String type : List.of("gp2", "st1", "sc1", "standard")) {
            rejects(
                    LAUNCH,
                    "takes no Iops",
                    sdb("VolumeSize=125,VolumeType=" + type + ",Iops=3000"));
        }
        rejects(LAUNCH, "takes no Iops", sdb("VolumeSize=125,Iops=3000"));
    }

    @Test
    @Covers("4.2.5")
    void throughput() throws CatalogException {
        accepts(LAUNCH, sdb("VolumeSize=4,VolumeType=gp3,Throughput=125"));
        accepts(LAUNCH, sdb("VolumeSize=4,VolumeType=gp3,Throughput=2000"));
        rejects(LAUNCH, "125 to 2000", sdb("VolumeSize=4,VolumeType=gp3,Throughput=124"));
        rejects(LAUNCH, "125 to 2000", sdb("VolumeSize=4,VolumeType=gp3,Throughput=2001"));
        rejects(
                LAUNCH,
                "takes no Throughput",
                sdb("VolumeSize=4,VolumeType=io1,Iops=100,Throughput=125"));
    }

    @Test
    @Covers("4.2.6")
    void initializationRate() throws CatalogException {
        String snap = "SnapshotId=" + SNAP_8 + ",VolumeInitializationRate=";
        accepts(LAUNCH, sdb(snap + 100));
        accepts(LAUNCH, sdb(snap + 300));
        rejects(LAUNCH, "100 to 300", sdb(snap + 99));
        rejects(LAUNCH, "100 to 300", sdb(snap + 301));
        rejects(LAUNCH, "needs a SnapshotId", sdb("VolumeSize=1,VolumeInitializationRate=100"));
        rejects(REGISTER, "given at launch", sdb(snap + 100));
        rejects(CREATE_IMAGE, "given at launch", sdb(snap + 100));
    }

    @Test
    @Covers("4.2.7")
    void keys() throws CatalogException {
        accepts(LAUNCH, sdb("VolumeSize=1,Encrypted=true,KmsKeyId=k"));
        accepts(LAUNCH, sdb("Encrypted=true,KmsKeyId=k,SnapshotId=" + SNAP_8));
        rejects(LAUNCH, "without Encrypted=true", sdb("VolumeSize=1,KmsKeyId=k"));
        rejects(LAUNCH, "without Encrypted=true", sdb("VolumeSize=1,Encrypted=false,KmsKeyId=k"));
        rejects(REGISTER, "given at launch", sdb("VolumeSize=1,Encrypted=true,KmsKeyId=k"));
        rejects(CREATE_IMAGE, "given at launch", sdb("VolumeSize=1,Encrypted=true,KmsKeyId=k"));
    }

    @Test
    @Covers("4.2.8")
    void encryptionOfAnImage() throws CatalogException {
        accepts(REGISTER, sdb("VolumeSize=1,Encrypted=true"));
        accepts(REGISTER, sdb("VolumeSize=1,Encrypted=false"));
        for (String value : List.of("true", "false")) {
            rejects(
                    REGISTER,
                    "must be left out",
                    sdb("Encrypted=" + value + ",SnapshotId=" + SNAP_8));
            rejects(
                    REGISTER,
                    "must be left out",
                    sdb("Encrypted=" + value + ",SnapshotId=" + SNAP_SECRET));
        }
        accepts(LAUNCH, sdb("Encrypted=true,SnapshotId=" + SNAP_8));
        accepts(LAUNCH, sdb("Encrypted=false,SnapshotId=" + SNAP_8));
        accepts(LAUNCH, sdb("Encrypted=true,SnapshotId=" + SNAP_SECRET));
        rejects(LAUNCH, "never be removed", sdb("Encrypted=false,SnapshotId=" + SNAP_SECRET));
    }

    @Test
    @Covers("4.4.1")
    void ephemeralNames() throws CatalogException {
        accepts(REGISTER, "/dev/sdb=ephemeral0", "/dev/sdc=ephemeral23");
        rejects(REGISTER, "ephemeral0 to ephemeral23", "/dev/sdb=ephemeral24");
        rejects(REGISTER, "ephemeral0 to ephemeral23", "/dev/sdb=ephemeral00");
        rejects(REGISTER, "", "DeviceName=/dev/sdb,VirtualName=swap");
        rejects(
                REGISTER,
                "ephemeral0 is mapped to /dev/sdb",
                "/dev/sdb=ephemeral0",
                "/dev/sdc=ephemeral0");
    }

    @Test
    @Covers("4.5.1")
    void eachDeviceOnce() {
        rejects(REGISTER, "mapped twice", "/dev/sdb=:1", "/dev/sdb=:2");
        String[] many = new String[MappingRules.ENTRIES_MAX + 1];
        Arrays.fill(many, "/dev/sdb=:1");
        rejects(REGISTER, "exceed 128", many);
    }
}

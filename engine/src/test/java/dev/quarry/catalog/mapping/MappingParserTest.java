package dev.quarry.catalog.mapping;

import static dev.quarry.catalog.Refusals.refuses;
import static dev.quarry.catalog.model.ErrorCode.INVALID_BLOCK_DEVICE_MAPPING;
import static dev.quarry.catalog.model.ErrorCode.INVALID_PARAMETER_VALUE;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.quarry.catalog.Covers;
import dev.quarry.catalog.model.Assignment;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.VolumeType;
import dev.quarry.testdata.Replay;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

class MappingParserTest {

    private static final String SNAP = "snap-0123456789abcdef0";

    private static final Ebs FULL =
            Ebs.builder()
                    .snapshotId(SNAP)
                    .volumeSize(100)
                    .deleteOnTermination(true)
                    .volumeType(VolumeType.GP3)
                    .iops(4000)
                    .encrypted(true)
                    .build();

    private static void reads(String text, BlockDeviceMapping... expected) throws IOException {
        assertEquals(List.of(expected), MappingParser.parse(text), text);
    }

    @Test
    @Covers({"4.1.4", "4.1.5"})
    void readsJson() throws IOException {
        reads(
                """
                [{"DeviceName": "/dev/sdb", "Ebs": {"SnapshotId": "%s", "VolumeSize": 100,
                   "DeleteOnTermination": true, "VolumeType": "gp3", "Iops": 4000, "Encrypted": true}},
                 {"DeviceName": "/dev/sdc", "VirtualName": "ephemeral0"},
                 {"DeviceName": "/dev/sdd", "NoDevice": ""},
                 {"DeviceName": "/dev/sde", "Ebs": {}}]
                """
                        .formatted(SNAP),
                BlockDeviceMapping.ebs("/dev/sdb", FULL),
                BlockDeviceMapping.ephemeral("/dev/sdc", 0),
                BlockDeviceMapping.none("/dev/sdd"),
                BlockDeviceMapping.ebs("/dev/sde", Ebs.builder().build()));
        reads(
                "{\"DeviceName\":\"/dev/sdc\",\"VirtualName\":\"ephemeral1\"}",
                BlockDeviceMapping.ephemeral("/dev/sdc", 1));
        reads("[]");
    }

    @Test
    void readsShorthand() throws IOException {
        reads(
                "DeviceName=/dev/sdb,Ebs={SnapshotId="
                        + SNAP
                        + ",VolumeSize=100,DeleteOnTermination=true,VolumeType=gp3,Iops=4000,Encrypted=true}",
                BlockDeviceMapping.ebs("/dev/sdb", FULL));
        reads(
                " DeviceName = \"/dev/sdb\" , Ebs = { VolumeSize = '7' } ",
                BlockDeviceMapping.ebs("/dev/sdb", Ebs.builder().volumeSize(7).build()));
        reads(
                "VirtualName=ephemeral0,DeviceName=/dev/sdc",
                BlockDeviceMapping.ephemeral("/dev/sdc", 0));
        reads("DeviceName=/dev/sdd,NoDevice=", BlockDeviceMapping.none("/dev/sdd"));
        reads("DeviceName=/dev/sdd,NoDevice=\"\"", BlockDeviceMapping.none("/dev/sdd"));
        reads("DeviceName=/dev/sdd,NoDevice=any", BlockDeviceMapping.none("/dev/sdd"));
        reads(
                "DeviceName=/dev/sdb,Ebs={}",
                BlockDeviceMapping.ebs("/dev/sdb", Ebs.builder().build()));
        reads(
                "DeviceName=/dev/sdb,Ebs={KmsKeyId=\"a\\\"b\\\\c, {d}\",Encrypted=true}",
                BlockDeviceMapping.ebs(
                        "/dev/sdb",
                        Ebs.builder().kmsKeyId("a\"b\\c, {d}").encrypted(true).build()));
    }

    @Test
    void readsShortForm() throws IOException {
        reads(
                "/dev/sdb=" + SNAP + ":100:true:gp3:4000:encrypted",
                BlockDeviceMapping.ebs("/dev/sdb", FULL));
        reads(
                "/dev/sdb=" + SNAP + ":100:true:gp3",
                BlockDeviceMapping.ebs(
                        "/dev/sdb", FULL.toBuilder().iops(null).encrypted(null).build()));
        reads(
                "/dev/sdb=:100",
                BlockDeviceMapping.ebs("/dev/sdb", Ebs.builder().volumeSize(100).build()));
        reads(
                "/dev/sda1=::false",
                BlockDeviceMapping.ebs(
                        "/dev/sda1", Ebs.builder().deleteOnTermination(false).build()));
        reads(
                "/dev/sdb=:80::gp2::encrypted",
                BlockDeviceMapping.ebs(
                        "/dev/sdb",
                        Ebs.builder()
                                .volumeSize(80)
                                .volumeType(VolumeType.GP2)
                                .encrypted(true)
                                .build()));
        reads(
                "/dev/sdb=:80:::encrypted",
                BlockDeviceMapping.ebs(
                        "/dev/sdb", Ebs.builder().volumeSize(80).encrypted(true).build()));
        reads("/dev/sdc=ephemeral0", BlockDeviceMapping.ephemeral("/dev/sdc", 0));
        reads("/dev/sdd=none", BlockDeviceMapping.none("/dev/sdd"));
    }

    @Test
    void readsFilesThroughTheCaller() throws IOException {
        assertEquals(
                List.of(BlockDeviceMapping.none("/dev/sdd")),
                MappingParser.parse(
                        "file://m.json",
                        path -> "[{\"DeviceName\":\"/dev/sdd\",\"NoDevice\":\"" + path + "\"}]"));
    }

    @ParameterizedTest
    @Covers({"4.1.4", "4.2.7"})
    @ValueSource(
            strings = {
                "",
                "/dev/sdb",
                "=none",
                "/dev/sdb=",
                "/dev/sdb=:::",
                "/dev/sdb=:x",
                "/dev/sdb=:1:maybe",
                "/dev/sdb=:1:true:gp2:x",
                "/dev/sdb=:1:true:gp2:1:encrypted:more",
                "/dev/sdb=:99999999999",
                "{",
                "[{\"DeviceName\":\"/dev/sdb\",\"NoDevice\":\"\"}] more",
                "[1]",
                "{\"Ebs\":{\"VolumeSize\":1}}",
                "{\"DeviceName\":\"/dev/sdb\"}",
                "{\"DeviceName\":\"/dev/sdb\",\"NoDevice\":null}",
                "{\"DeviceName\":\"/dev/sdb\",\"NoDevice\":\"\",\"VirtualName\":\"ephemeral0\"}",
                "{\"DeviceName\":\"/dev/sdb\",\"Ebs\":{\"VolumeSize\":1},\"NoDevice\":\"\"}",
                "{\"DeviceName\":\"/dev/sdb\",\"Ebs\":{\"VolumeSize\":\"1\"}}",
                "{\"DeviceName\":\"/dev/sdb\",\"Ebs\":{\"VolumeSize\":1.5}}",
                "{\"DeviceName\":\"/dev/sdb\",\"Ebs\":{\"VolumeSize\":4294967297}}",
                "{\"DeviceName\":\"/dev/sdb\",\"Ebs\":{\"VolumeSize\":1,\"VolumeSize\":2}}",
                "{\"DeviceName\":\"/dev/sdb\",\"Ebs\":{\"Size\":1}}",
                "{\"DeviceName\":\"/dev/sdb\",\"Ebs\":{\"VolumeSize\":1,\"AvailabilityZone\":\"a\"}}",
                "{\"DeviceName\":\"/dev/sdb\",\"Ebs\":{\"VolumeSize\":1,\"OutpostArn\":\"a\"}}",
                "{\"DeviceName\":\"/dev/sdb\",\"Ebs\":[]}",
                "{\"deviceName\":\"/dev/sdb\",\"Ebs\":{}}",
                "DeviceName=/dev/sdb",
                "DeviceName=/dev/sdb,Ebs={VolumeSize=1",
                "DeviceName=/dev/sdb,Ebs={VolumeSize=1}}",
                "DeviceName=/dev/sdb,Ebs={VolumeSize=1},",
                "DeviceName=/dev/sdb,Ebs={VolumeSize=one}",
                "DeviceName=/dev/sdb,Ebs={Encrypted=yes}",
                "DeviceName=/dev/sdb,Ebs={VolumeSize=1,VolumeSize=1}",
                "DeviceName=/dev/sdb,Ebs={VolumeSize={a=1}}",
                "DeviceName=/dev/sdb,Ebs=[1]",
                "DeviceName=\"/dev/sdb,Ebs={VolumeSize=1}",
                "DeviceName=a,Ebs={a={a={a={a={a={a={a={a={a={a=1}}}}}}}}}}"
            })
    void refusesOtherText(String text) {
        refuses(INVALID_BLOCK_DEVICE_MAPPING, "", () -> MappingParser.parse(text));
    }

    @Test
    void refusesVeryDeepJson() {
        String deep = "[".repeat(100_000) + "]".repeat(100_000);
        refuses(INVALID_BLOCK_DEVICE_MAPPING, "", () -> MappingParser.parse(deep));
    }

    @Test
    @Covers("4.2.2")
    void refusesUnknownTypes() {
        refuses(INVALID_PARAMETER_VALUE, "'gp9'", () -> MappingParser.parse("/dev/sdb=:1::gp9"));
        refuses(
                INVALID_PARAMETER_VALUE,
                "'GP2'",
                () -> MappingParser.parse("DeviceName=/dev/sdb,Ebs={VolumeType=GP2}"));
    }

    @Test
    void whatIsPrintedReadsBack() {
        Replay.seeds(
                2000,
                random -> {
                    BlockDeviceMapping mapping = randomMapping(random);
                    reads(MappingPrinter.json(List.of(mapping)), mapping);
                    reads(MappingPrinter.shorthand(mapping), mapping);
                    Optional<String> shortForm = MappingPrinter.shortForm(mapping);
                    if (shortForm.isPresent()) {
                        reads(shortForm.get(), mapping);
                    }
                });
    }

    private static BlockDeviceMapping randomMapping(RandomGenerator random) {
        String device = "/dev/sd" + (char) ('a' + random.nextInt(26));
        return switch (random.nextInt(6)) {
            case 0 -> BlockDeviceMapping.none(device);
            case 1 ->
                    new BlockDeviceMapping(
                            device, new Assignment.VirtualName("ephemeral" + random.nextInt(30)));
            default -> BlockDeviceMapping.ebs(device, randomEbs(random));
        };
    }

    private static Ebs randomEbs(RandomGenerator random) {
        return Ebs.builder()
                .snapshotId(maybe(random, SNAP))
                .volumeSize(maybe(random, random.nextInt(1 << 20)))
                .volumeType(maybe(random, List.of(VolumeType.values()).get(random.nextInt(7))))
                .deleteOnTermination(maybe(random, random.nextBoolean()))
                .encrypted(maybe(random, random.nextBoolean()))
                .iops(maybe(random, random.nextInt(1 << 20)))
                .kmsKeyId(random.nextInt(5) == 0 ? oddText(random) : null)
                .throughput(random.nextInt(5) == 0 ? 500 : null)
                .build();
    }

    private static <T> @Nullable T maybe(RandomGenerator random, T value) {
        return random.nextBoolean() ? value : null;
    }

    private static String oddText(RandomGenerator random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(8); i >= 0; i--) {
            text.append("ab ,{}[]\"'\\=:\u00e9".charAt(random.nextInt(14)));
        }
        return text.toString();
    }
}

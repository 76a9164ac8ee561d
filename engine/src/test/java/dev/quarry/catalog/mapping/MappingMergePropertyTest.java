package dev.quarry.catalog.mapping;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.catalog.Covers;
import dev.quarry.catalog.model.Assignment;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Gibibytes;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.SnapshotFacts;
import dev.quarry.catalog.model.VirtualizationType;
import dev.quarry.catalog.model.VolumeType;
import dev.quarry.testdata.Replay;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/** What holds for every merge, tried on random images and requests. */
class MappingMergePropertyTest {

    private static final List<String> DEVICES =
            List.of("/dev/sda1", "/dev/sda", "/dev/sdb", "/dev/sdc", "/dev/sdd");
    private static final List<String> SNAPSHOT_IDS = List.copyOf(Mappings.SNAPSHOTS.keySet());

    @Test
    @Covers({"4.5.1", "4.5.2", "4.5.3", "4.5.4", "4.5.5", "4.5.6", "4.5.7"})
    void randomMerges() {
        int[] merged = new int[2];
        Replay.seeds(
                20_000,
                random -> {
                    MachineImage image = Mappings.image(randomImage(random));
                    List<BlockDeviceMapping> request = randomRequest(random);
                    try {
                        check(
                                image,
                                request,
                                MappingMerge.merge(image, request, Mappings.SNAPSHOTS));
                        merged[0]++;
                    } catch (CatalogException e) {
                        assertEquals(
                                ErrorCode.INVALID_BLOCK_DEVICE_MAPPING, e.code(), e.getMessage());
                        merged[1]++;
                    }
                });
        System.out.println("merge: " + merged[0] + " merged, " + merged[1] + " refused");
        if (System.getProperty(Replay.SEED_PROPERTY) == null) {
            assertTrue(merged[0] > 2000 && merged[1] > 2000, "the generator reaches both ends");
        }
    }

    private static void check(
            MachineImage image, List<BlockDeviceMapping> request, MergedMapping merged)
            throws IOException {
        Set<String> expected = new HashSet<>();
        image.mappings().forEach(mapping -> expected.add(mapping.deviceName()));
        for (BlockDeviceMapping entry : request) {
            if (entry.assignment() instanceof Assignment.NoDevice) {
                expected.remove(entry.deviceName());
            } else {
                expected.add(entry.deviceName());
            }
        }
        Set<String> present = new HashSet<>();
        for (MergedMapping.Device device : merged.devices()) {
            assertTrue(present.add(device.deviceName()), "each device once");
            checkDevice(
                    device,
                    assignment(image.mappings(), device.deviceName()),
                    assignment(request, device.deviceName()));
        }
        assertEquals(expected, present);
        assertEquals(
                image.mapping("/dev/sda1") != null,
                present.contains("/dev/sda1"),
                "the root stays");
        MappingRules.checkComplete(
                merged.mappings(),
                "/dev/sda1",
                VirtualizationType.HVM,
                Mappings.SNAPSHOTS,
                MappingRules.Use.LAUNCH);
        checkAgain(image, request, merged);
    }

    /** What was merged once is not changed by merging the same request again. */
    private static void checkAgain(
            MachineImage image, List<BlockDeviceMapping> request, MergedMapping merged)
            throws IOException {
        MachineImage next = Mappings.image(merged.mappings());
        assertEquals(
                merged.mappings(),
                MappingMerge.merge(next, request, Mappings.SNAPSHOTS).mappings(),
                image.mappings().toString());
    }

    private static @Nullable Assignment assignment(List<BlockDeviceMapping> list, String device) {
        for (BlockDeviceMapping mapping : list) {
            if (mapping.deviceName().equals(device)) {
                return mapping.assignment();
            }
        }
        return null;
    }

    private static void checkDevice(
            MergedMapping.Device device,
            @Nullable Assignment fromImage,
            @Nullable Assignment asked) {
        if (!(device.assignment() instanceof Ebs ebs)) {
            assertEquals(asked == null ? fromImage : asked, device.assignment());
            return;
        }
        Ebs imageEbs = fromImage instanceof Ebs present ? present : Ebs.builder().build();
        Ebs request = asked instanceof Ebs present ? present : Ebs.builder().build();
        Map<String, Object> askedFields = request.toJson();
        Map<String, Object> imageFields = imageEbs.toJson();
        boolean retyped =
                request.volumeType() != null
                        && request.volumeType() != MappingRules.typeOf(imageEbs);
        Map<String, Object> mergedFields = ebs.toJson();
        for (String field : Ebs.FIELDS) {
            Object value = mergedFields.get(field);
            if (askedFields.containsKey(field)) {
                assertEquals(askedFields.get(field), value, field);
                assertEquals(Origin.REQUEST, device.origins().get(field), field);
            } else if (imageFields.containsKey(field)
                    && !(retyped && (field.equals("Iops") || field.equals("Throughput")))) {
                assertEquals(imageFields.get(field), value, field);
                assertEquals(Origin.IMAGE, device.origins().get(field), field);
            } else if (value != null) {
                assertEquals(Origin.DEFAULT, device.origins().get(field), field);
            }
        }
        checkGrowth(device, ebs, imageEbs);
    }

    private static void checkGrowth(MergedMapping.Device device, Ebs ebs, Ebs imageEbs) {
        SnapshotFacts snapshot = facts(ebs.snapshotId());
        SnapshotFacts before = facts(imageEbs.snapshotId());
        Integer volumeSize = ebs.volumeSize();
        assertFalse(snapshot == null && volumeSize == null, device.deviceName());
        long bytes =
                volumeSize != null
                        ? Gibibytes.toBytes(volumeSize)
                        : snapshot == null ? 0 : snapshot.sizeBytes();
        assertTrue(snapshot == null || bytes >= snapshot.sizeBytes(), "holds its snapshot");
        assertTrue(
                before == null || Gibibytes.roundedUp(bytes) >= before.sizeGib(),
                "holds the image's snapshot, in GiB");
        if (device.deviceName().equals("/dev/sda1")) {
            assertEquals(imageEbs.snapshotId(), ebs.snapshotId(), "the root's snapshot stays");
        }
    }

    private static @Nullable SnapshotFacts facts(@Nullable String snapshotId) {
        return snapshotId == null ? null : Mappings.SNAPSHOTS.get(snapshotId);
    }

    private static List<BlockDeviceMapping> randomImage(RandomGenerator random) throws IOException {
        List<BlockDeviceMapping> mappings = new ArrayList<>();
        mappings.addAll(Mappings.of("/dev/sda1=" + Mappings.SNAP_8));
        int ephemeral = 0;
        for (String device : DEVICES.subList(1, DEVICES.size())) {
            switch (random.nextInt(4)) {
                case 0 -> mappings.add(BlockDeviceMapping.ephemeral(device, ephemeral++));
                case 1 -> mappings.addAll(Mappings.of(device + "=" + oneOf(random, SNAPSHOT_IDS)));
                case 2 -> mappings.addAll(Mappings.of(device + "=:20:true:gp3:4000"));
                default -> {}
            }
        }
        return mappings;
    }

    private static List<BlockDeviceMapping> randomRequest(RandomGenerator random) {
        List<BlockDeviceMapping> request = new ArrayList<>();
        for (String device : DEVICES) {
            switch (random.nextInt(12)) {
                case 0, 1 -> request.add(BlockDeviceMapping.none(device));
                case 2 -> request.add(BlockDeviceMapping.ephemeral(device, random.nextInt(20)));
                case 3, 4, 5 -> request.add(BlockDeviceMapping.ebs(device, randomEbs(random)));
                default -> {}
            }
        }
        if (random.nextInt(50) == 0) {
            request.addAll(List.copyOf(request));
        }
        return request;
    }

    private static Ebs randomEbs(RandomGenerator random) {
        VolumeType type =
                random.nextInt(3) == 0 ? oneOf(random, List.of(VolumeType.values())) : null;
        return Ebs.builder()
                .snapshotId(random.nextInt(3) == 0 ? oneOf(random, SNAPSHOT_IDS) : null)
                .volumeSize(random.nextBoolean() ? 5 + random.nextInt(30) : null)
                .volumeType(type)
                .iops(random.nextInt(6) == 0 ? 3000 + random.nextInt(100) : null)
                .throughput(random.nextInt(12) == 0 ? 200 : null)
                .deleteOnTermination(random.nextBoolean() ? random.nextBoolean() : null)
                .encrypted(random.nextInt(6) == 0 ? random.nextBoolean() : null)
                .build();
    }

    private static <T> T oneOf(RandomGenerator random, List<T> values) {
        return values.get(random.nextInt(values.size()));
    }
}

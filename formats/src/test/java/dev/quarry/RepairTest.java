package dev.quarry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.image.CreateOptions;
import dev.quarry.image.ReferenceGate;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.store.VerifyDepth;
import dev.quarry.testdata.RandomContent;
import dev.quarry.testdata.Replay;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * A damaged store is healed from another one, or from an image, and says what it could not heal.
 */
final class RepairTest {

    @TempDir Path folder;

    private Path image;
    private Path store;
    private Path other;
    private String snapshotId;

    RepairTest() {}

    @BeforeEach
    void make() throws IOException {
        image = folder.resolve("disk.raw");
        store = folder.resolve("store");
        other = folder.resolve("other");
        Files.write(image, RandomContent.bytes(Replay.generator(11), 6 << 20, 4096));
        for (Path each : List.of(store, other)) {
            try (Quarry quarry = Quarry.openOrCreate(each)) {
                ImportRequest request = ImportRequest.of(image).withFormat("raw");
                snapshotId =
                        quarry.importImage(request, ProgressListener.none(), new CancelToken())
                                .snapshot()
                                .id();
            }
        }
        try (Quarry quarry = Quarry.open(store)) {
            snapshotId = quarry.catalog().snapshots().getFirst().id();
        }
    }

    private Path pack() throws IOException {
        try (Stream<Path> files = Files.walk(store.resolve("packs"))) {
            return files.filter(Files::isRegularFile).findFirst().orElseThrow();
        }
    }

    /** Flips bits all over the pack, the nodes at its end included, but not in its tables. */
    private void damage(RandomGenerator random) throws IOException {
        byte[] bytes = Files.readAllBytes(pack());
        for (int i = 0; i < 5; i++) {
            bytes[16 + random.nextInt(bytes.length * 3 / 4)] ^= 1;
        }
        Files.write(pack(), bytes);
    }

    private RepairReport repair(List<Path> stores, List<Path> images) throws IOException {
        try (Quarry quarry = Quarry.open(store)) {
            return quarry.maintenance()
                    .repair(
                            new RepairRequest(stores, images, ReferenceGate.deny()),
                            ProgressListener.none(),
                            new CancelToken());
        }
    }

    private void assertExports() throws IOException {
        Path out = folder.resolve("out.raw");
        try (Quarry quarry = Quarry.open(store)) {
            quarry.export(
                    snapshotId,
                    out,
                    "raw",
                    CreateOptions.defaults(),
                    ProgressListener.none(),
                    new CancelToken());
            assertTrue(
                    quarry.maintenance()
                            .verify(VerifyDepth.full(), ProgressListener.none(), new CancelToken())
                            .isSound());
        }
        assertArrayEquals(Files.readAllBytes(image), Files.readAllBytes(out));
    }

    /** Nothing that is read is damaged then, and nothing may be lost by the repair. */
    @Test
    void aPackWhoseDigestIsDamagedKeepsAllThatItHas() throws IOException {
        for (int fromEnd : new int[] {64 - 16, 64 - 52, 0}) {
            byte[] bytes = Files.readAllBytes(pack());
            bytes[fromEnd == 0 ? 3 : bytes.length - fromEnd] ^= 1;
            Files.write(pack(), bytes);
            RepairReport report = repair(List.of(), List.of());
            assertFalse(report.before().isSound());
            assertEquals(List.of(), report.before().losses());
            assertTrue(report.after().isSound(), report.after().toString());
            assertExports();
        }
    }

    @Test
    void aSoundStoreIsLeftAlone() throws IOException {
        RepairReport report = repair(List.of(), List.of());
        assertTrue(report.before().isSound());
        assertEquals(List.of(), report.quarantined());
    }

    @Test
    void whatWasLostComesBackFromTheImage() throws IOException {
        damage(Replay.generator(1));
        RepairReport report = repair(List.of(), List.of(image));
        assertFalse(report.before().isSound());
        assertEquals(1, report.quarantined().size());
        assertTrue(report.after().isSound(), report.after().toString());
        assertTrue(Files.isDirectory(store.resolve("quarantine")));
        assertExports();
    }

    @Test
    void whatWasLostComesBackFromAnotherStore() throws IOException {
        damage(Replay.generator(2));
        RepairReport report = repair(List.of(other), List.of());
        assertFalse(report.before().isSound());
        assertTrue(report.after().isSound(), report.after().toString());
        assertExports();
    }

    @Test
    void aPackWithoutItsEndComesBackWhole() throws IOException {
        byte[] bytes = Files.readAllBytes(pack());
        Files.write(pack(), Arrays.copyOf(bytes, bytes.length - 10));
        RepairReport report = repair(List.of(other), List.of());
        assertEquals(6 << 20, report.before().losses().getFirst().result().lostBytes());
        assertTrue(report.after().isSound(), report.after().toString());
        assertExports();
    }

    @Test
    void whatNobodyHasStaysLostAndIsNamed() throws IOException {
        damage(Replay.generator(3));
        RepairReport report = repair(List.of(), List.of());
        assertEquals(0, report.after().findingCount(), "nothing damaged is left in use");
        assertEquals(snapshotId, report.after().losses().getFirst().snapshotId());
        assertEquals(
                report.before().losses().getFirst().result().ranges(),
                report.after().losses().getFirst().result().ranges());
    }
}

package dev.quarry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.catalog.model.Launch;
import dev.quarry.image.ReferenceGate;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.store.CollectionResult;
import dev.quarry.store.LeaseTiming;
import dev.quarry.store.LocalBlobStore;
import dev.quarry.store.StoreProperties;
import dev.quarry.store.VerifyDepth;
import dev.quarry.volume.LaunchRequest;
import dev.quarry.volume.VolumeMode;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Disks that overlays stand on go when none does any more, and never before. */
final class BaseCollectorTest {

    private static final LeaseTiming PATIENT = new LeaseTiming(100, 100, 100);

    @TempDir Path folder;

    private StoreFixture fixture;
    private Path store;

    BaseCollectorTest() {}

    @BeforeEach
    void makeStore() throws IOException {
        fixture = new StoreFixture(folder);
        store = folder.resolve("store");
        try (Quarry quarry = Quarry.create(store, StoreProperties.DEFAULT)) {
            fixture.importDisk(quarry, "first");
            fixture.importDisk(quarry, "second");
        }
    }

    private Quarry open() throws IOException {
        return Quarry.open(store, new LocalBlobStore(store), null, null, PATIENT);
    }

    private List<Path> bases() throws IOException {
        return StoreFixture.files(store.resolve("bases")).stream()
                .filter(file -> file.toString().endsWith(".raw"))
                .toList();
    }

    private long secondNames() throws IOException {
        return StoreFixture.files(store.resolve("bases")).stream()
                .filter(file -> file.toString().endsWith(".deleted"))
                .count();
    }

    private void launch(Quarry quarry, String name) throws IOException {
        launch(quarry, "vm-" + name, name);
    }

    private void launch(Quarry quarry, String vm, String name) throws IOException {
        quarry.launch(
                LaunchRequest.of(StoreFixture.image(quarry, name).id(), folder.resolve(vm))
                        .withMode(VolumeMode.OVERLAY),
                ProgressListener.none(),
                new CancelToken());
    }

    private void expectBase(String name) throws IOException {
        assertEquals(1, bases().size());
        assertArrayEquals(fixture.disk(name), Files.readAllBytes(bases().getFirst()));
    }

    @Test
    void theLastOverlayTakesItsBaseAlong() throws IOException {
        try (Quarry quarry = open()) {
            launch(quarry, "first");
            launch(quarry, "second");
            assertEquals(2, bases().size());
            assertEquals(0, quarry.maintenance().collectDry().deletedBases());
            assertEquals(0, quarry.maintenance().collect(new CancelToken()).deletedBases());
            String launch =
                    quarry.catalog().launches().stream()
                            .filter(each -> each.folder().endsWith("vm-first"))
                            .findFirst()
                            .orElseThrow()
                            .id();
            quarry.terminate(launch);
            CollectionResult dry = quarry.maintenance().collectDry();
            assertEquals(1, dry.deletedBases());
            assertEquals(fixture.disk("first").length, dry.baseBytes());
            assertEquals(2, bases().size());
            assertEquals(dry, quarry.maintenance().collect(new CancelToken()));
            expectBase("second");
            StoreFixture.assertSound(quarry);
        }
    }

    /** A volume that is recorded while a collection is about to delete what it stands on. */
    @Test
    void aLaunchKeepsItsBase() throws Exception {
        try (StoreProcess gc = StoreProcess.start(PATIENT);
                StoreProcess launch = StoreProcess.start(PATIENT)) {
            gc.beginAndPause("before-list", "bases/", 1, "gc", store);
            launch.succeed("overlay", store, "first", folder.resolve("vm1"));
            gc.finish();
            expectBase("first");
            // The other way round: it is deleted before the volume is recorded.
            try (Quarry quarry = open()) {
                quarry.terminate(quarry.catalog().launches().getFirst().id());
            }
            gc.beginAndPause("before-list", "bases/", 1, "gc", store);
            launch.beginAndPause(
                    "before-create",
                    "volumes/",
                    1,
                    "overlay",
                    store,
                    "first",
                    folder.resolve("vm2"));
            gc.finish();
            assertEquals(List.of(), bases());
            launch.finish();
            expectBase("first");
        }
        try (Quarry quarry = open()) {
            StoreFixture.collect(quarry);
            expectBase("first");
        }
    }

    /**
     * A large file takes its time, and nobody waits for it: when it is given back, its name is gone
     * already, and documents can be changed.
     */
    @Test
    void aBaseIsGivenBackWhileOthersGoOn() throws Exception {
        try (Quarry quarry = open()) {
            launch(quarry, "first");
            quarry.terminate(quarry.catalog().launches().getFirst().id());
        }
        try (StoreProcess gc = StoreProcess.start(PATIENT)) {
            gc.beginAndPause("before-delete", "bases/", 2, "gc", store);
            assertEquals(List.of(), bases());
            assertEquals(1, secondNames());
            try (Quarry quarry = open()) {
                fixture.importDisk(quarry, "third");
                launch(quarry, "first-again", "first");
            }
            gc.kill();
        }
        expectBase("first");
        assertEquals(1, secondNames());
        try (Quarry quarry = open()) {
            StoreFixture.assertSound(quarry);
            assertEquals(0, quarry.maintenance().collect(new CancelToken()).deletedBases());
        }
        expectBase("first");
        assertEquals(0, secondNames());
    }

    /** An overlay without its base is a disk of which only the changes are left. */
    @Test
    void aMissingBaseIsNamedAndMadeAgain() throws IOException {
        try (Quarry quarry = open()) {
            launch(quarry, "first");
            launch(quarry, "second");
            StoreFixture.assertSound(quarry);
            Path gone = base(quarry, "first");
            Files.delete(gone);
            for (VerifyDepth depth : List.of(VerifyDepth.quick(), VerifyDepth.full())) {
                VerifyReport report =
                        quarry.maintenance()
                                .verify(depth, ProgressListener.none(), new CancelToken());
                assertEquals(1, report.findingCount(), report.toString());
                assertEquals("bases/" + gone.getFileName(), report.findings().getFirst().blob());
                String reason = report.findings().getFirst().reason();
                assertTrue(reason.contains(volumeOn(quarry, gone)), reason);
                assertTrue(reason.contains("verify --repair makes it again"), reason);
            }
            RepairReport repaired = repair(quarry);
            assertEquals(List.of("bases/" + gone.getFileName()), repaired.restored());
            assertEquals(List.of(), repaired.after().findings());
            assertArrayEquals(fixture.disk("first"), Files.readAllBytes(gone));
            // Without its snapshot nothing can make it again.
            StoreFixture.delete(quarry, "first");
            Files.delete(gone);
            repaired = repair(quarry);
            assertEquals(List.of(), repaired.restored());
            String reason = repaired.after().findings().getFirst().reason();
            assertTrue(reason.contains("no snapshot has its content any more"), reason);
            for (Launch launch : quarry.catalog().launches()) {
                quarry.terminate(launch.id());
            }
            StoreFixture.assertSound(quarry);
        }
    }

    @Test
    void aDamagedBaseIsMadeAgain() throws IOException {
        try (Quarry quarry = open()) {
            launch(quarry, "first");
            Path base = base(quarry, "first");
            byte[] damaged = Files.readAllBytes(base);
            damaged[100] ^= 1;
            assertTrue(base.toFile().setWritable(true));
            Files.write(base, damaged);
            VerifyReport report = StoreFixture.verify(quarry);
            assertEquals("bases/" + base.getFileName(), report.findings().getFirst().blob());
            RepairReport repaired = repair(quarry);
            assertEquals(List.of("bases/" + base.getFileName()), repaired.restored());
            assertEquals(List.of(), repaired.after().findings());
            assertArrayEquals(fixture.disk("first"), Files.readAllBytes(base));
            assertArrayEquals(
                    damaged,
                    Files.readAllBytes(store.resolve("quarantine").resolve(base.getFileName())));
        }
    }

    private static RepairReport repair(Quarry quarry) throws IOException {
        return quarry.maintenance()
                .repair(
                        new RepairRequest(List.of(), List.of(), ReferenceGate.deny()),
                        ProgressListener.none(),
                        new CancelToken());
    }

    private Path base(Quarry quarry, String name) throws IOException {
        String snapshot = String.valueOf(StoreFixture.image(quarry, name).rootSnapshotId());
        return store.resolve("bases").resolve(quarry.catalog().snapshot(snapshot).root() + ".raw");
    }

    private static String volumeOn(Quarry quarry, Path base) throws IOException {
        return quarry.catalog().volumes().stream()
                .filter(volume -> base.toString().equals(volume.file().basePath()))
                .findFirst()
                .orElseThrow()
                .id();
    }

    /** Verified where it is now, an overlay looks for its base where the store was. */
    @Test
    void aStoreThatWasMovedSaysWhatItsOverlaysMiss() throws IOException {
        try (Quarry quarry = open()) {
            launch(quarry, "first");
        }
        Path moved = folder.resolve("moved");
        Files.move(store, moved);
        try (Quarry quarry = Quarry.open(moved)) {
            VerifyReport report = StoreFixture.verify(quarry);
            assertEquals(1, report.findingCount(), report.toString());
            String reason = report.findings().getFirst().reason();
            assertTrue(reason.contains("the store was at another place"), reason);
        }
    }

    /** A volume that cannot be read may stand on any base. */
    @Test
    void aDamagedVolumeKeepsAllBases() throws IOException {
        try (Quarry quarry = open()) {
            launch(quarry, "first");
            quarry.terminate(quarry.catalog().launches().getFirst().id());
            launch(quarry, "second");
            Path volume = StoreFixture.files(store.resolve("volumes")).getFirst();
            byte[] good = Files.readAllBytes(volume);
            byte[] bad = good.clone();
            bad[bad.length / 2] ^= 1;
            Files.write(volume, bad);
            assertEquals(0, quarry.maintenance().collect(new CancelToken()).deletedBases());
            Files.write(volume, good);
            assertEquals(1, quarry.maintenance().collect(new CancelToken()).deletedBases());
            expectBase("second");
        }
    }
}

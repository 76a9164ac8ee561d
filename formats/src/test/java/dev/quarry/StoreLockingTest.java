package dev.quarry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.store.BlobWriter;
import dev.quarry.store.LeaseTiming;
import dev.quarry.store.LocalBlobStore;
import dev.quarry.store.StoreProperties;
import dev.quarry.volume.LaunchRequest;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Two processes at work on one store: a test for each cell of the table in {@code locking.md}. One
 * of them is held at a place where it matters, and the other does its work meanwhile.
 */
final class StoreLockingTest {

    /** Nobody is taken for dead within ten seconds, however slow the machine is. */
    private static final LeaseTiming PATIENT = new LeaseTiming(100, 100, 100);

    private static @Nullable StoreProcess first;
    private static @Nullable StoreProcess second;

    private StoreProcess a;
    private StoreProcess b;

    @TempDir Path folder;

    private StoreFixture fixture;
    private Path store;

    StoreLockingTest() {}

    @AfterAll
    static void endProcesses() {
        StoreProcess.end(first);
        StoreProcess.end(second);
    }

    /** The pack of {@code first} has what all disks share. */
    @BeforeEach
    void makeStore() throws IOException {
        a = StoreProcess.idle(first, PATIENT);
        first = a;
        b = StoreProcess.idle(second, PATIENT);
        second = b;
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

    /** What is there now, before and after a collection, and nothing is damaged. */
    private void assertHolds(String... names) throws IOException {
        try (Quarry quarry = open()) {
            StoreFixture.assertSound(quarry);
            assertEquals(Set.of(names), fixture.held(quarry));
            StoreFixture.collect(quarry);
        }
        try (Quarry quarry = open()) {
            StoreFixture.assertSound(quarry);
            assertEquals(Set.of(names), fixture.held(quarry));
        }
        assertEquals(List.of(), StoreFixture.files(store.resolve("leases")));
    }

    private void assertLaunched(String name, Path vm) throws IOException {
        List<Path> volumes =
                StoreFixture.files(vm).stream()
                        .filter(file -> !file.endsWith("launch.json"))
                        .toList();
        assertEquals(1, volumes.size(), volumes.toString());
        assertArrayEquals(fixture.disk(name), Files.readAllBytes(volumes.getFirst()));
    }

    private void delete(String name) throws IOException {
        try (Quarry quarry = open()) {
            StoreFixture.delete(quarry, name);
        }
    }

    /** Another image, of which some bytes are damaged then. */
    private void importDamaged() throws IOException {
        List<Path> before = packs();
        try (Quarry quarry = open()) {
            fixture.importDisk(quarry, "damaged");
        }
        List<Path> more = packs().stream().filter(pack -> !before.contains(pack)).toList();
        assertEquals(1, more.size());
        byte[] bytes = Files.readAllBytes(more.getFirst());
        bytes[bytes.length / 2] ^= 1;
        Files.write(more.getFirst(), bytes);
    }

    private List<Path> packs() throws IOException {
        try (Stream<Path> files = Files.walk(store.resolve("packs"))) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private long packBytes() throws IOException {
        long bytes = 0;
        for (Path pack : packs()) {
            bytes += Files.size(pack);
        }
        return bytes;
    }

    /** Closing a file gives up the locks that the process has on it, the store's own ones, too. */
    @Test
    void aProcessThatHasAStoreTwiceKeepsItsTemporaryFiles() throws Exception {
        try (LocalBlobStore one = new LocalBlobStore(store);
                LocalBlobStore other = new LocalBlobStore(store);
                BlobWriter writing = one.newBlob()) {
            writing.write(0, MemorySegment.ofArray(new byte[1]));
            try (BlobWriter _ = other.newBlob()) {
                a.succeed("import", store, fixture.file("third"), "third");
            }
            writing.seal();
            writing.publish("quarantine/x.pack");
            other.delete("quarantine/x.pack");
        }
        assertHolds("first", "second", "third");
    }

    @Test
    void importBesideImport() throws Exception {
        a.beginAndPause(
                "before-publish", "packs/", 1, "import", store, fixture.file("third"), "third");
        b.succeed("import", store, fixture.file("twin"), "twin");
        long once = packBytes();
        a.finish();
        assertTrue(packBytes() > once + 200_000, "nothing is there twice");
        assertHolds("first", "second", "third", "twin");
        assertTrue(packBytes() < once + 10_000, "something is still there twice");
    }

    @Test
    void importBesideLaunch() throws Exception {
        a.beginAndPause(
                "before-create", "snapshots/", 1, "import", store, fixture.file("third"), "third");
        b.succeed("launch", store, "second", folder.resolve("vm1"));
        a.finish();
        a.beginAndPause(
                "before-open", "packs/", 1, "launch", store, "second", folder.resolve("vm2"));
        b.succeed("import", store, fixture.file("fourth"), "fourth");
        a.finish();
        assertLaunched("second", folder.resolve("vm1"));
        assertLaunched("second", folder.resolve("vm2"));
        assertHolds("first", "second", "third", "fourth");
    }

    /** The content of the new image is the one that is deleted. */
    @Test
    void importBesideDelete() throws Exception {
        Path file = fixture.file("fresh");
        a.beginAndPause("before-create", "snapshots/", 1, "import", store, file, "fresh");
        b.succeed("delete", store, "first");
        a.finish();
        b.beginAndPause("before-replace", "snapshots/", 2, "delete", store, "second");
        a.succeed("import", store, fixture.file("hidden"), "hidden");
        b.finish();
        assertHolds("fresh", "hidden");
    }

    /** The new image refers to garbage. */
    @Test
    void importBesideCollection() throws Exception {
        delete("first");
        Path file = fixture.file("fresh");
        a.beginAndPause("before-create", "snapshots/", 1, "import", store, file, "fresh");
        b.begin("gc", store);
        b.assertWaits();
        a.finish();
        b.awaitDone();
        assertHolds("second", "fresh");
    }

    /** The collection has decided before the import begins. */
    @Test
    void importBehindACondemnation() throws Exception {
        delete("first");
        a.beginAndPause("after-create", "gc/state.json", 1, "gc", store);
        b.succeed("import", store, fixture.file("fresh"), "fresh");
        a.finish();
        assertHolds("second", "fresh");
    }

    @Test
    void importBesideVerification() throws Exception {
        a.beginAndPause("before-list", "packs/", 1, "verify", store);
        b.succeed("import", store, fixture.file("third"), "third");
        a.resume();
        assertEquals("done sound", a.hear());
        b.beginAndPause(
                "before-create", "snapshots/", 1, "import", store, fixture.file("other"), "other");
        assertEquals("done sound", a.run("verify", store));
        b.finish();
        assertHolds("first", "second", "third", "other");
    }

    @Test
    void importBesideRepair() throws Exception {
        importDamaged();
        a.beginAndPause(
                "before-create", "snapshots/", 1, "import", store, fixture.file("third"), "third");
        b.begin("repair", store);
        b.assertWaits();
        a.finish();
        assertEquals("done mended", b.hear());
        importDamagedAnew();
        b.beginAndPause("before-replace", "gc/state.json", 1, "repair", store);
        a.succeed("import", store, fixture.file("other"), "other");
        b.resume();
        assertEquals("done mended", b.hear());
        delete("damaged");
        assertHolds("first", "second", "third", "other");
    }

    private void importDamagedAnew() throws IOException {
        delete("damaged");
        try (Quarry quarry = open()) {
            StoreFixture.collect(quarry);
        }
        importDamaged();
    }

    @Test
    void transferBesideCollection() throws Exception {
        Path source = folder.resolve("source");
        try (Quarry quarry = Quarry.create(source, StoreProperties.DEFAULT)) {
            fixture.importDisk(quarry, "fresh");
        }
        delete("first");
        a.beginAndPause("before-create", "snapshots/", 1, "transfer", source, store, "fresh");
        b.begin("gc", store);
        b.assertWaits();
        a.finish();
        b.awaitDone();
        try (Quarry quarry = open()) {
            StoreFixture.assertSound(quarry);
            Path vm = folder.resolve("vm");
            quarry.launch(
                    LaunchRequest.of(StoreFixture.image(quarry, "fresh").id(), vm),
                    ProgressListener.none(),
                    new CancelToken());
            assertLaunched("fresh", vm);
        }
    }

    @Test
    void launchBesideLaunch() throws Exception {
        a.beginAndPause(
                "before-open", "packs/", 1, "launch", store, "second", folder.resolve("vm1"));
        b.succeed("launch", store, "second", folder.resolve("vm2"));
        a.finish();
        assertLaunched("second", folder.resolve("vm1"));
        assertLaunched("second", folder.resolve("vm2"));
    }

    @Test
    void launchBesideDelete() throws Exception {
        Path vm = folder.resolve("vm");
        a.beginAndPause("before-open", "packs/", 1, "launch", store, "second", vm);
        b.succeed("delete", store, "second");
        b.begin("gc", store);
        b.assertWaits();
        a.finish();
        b.awaitDone();
        assertLaunched("second", vm);
        b.beginAndPause("before-replace", "snapshots/", 2, "delete", store, "first");
        String late = a.run("launch", store, "first", folder.resolve("late"));
        assertTrue(late.startsWith("failed"), late);
        b.finish();
        assertHolds();
    }

    /** The collection rewrites what is launched. */
    @Test
    void launchBesideCollection() throws Exception {
        delete("first");
        a.beginAndPause(
                "before-open", "packs/", 1, "launch", store, "second", folder.resolve("vm1"));
        b.begin("gc", store);
        b.assertWaits();
        a.finish();
        b.awaitDone();
        delete("second");
        try (Quarry quarry = open()) {
            fixture.importDisk(quarry, "hidden");
        }
        b.beginAndPause("before-delete", "packs/", 1, "gc", store);
        a.succeed("launch", store, "hidden", folder.resolve("vm2"));
        b.finish();
        assertLaunched("second", folder.resolve("vm1"));
        assertLaunched("hidden", folder.resolve("vm2"));
        assertHolds("hidden");
    }

    @Test
    void launchBesideVerification() throws Exception {
        a.beginAndPause("before-list", "packs/", 1, "verify", store);
        b.succeed("launch", store, "second", folder.resolve("vm1"));
        a.resume();
        assertEquals("done sound", a.hear());
        b.beginAndPause(
                "before-open", "packs/", 1, "launch", store, "second", folder.resolve("vm2"));
        assertEquals("done sound", a.run("verify", store));
        b.finish();
        assertLaunched("second", folder.resolve("vm1"));
        assertLaunched("second", folder.resolve("vm2"));
    }

    @Test
    void launchBesideRepair() throws Exception {
        importDamaged();
        a.beginAndPause(
                "before-open", "packs/", 1, "launch", store, "second", folder.resolve("vm"));
        b.begin("repair", store);
        b.assertWaits();
        a.finish();
        assertEquals("done mended", b.hear());
        assertLaunched("second", folder.resolve("vm"));
        delete("damaged");
        assertHolds("first", "second");
    }

    @Test
    void deleteBesideDelete() throws Exception {
        a.beginAndPause("before-replace", "images/", 1, "delete", store, "second");
        b.succeed("delete", store, "second");
        a.resume();
        String late = a.hear();
        assertTrue(late.startsWith("failed INVALID_AMI_ID_NOT_FOUND"), late);
        a.beginAndPause("before-replace", "snapshots/", 1, "delete", store, "first");
        b.succeed("delete", store, "first");
        a.resume();
        late = a.hear();
        assertTrue(late.startsWith("failed INVALID_SNAPSHOT_NOT_FOUND"), late);
        assertHolds();
    }

    @Test
    void deleteBesideCollection() throws Exception {
        a.beginAndPause("before-replace", "snapshots/", 2, "delete", store, "first");
        b.succeed("gc", store);
        a.finish();
        b.beginAndPause("before-publish", "packs/", 1, "gc", store);
        a.succeed("import", store, fixture.file("third"), "third");
        a.succeed("delete", store, "second");
        b.finish();
        assertHolds("third");
    }

    @Test
    void deleteBesideVerification() throws Exception {
        a.beginAndPause("before-list", "packs/", 1, "verify", store);
        b.succeed("delete", store, "second");
        a.resume();
        assertEquals("done sound", a.hear());
        b.beginAndPause("before-replace", "snapshots/", 2, "delete", store, "first");
        assertEquals("done sound", a.run("verify", store));
        b.finish();
        assertHolds();
    }

    @Test
    void deleteBesideRepair() throws Exception {
        importDamaged();
        a.beginAndPause("before-replace", "snapshots/", 2, "delete", store, "first");
        assertEquals("done mended", b.run("repair", store));
        a.finish();
        importDamagedAnew();
        b.beginAndPause("before-replace", "gc/state.json", 1, "repair", store);
        a.succeed("delete", store, "damaged");
        b.resume();
        assertEquals("done mended", b.hear());
        assertHolds("second");
    }

    @Test
    void collectionBesideCollection() throws Exception {
        delete("first");
        a.beginAndPause("before-publish", "packs/", 1, "gc", store);
        String other = b.run("gc", store);
        assertTrue(other.startsWith("failed BUSY"), other);
        a.finish();
        b.succeed("gc", store);
        assertHolds("second");
    }

    @Test
    void collectionBesideVerification() throws Exception {
        delete("first");
        a.beginAndPause("before-open", "packs/", 1, "verify", store);
        b.begin("gc", store);
        b.assertWaits();
        a.resume();
        assertEquals("done sound", a.hear());
        b.awaitDone();
        delete("second");
        b.beginAndPause("before-delete", "packs/", 1, "gc", store);
        assertEquals("done sound", a.run("verify", store));
        b.finish();
        assertHolds();
    }

    @Test
    void collectionBesideRepair() throws Exception {
        importDamaged();
        delete("first");
        a.beginAndPause("before-publish", "packs/", 1, "gc", store);
        String repair = b.run("repair", store);
        assertTrue(repair.startsWith("failed BUSY"), repair);
        a.finish();
        b.beginAndPause("before-replace", "gc/state.json", 1, "repair", store);
        String collection = a.run("gc", store);
        assertTrue(collection.startsWith("failed BUSY"), collection);
        b.resume();
        assertEquals("done mended", b.hear());
        delete("damaged");
        assertHolds("second");
    }

    /** What the collection would delete is what the repair is about to look at. */
    @Test
    void collectionBesideTheLookOfARepair() throws Exception {
        importDamaged();
        delete("first");
        b.beginAndPause("before-open", "packs/", 1, "repair", store);
        String collection = a.run("gc", store);
        assertTrue(collection.startsWith("failed BUSY"), collection);
        b.resume();
        assertEquals("done mended", b.hear());
        delete("damaged");
        assertHolds("second");
    }

    @Test
    void verificationBesideVerification() throws Exception {
        a.beginAndPause("before-open", "packs/", 1, "verify", store);
        assertEquals("done sound", b.run("verify", store));
        a.resume();
        assertEquals("done sound", a.hear());
    }

    /** It reports the damage, or what is lost by it, and nothing else. */
    @Test
    void verificationBesideRepair() throws Exception {
        importDamaged();
        a.beginAndPause("before-open", "packs/", 1, "verify", store);
        b.begin("repair", store);
        b.assertWaits();
        a.resume();
        String report = a.hear();
        assertTrue(report.contains("findingCount=1,"), report);
        assertEquals("done mended", b.hear());
        importDamagedAnew();
        b.beginAndPause("before-delete", "packs/", 1, "repair", store);
        report = a.run("verify", store);
        assertTrue(report.contains("losses=[Loss["), report);
        b.resume();
        assertEquals("done mended", b.hear());
        delete("damaged");
        assertHolds("first", "second");
    }

    @Test
    void repairBesideRepair() throws Exception {
        importDamaged();
        a.beginAndPause("before-replace", "gc/state.json", 1, "repair", store);
        String other = b.run("repair", store);
        assertTrue(other.startsWith("failed BUSY"), other);
        a.resume();
        assertEquals("done mended", a.hear());
        delete("damaged");
        assertHolds("first", "second");
    }
}

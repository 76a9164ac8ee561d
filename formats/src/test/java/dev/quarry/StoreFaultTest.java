package dev.quarry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.catalog.model.ImageState;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotState;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.store.BlobStore;
import dev.quarry.store.LeaseTiming;
import dev.quarry.store.LocalBlobStore;
import dev.quarry.store.StoreProperties;
import dev.quarry.testdata.Replay;
import dev.quarry.testdata.fault.Fate;
import dev.quarry.testdata.fault.FaultFileSystem;
import dev.quarry.testdata.fault.Journal;
import dev.quarry.volume.LaunchRequest;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * Whatever a power cut, a kill or a failing call leaves of a store: it opens, it is sound, it has
 * what was committed, and what was interrupted can be done again.
 *
 * <p>Takes a sample of the moments; with {@code -Dquarry.faults=all} every one.
 */
final class StoreFaultTest {

    private static final boolean IS_EXHAUSTIVE = "all".equals(System.getProperty("quarry.faults"));
    private static final int MOMENTS = 4;
    private static final LeaseTiming FAST = new LeaseTiming(6, 3, 4);

    @TempDir Path folder;

    private StoreFixture fixture;
    private int folders;

    /** Whether what failed stays, to be gone on with. */
    private boolean goesOn;

    StoreFaultTest() {}

    /** What is done to the store in {@code DIR/store}, with other files in {@code DIR}. */
    @FunctionalInterface
    private interface Action {
        void run(Path dir, Quarry quarry) throws IOException;
    }

    @BeforeEach
    void prepare() {
        fixture = new StoreFixture(folder);
    }

    private Path newFolder() throws IOException {
        return Files.createDirectory(folder.resolve("" + folders++));
    }

    private static Quarry open(Path dir) throws IOException {
        Path store = dir.resolve("store");
        BlobStore blobs = new LocalBlobStore(store);
        return Quarry.open(
                store,
                store.getFileSystem().equals(FileSystems.getDefault())
                        ? blobs
                        : new HolesAsZeros(blobs, store),
                null,
                null,
                FAST);
    }

    private static void launch(Path dir, Quarry quarry) throws IOException {
        quarry.launch(
                LaunchRequest.of(StoreFixture.image(quarry, "first").id(), dir.resolve("vm")),
                ProgressListener.none(),
                new CancelToken());
    }

    /** A store with two images. */
    private Path start() throws IOException {
        Path dir = newFolder();
        try (Quarry quarry = Quarry.create(dir.resolve("store"), StoreProperties.DEFAULT)) {
            fixture.importDisk(quarry, "first");
            fixture.importDisk(quarry, "second");
        }
        return dir;
    }

    @Test
    void anImportIsThereOrNot() throws IOException {
        tryAll(
                start(),
                Set.of("first", "second"),
                Set.of("first", "second", "third"),
                (dir, quarry) -> {
                    if (!StoreFixture.hasImage(quarry, "third")) {
                        StoreFixture.delete(quarry, "third");
                        fixture.importDisk(quarry, "third");
                    }
                });
    }

    @Test
    void aDeletionIsDoneOrNot() throws IOException {
        tryAll(
                start(),
                Set.of("first"),
                Set.of("first"),
                (dir, quarry) -> StoreFixture.delete(quarry, "second"));
    }

    @Test
    void aCollectionTakesNothingThatIsNeeded() throws IOException {
        Path dir = start();
        try (Quarry quarry = open(dir)) {
            StoreFixture.delete(quarry, "first");
        }
        tryAll(
                dir,
                Set.of("second"),
                Set.of("second"),
                (there, quarry) -> StoreFixture.collect(quarry));
    }

    /** What it takes out of a pack is a half of which the other half is needed. */
    @Test
    void aCollectionThatTrimsTakesNothingThatIsNeeded() throws IOException {
        Path dir = newFolder();
        String half = StoreFixture.LARGE + "-half";
        try (Quarry quarry = Quarry.create(dir.resolve("store"), StoreProperties.DEFAULT)) {
            fixture.importDisk(quarry, StoreFixture.LARGE);
            fixture.importDisk(quarry, half);
            StoreFixture.delete(quarry, StoreFixture.LARGE);
            assertEquals(1, quarry.maintenance().collectDry().trimmedPacks());
        }
        tryAll(dir, Set.of(half), Set.of(half), (there, quarry) -> StoreFixture.collect(quarry));
    }

    @Test
    void aLaunchIsCompleteOrNotRecorded() throws IOException {
        tryAll(
                start(),
                Set.of("first", "second"),
                Set.of("first", "second"),
                (dir, quarry) -> {
                    try {
                        launch(dir, quarry);
                    } catch (FileAlreadyExistsException e) {
                        // A part of the launch that was cut off; its owner chooses another folder.
                        assertTrue(Files.exists(dir.resolve("vm")));
                    }
                });
    }

    @Test
    void anImageOfALaunchIsThereOrNot() throws IOException {
        Path start = start();
        String launch;
        try (Quarry quarry = open(start)) {
            launch(start, quarry);
            launch = quarry.catalog().launches().getFirst().id();
        }
        tryAll(
                start,
                Set.of("first", "second"),
                Set.of("first", "second", "created"),
                (dir, quarry) -> {
                    if (!StoreFixture.hasImage(quarry, "created")) {
                        StoreFixture.delete(quarry, "created");
                        quarry.createImage(
                                CreateImageRequest.of(launch, "created"),
                                ProgressListener.none(),
                                new CancelToken());
                    }
                });
    }

    @Test
    void aCopyIsThereOrNot() throws IOException {
        tryAll(
                start(),
                Set.of("first", "second"),
                Set.of("first", "second", "copied"),
                (dir, quarry) -> {
                    if (!StoreFixture.hasImage(quarry, "copied")) {
                        StoreFixture.delete(quarry, "copied");
                        copy(quarry, null);
                    }
                });
    }

    /** What was cut off goes on by its client token. */
    @Test
    void aCopyGoesOn() throws IOException {
        goesOn = true;
        tryAll(
                start(),
                Set.of("first", "second"),
                Set.of("first", "second", "copied"),
                (dir, quarry) -> copy(quarry, "token"));
    }

    private static void copy(Quarry quarry, @Nullable String token) throws IOException {
        quarry.copyImage(
                CopyImageRequest.of(StoreFixture.image(quarry, "second").id(), "copied")
                        .withClientToken(token),
                ProgressListener.none(),
                new CancelToken());
    }

    @Test
    void aTransferGoesOn() throws IOException {
        goesOn = true;
        Path source = start();
        Path dir = newFolder();
        try (Quarry quarry = Quarry.create(dir.resolve("store"), StoreProperties.DEFAULT)) {
            fixture.importDisk(quarry, "first");
        }
        tryAll(
                dir,
                Set.of("first"),
                Set.of("first", "copied"),
                (there, quarry) -> {
                    try (Quarry from = open(source)) {
                        from.transfer(
                                StoreFixture.image(from, "second").id(),
                                quarry,
                                null,
                                ProgressListener.none(),
                                new CancelToken());
                    }
                });
    }

    /** A store that is being made is there, or can be made. */
    @Test
    void aNewStoreIsThereOrNot() throws IOException {
        FaultFileSystem faulty = FaultFileSystem.over(newFolder());
        openOrCreate(faulty.root()).close();
        int length = faulty.journal().length();
        int calls = faulty.journal().calls();
        assertTrue(length > 3 && calls > 3, length + " events, " + calls + " calls");
        Replay.seeds(
                1,
                random -> {
                    for (int moment = 0; moment <= length; moment++) {
                        for (Fate fate : List.of(Fate.kept(), Fate.lost(), Fate.any(random))) {
                            Path left = newFolder();
                            faulty.journal().replay(moment, fate, left);
                            assertUsable(left, "event " + moment + " of " + length);
                        }
                    }
                    for (int call = 1; call <= calls; call++) {
                        for (Journal.Failure failure : Journal.Failure.values()) {
                            Path left = newFolder();
                            FaultFileSystem failing = FaultFileSystem.over(left);
                            failing.journal().fail(call, failure, random.nextBoolean());
                            try (Quarry quarry = openOrCreate(failing.root())) {
                                assertEquals(List.of(), quarry.catalog().images());
                            } catch (IOException e) {
                                assertTrue(e.getMessage() != null, e.toString());
                            }
                            assertUsable(left, failure + " at call " + call + " of " + calls);
                        }
                    }
                });
    }

    private static Quarry openOrCreate(Path dir) throws IOException {
        Path store = dir.resolve("store");
        boolean isThere = Files.exists(store.resolve("quarry-store.json"));
        return Quarry.open(
                store,
                new LocalBlobStore(store),
                isThere ? null : StoreProperties.DEFAULT,
                null,
                FAST);
    }

    private void assertUsable(Path dir, String when) throws IOException {
        try (Quarry quarry = openOrCreate(dir)) {
            fixture.importDisk(quarry, "first");
            assertEquals(Set.of("first"), fixture.held(quarry), when);
            StoreFixture.assertSound(quarry);
        } catch (IOException e) {
            throw new AssertionError("after " + when, e);
        }
        StoreFixture.deleteTree(dir);
    }

    /**
     * Does something, lets the power go and calls fail at many moments, and looks at what is left.
     *
     * @param certain disks that are there all the time
     * @param after disks that are there when it was done again
     */
    private void tryAll(Path start, Set<String> certain, Set<String> after, Action action)
            throws IOException {
        Path dir = newFolder();
        StoreFixture.copyTree(start, dir);
        FaultFileSystem faulty = FaultFileSystem.over(dir);
        try (Quarry quarry = open(faulty.root())) {
            action.run(faulty.root(), quarry);
        }
        int length = faulty.journal().length();
        assertTrue(length > 10, length + " events");
        Replay.seeds(
                IS_EXHAUSTIVE ? 3 : 1,
                random -> {
                    List<Integer> some = new ArrayList<>(moments(length, random));
                    // Behind the last event everything that was done must have become durable.
                    some.add(length);
                    for (int moment : some) {
                        for (Fate fate :
                                List.of(
                                        Fate.kept(),
                                        Fate.lost(),
                                        Fate.zeroed(),
                                        Fate.any(random))) {
                            Path left = newFolder();
                            faulty.journal().replay(moment, fate, left);
                            check(
                                    left,
                                    certain,
                                    after,
                                    moment == length,
                                    action,
                                    "event "
                                            + moment
                                            + " of "
                                            + length
                                            + ": "
                                            + faulty.journal().describe(moment - 1)
                                            + ", "
                                            + fate);
                        }
                    }
                });
        failCalls(start, certain, after, action);
    }

    private void failCalls(Path start, Set<String> certain, Set<String> after, Action action)
            throws IOException {
        int calls =
                failCall(start, Integer.MAX_VALUE, Journal.Failure.NO_SPACE, true, action).calls;
        Set<String> before;
        try (Quarry quarry = open(start)) {
            before = fixture.held(quarry);
        }
        Replay.seeds(
                1,
                random -> {
                    for (int call : moments(calls, random)) {
                        for (Journal.Failure failure : Journal.Failure.values()) {
                            boolean once = random.nextBoolean();
                            Failed failed = failCall(start, call + 1, failure, once, action);
                            if (once) {
                                assertNothingPending(failed, before, after);
                            }
                            check(
                                    failed.dir,
                                    certain,
                                    after,
                                    failed.isDone,
                                    action,
                                    failure + " at call " + (call + 1) + " of " + calls);
                        }
                    }
                });
    }

    /** What a failing call left, and whether the action was done nevertheless. */
    private record Failed(Path dir, int calls, boolean isDone) {}

    private Failed failCall(
            Path start, int call, Journal.Failure failure, boolean once, Action action)
            throws IOException {
        Path dir = newFolder();
        StoreFixture.copyTree(start, dir);
        FaultFileSystem faulty = FaultFileSystem.over(dir);
        faulty.journal().fail(call, failure, once);
        boolean isDone = false;
        try (Quarry quarry = open(faulty.root())) {
            action.run(faulty.root(), quarry);
            isDone = true;
        } catch (IOException e) {
            // Anything else than one error with words is a fault of the code.
            assertTrue(e.getMessage() != null && !e.getMessage().isEmpty(), e.toString());
        }
        return new Failed(dir, faulty.journal().calls(), isDone);
    }

    /**
     * What failed once left everything as it was, or can be gone on with; it leaves nothing that
     * has to be waited for.
     */
    private void assertNothingPending(Failed failed, Set<String> before, Set<String> after)
            throws IOException {
        try (Quarry quarry = open(failed.dir)) {
            for (MachineImage image : quarry.catalog().images()) {
                assertTrue(
                        image.state() == ImageState.AVAILABLE || image.stateReason() == null,
                        image.toString());
            }
            for (Snapshot snapshot : quarry.catalog().snapshots()) {
                assertTrue(snapshot.state() != SnapshotState.PENDING, snapshot.toString());
            }
            Set<String> held = fixture.held(quarry);
            if (failed.isDone) {
                assertEquals(after, held);
            } else if (after.containsAll(before) && !goesOn) {
                assertEquals(before, held);
            }
        }
    }

    private static List<Integer> moments(int count, RandomGenerator random) {
        if (IS_EXHAUSTIVE || count <= MOMENTS) {
            return Stream.iterate(0, i -> i + 1).limit(count).toList();
        }
        Set<Integer> some = new TreeSet<>();
        while (some.size() < MOMENTS) {
            some.add(random.nextInt(count));
        }
        return List.copyOf(some);
    }

    private void check(
            Path dir,
            Set<String> certain,
            Set<String> after,
            boolean isDone,
            Action action,
            String when)
            throws IOException {
        try {
            try (Quarry quarry = open(dir)) {
                StoreFixture.assertSound(quarry);
                assertTrue(fixture.held(quarry).containsAll(certain), "lost some of " + certain);
                if (isDone) {
                    assertEquals(after, fixture.held(quarry), "it was done");
                }
                assertLaunched(dir, quarry);
                action.run(dir, quarry);
                assertEquals(after, fixture.held(quarry));
                StoreFixture.collect(quarry);
                StoreFixture.assertSound(quarry);
                assertEquals(after, fixture.held(quarry));
            }
            assertEquals(
                    List.of(),
                    StoreFixture.files(dir.resolve("store/leases")),
                    "leases that nobody ends");
        } catch (IOException | RuntimeException | AssertionError e) {
            throw new AssertionError("after " + when + ": " + e, e);
        }
        StoreFixture.deleteTree(dir);
    }

    /** A launch that is recorded, and a folder that is described, have their disk. */
    private void assertLaunched(Path dir, Quarry quarry) throws IOException {
        boolean isDescribed = Files.exists(dir.resolve("vm/launch.json"));
        if (!quarry.catalog().launches().isEmpty()) {
            assertTrue(isDescribed, "a launch is recorded whose folder is not complete");
        }
        if (isDescribed) {
            List<Path> volumes =
                    StoreFixture.files(dir.resolve("vm")).stream()
                            .filter(file -> !file.endsWith("launch.json"))
                            // What was being written has a name of its own until it is whole.
                            .filter(file -> !file.toString().endsWith(".tmp"))
                            .toList();
            assertEquals(1, volumes.size(), volumes.toString());
            assertArrayEquals(fixture.disk("first"), Files.readAllBytes(volumes.getFirst()));
        }
    }
}

package dev.quarry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * A process is stopped by SIGSTOP at a place where it matters, for longer than its lease lives,
 * while others collect the store, and is continued then: what it does either is complete, or is
 * refused, and nothing that others or it refer to is gone.
 */
final class StoppedProcessTest {

    /** Whoever does not move for six tenths of a second is dead. */
    private static final LeaseTiming SHORT = new LeaseTiming(20, 20, 30);

    private static @Nullable StoreProcess last;

    private StoreProcess process;

    @TempDir Path folder;

    private StoreFixture fixture;
    private Path start;
    private Path store;
    private int stores;

    StoppedProcessTest() {}

    @AfterAll
    static void endProcess() {
        StoreProcess.end(last);
    }

    /** What only the first disk had is garbage, and in one pack with what the second needs. */
    @BeforeEach
    void makeStore() throws IOException {
        process = StoreProcess.idle(last, SHORT);
        last = process;
        fixture = new StoreFixture(folder);
        start = folder.resolve("start");
        store = start;
        try (Quarry quarry = Quarry.create(start, StoreProperties.DEFAULT)) {
            fixture.importDisk(quarry, "first");
            fixture.importDisk(quarry, "second");
            StoreFixture.delete(quarry, "first");
        }
    }

    private void newStore() throws IOException {
        store = folder.resolve("store" + stores++);
        StoreFixture.copyTree(start, store);
    }

    private Quarry open() throws IOException {
        return Quarry.open(store, new LocalBlobStore(store), null, null, SHORT);
    }

    private void collect() throws IOException {
        try (Quarry quarry = open()) {
            StoreFixture.collect(quarry);
        }
    }

    private void importDisk(String name) throws IOException {
        try (Quarry quarry = open()) {
            fixture.importDisk(quarry, name);
        }
    }

    private void assertHolds(Set<String> names) throws IOException {
        for (int round = 0; round < 2; round++) {
            try (Quarry quarry = open()) {
                StoreFixture.assertSound(quarry);
                assertEquals(names, fixture.held(quarry));
                StoreFixture.collect(quarry);
            }
        }
        assertEquals(List.of(), StoreFixture.files(store.resolve("leases")));
    }

    /** The operation that pauses is stopped, something is done, and it goes on. */
    private String stopWhile(Work work) throws IOException {
        process.stop(store);
        try {
            work.run();
            process.resume();
        } finally {
            process.proceed();
        }
        return process.hear();
    }

    @FunctionalInterface
    private interface Work {
        void run() throws IOException;
    }

    /** All that the new image has is garbage, which is collected meanwhile. */
    @Test
    void anImportIsCompleteOrRefused() throws Exception {
        for (String place :
                List.of(
                        "before-publish packs/",
                        "after-publish packs/",
                        "before-publish index/",
                        "before-create snapshots/",
                        "after-create snapshots/",
                        "before-replace snapshots/",
                        "after-replace snapshots/",
                        "before-create images/",
                        "after-create images/",
                        "before-create names/",
                        "before-replace images/",
                        "after-replace images/")) {
            newStore();
            String[] where = place.split(" ", -1);
            // Something of its own, too: else it has no pack to publish.
            boolean hasOwn = place.contains("publish");
            String name = hasOwn ? "own" : "fresh";
            process.beginAndPause(where[0], where[1], 1, "import", store, fixture.file(name), name);
            String answer =
                    stopWhile(() -> {
                        collect();
                        collect();
                    });
            boolean isDone = answer.startsWith("done");
            assertTrue(isDone || answer.startsWith("failed EXPIRED"), place + ": " + answer);
            assertHolds(isDone ? Set.of("second", name) : Set.of("second"));
            try (Quarry quarry = open()) {
                assertEquals(isDone, StoreFixture.hasImage(quarry, name), place);
            }
            if (!isDone) {
                importDisk(name);
                assertHolds(Set.of("second", name));
            }
        }
    }

    /** What it finds in its target is garbage, which is collected meanwhile. */
    @Test
    void aTransferIsCompleteOrRefused() throws Exception {
        Path source = folder.resolve("source");
        try (Quarry quarry = Quarry.create(source, StoreProperties.DEFAULT)) {
            fixture.importDisk(quarry, "fresh");
        }
        for (String place :
                List.of(
                        "before-create snapshots/",
                        "after-create snapshots/",
                        "before-replace snapshots/",
                        "before-create images/")) {
            newStore();
            String[] where = place.split(" ", -1);
            process.beginAndPause(where[0], where[1], 1, "transfer", source, store, "fresh");
            String answer =
                    stopWhile(() -> {
                        collect();
                        collect();
                    });
            boolean isDone = answer.startsWith("done");
            assertTrue(isDone || answer.startsWith("failed EXPIRED"), place + ": " + answer);
            assertHolds(isDone ? Set.of("second", "fresh") : Set.of("second"));
        }
    }

    /** What it reads is moved into another pack meanwhile, and its snapshot is deleted. */
    @Test
    void aLaunchIsCompleteOrRefused() throws Exception {
        for (String place :
                List.of(
                        "before-open packs/",
                        "before-create launches/",
                        "before-create volumes/")) {
            for (boolean isDeleted : new boolean[] {false, true}) {
                newStore();
                String[] where = place.split(" ", -1);
                Path vm = folder.resolve("vm" + stores);
                process.beginAndPause(where[0], where[1], 1, "launch", store, "second", vm);
                String answer =
                        stopWhile(() -> {
                            if (isDeleted) {
                                try (Quarry quarry = open()) {
                                    StoreFixture.delete(quarry, "second");
                                }
                            }
                            collect();
                            collect();
                        });
                if (answer.startsWith("done")) {
                    List<Path> disks =
                            StoreFixture.files(vm).stream()
                                    .filter(file -> !file.endsWith("launch.json"))
                                    .toList();
                    assertEquals(1, disks.size(), place);
                    assertArrayEquals(
                            fixture.disk("second"), Files.readAllBytes(disks.getFirst()), place);
                } else {
                    assertTrue(answer.startsWith("failed EXPIRED"), place + ": " + answer);
                    assertFalse(Files.exists(vm), place);
                    try (Quarry quarry = open()) {
                        assertEquals(List.of(), quarry.catalog().launches(), place);
                    }
                }
                assertHolds(isDeleted ? Set.of() : Set.of("second"));
            }
        }
    }

    /** Another collection goes on meanwhile, and new images refer to what it leaves. */
    @Test
    void aCollectionTakesNothingThatIsNeeded() throws Exception {
        for (String place :
                List.of(
                        "after-create gc/state.json",
                        "before-open packs/",
                        "before-publish packs/",
                        "after-publish packs/",
                        "before-replace gc/state.json",
                        "after-replace gc/state.json",
                        "before-delete packs/",
                        "after-delete packs/",
                        "before-delete index/")) {
            newStore();
            String[] where = place.split(" ", -1);
            process.beginAndPause(where[0], where[1], 1, "gc", store);
            String answer =
                    stopWhile(() -> {
                        importDisk("fresh");
                        collect();
                        importDisk("third");
                        collect();
                    });
            assertTrue(
                    answer.startsWith("done") || answer.startsWith("failed"),
                    place + ": " + answer);
            assertHolds(Set.of("second", "fresh", "third"));
        }
    }

    /** A process that is killed leaves a lease, which the next collection waits for and ends. */
    @Test
    void theLeaseOfAKilledProcessEnds() throws Exception {
        newStore();
        try (StoreProcess killed = StoreProcess.start(SHORT)) {
            killed.beginAndPause(
                    "after-create",
                    "snapshots/",
                    1,
                    "import",
                    store,
                    fixture.file("fresh"),
                    "fresh");
            killed.kill();
        }
        assertEquals(1, StoreFixture.files(store.resolve("leases")).size());
        assertHolds(Set.of("second"));
        importDisk("fresh");
        assertHolds(Set.of("second", "fresh"));
    }

    /** Nobody asked for the snapshot alone: it goes with the image that it was made for. */
    @Test
    void whatWasMadeForAnImageGoesWithIt() throws Exception {
        try (Quarry quarry = open()) {
            fixture.importDisk(quarry, "first");
            quarry.launch(
                    LaunchRequest.of(
                            StoreFixture.image(quarry, "first").id(), folder.resolve("vm")),
                    ProgressListener.none(),
                    new CancelToken());
        }
        for (String place :
                List.of(
                        "before-create images/",
                        "after-replace snapshots/",
                        "before-replace images/")) {
            for (String operation : List.of("import", "create-image")) {
                newStore();
                boolean isImport = operation.equals("import");
                String name = isImport ? "fresh" : "created";
                String[] where = place.split(" ", -1);
                try (StoreProcess killed = StoreProcess.start(SHORT)) {
                    if (isImport) {
                        Path file = fixture.file(name);
                        killed.beginAndPause(where[0], where[1], 1, operation, store, file, name);
                    } else {
                        killed.beginAndPause(where[0], where[1], 1, operation, store, name);
                    }
                    killed.kill();
                }
                collect();
                assertHolds(Set.of("first", "second"));
                try (Quarry quarry = open()) {
                    assertEquals(2, quarry.catalog().images().size(), place);
                    assertEquals(2, quarry.catalog().snapshots().size(), place);
                }
                if (isImport) {
                    process.succeed(operation, store, fixture.file(name), name);
                } else {
                    process.succeed(operation, store, name);
                }
                assertHolds(Set.of("first", "second", name));
            }
        }
    }
}

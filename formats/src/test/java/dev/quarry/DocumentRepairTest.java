package dev.quarry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.SnapshotState;
import dev.quarry.image.ReferenceGate;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.secret.KeySource;
import dev.quarry.store.LeaseTiming;
import dev.quarry.store.LocalBlobStore;
import dev.quarry.store.StoreException;
import dev.quarry.store.StoreProperties;
import dev.quarry.volume.LaunchRequest;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Documents that are damaged stop nothing for ever, and no repair loses what they are about. */
final class DocumentRepairTest {

    private static final LeaseTiming SHORT = new LeaseTiming(20, 20, 30);

    @TempDir Path folder;

    private StoreFixture fixture;
    private Path store;

    DocumentRepairTest() {}

    @BeforeEach
    void prepare() {
        fixture = new StoreFixture(folder);
        store = folder.resolve("store");
    }

    private Quarry open() throws IOException {
        return Quarry.open(store, new LocalBlobStore(store), null, null, SHORT);
    }

    private RepairReport repair(@Nullable KeySource key, Path... from) throws IOException {
        try (Quarry quarry = Quarry.open(store, new LocalBlobStore(store), null, key, SHORT)) {
            return quarry.maintenance()
                    .repair(
                            new RepairRequest(List.of(from), List.of(), ReferenceGate.deny()),
                            ProgressListener.none(),
                            new CancelToken());
        }
    }

    private static void damage(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 2;
        Files.write(file, bytes);
    }

    private Set<String> packs() throws IOException {
        Set<String> names = new TreeSet<>();
        try (Stream<Path> files = Files.walk(store.resolve("packs"))) {
            files.filter(Files::isRegularFile)
                    .forEach(file -> names.add(file.getFileName().toString()));
        }
        return names;
    }

    /** Three disks, of which the first was deleted and collected: the state is there. */
    private void makeCollected() throws IOException {
        try (Quarry quarry = Quarry.create(store, StoreProperties.DEFAULT)) {
            for (String name : List.of("first", "second", "third")) {
                fixture.importDisk(quarry, name);
            }
            StoreFixture.delete(quarry, "first");
            StoreFixture.collect(quarry);
        }
    }

    @Test
    void aDamagedStateOfCollectionsStopsWritersUntilItIsMadeAnew() throws IOException {
        makeCollected();
        damage(store.resolve("gc/state.json"));
        try (Quarry quarry = open()) {
            Path vm = folder.resolve("vm");
            quarry.launch(
                    LaunchRequest.of(StoreFixture.image(quarry, "second").id(), vm),
                    ProgressListener.none(),
                    new CancelToken());
            StoreException refused =
                    assertThrows(StoreException.class, () -> fixture.importDisk(quarry, "fourth"));
            assertEquals(StoreException.Kind.CORRUPT, refused.kind());
            assertThrows(StoreException.class, () -> StoreFixture.collect(quarry));
        }
        RepairReport report = repair(null);
        assertEquals(List.of("gc/state.json"), report.restored());
        assertTrue(report.after().isSound(), report.after().toString());
        assertTrue(Files.exists(store.resolve("quarantine/gc/state.json")));
        try (Quarry quarry = open()) {
            fixture.importDisk(quarry, "fourth");
            StoreFixture.collect(quarry);
            assertEquals(Set.of("second", "third", "fourth"), fixture.held(quarry));
            StoreFixture.assertSound(quarry);
        }
    }

    /**
     * The worst that can happen: a collection is stopped when all it has to do is to delete, the
     * state is damaged and made anew, and an import finds its content in a pack that is to go.
     */
    @Test
    void aCollectionThatWasStoppedBeforeDeletesNothingThatIsNeeded() throws Exception {
        try (Quarry quarry = Quarry.create(store, StoreProperties.DEFAULT)) {
            fixture.importDisk(quarry, "first");
            fixture.importDisk(quarry, "second");
            StoreFixture.delete(quarry, "first");
        }
        for (String place :
                List.of(
                        "before-replace gc/state.json",
                        "before-publish packs/",
                        "before-delete packs/")) {
            Path start = store;
            store = folder.resolve("copy" + place.length());
            StoreFixture.copyTree(start, store);
            String[] where = place.split(" ", -1);
            try (StoreProcess process = StoreProcess.start(SHORT)) {
                process.beginAndPause(where[0], where[1], 1, "gc", store);
                process.stop(store);
                Set<String> before = packs();
                damage(store.resolve("gc/state.json"));
                RepairReport report = repair(null);
                assertTrue(report.restored().contains("gc/state.json"), place);
                try (Quarry quarry = open()) {
                    fixture.importDisk(quarry, "fresh");
                }
                process.resume();
                process.proceed();
                String answer = process.hear();
                boolean deletes = place.contains("delete");
                assertEquals(deletes, !packs().containsAll(before), place + ": " + answer);
                assertTrue(answer.startsWith("failed EXPIRED"), place + ": " + answer);
            }
            try (Quarry quarry = open()) {
                assertEquals(Set.of("fresh", "second"), fixture.held(quarry), place);
                StoreFixture.collect(quarry);
                StoreFixture.assertSound(quarry);
                assertEquals(Set.of("fresh", "second"), fixture.held(quarry), place);
            }
            store = start;
        }
    }

    /**
     * A copy of the store from before has the documents of its objects. Whom one was shared with is
     * left out: that may have been taken back since.
     */
    @Test
    void documentsComeBackFromACopyOfTheStore() throws IOException {
        for (KeySource key : new @Nullable KeySource[] {null, KeySource.keyFile(new byte[32])}) {
            Path here = Files.createDirectory(folder.resolve(key == null ? "plain" : "encrypted"));
            store = new RichStore(here, key).make();
            Path copy = here.resolve("copy");
            StoreFixture.copyTree(store, copy);
            MachineImage shared;
            try (Quarry quarry = Quarry.open(store, new LocalBlobStore(store), null, key, SHORT)) {
                shared = StoreFixture.image(quarry, "first");
            }
            assertFalse(shared.access().launchPermissions().isEmpty());
            List<Path> damaged =
                    List.of(
                            Path.of("images", shared.id() + ".json"),
                            Path.of("snapshots", shared.rootSnapshotId() + ".json"),
                            first("volumes"),
                            first("launches"));
            for (Path document : damaged) {
                damage(store.resolve(document));
            }
            RepairReport report = repair(key, copy);
            assertEquals(4, report.restored().size(), report.restored().toString());
            assertTrue(report.after().isSound(), report.after().toString());
            try (Quarry quarry = Quarry.open(store, new LocalBlobStore(store), null, key, SHORT)) {
                MachineImage back = quarry.catalog().image(shared.id());
                assertEquals(List.of(), back.access().launchPermissions());
                assertEquals(shared.withAccess(back.access()), back);
                StoreFixture.assertSound(quarry);
            }
            if (key == null) {
                for (Path document : damaged.subList(1, damaged.size())) {
                    assertArrayEquals(
                            Files.readAllBytes(copy.resolve(document)),
                            Files.readAllBytes(store.resolve(document)));
                }
            }
        }
    }

    private Path first(String kind) throws IOException {
        return store.relativize(StoreFixture.files(store.resolve(kind)).getFirst());
    }

    /** The copy is from when the snapshot had no content yet: it would be collected. */
    @Test
    void aSnapshotIsNotTakenBackToBeforeItsContent() throws IOException {
        store = new RichStore(folder, null).make();
        Path copy = folder.resolve("copy");
        StoreFixture.copyTree(store, copy);
        String pending;
        try (Quarry quarry = open()) {
            pending =
                    quarry.catalog().snapshots().stream()
                            .filter(each -> each.state() == SnapshotState.PENDING)
                            .findFirst()
                            .orElseThrow()
                            .id();
        }
        Path document = store.resolve("snapshots/" + pending + ".json");
        damage(document);
        byte[] bytes = Files.readAllBytes(document);
        RepairReport report = repair(null, copy);
        assertEquals(List.of(), report.restored());
        assertArrayEquals(bytes, Files.readAllBytes(document));
    }

    /** What follows from others is made anew, and what harms nobody is taken out of use. */
    @Test
    void documentsAreMadeAnewOrTakenOutOfUse() throws IOException {
        KeySource key = KeySource.keyFile(new byte[32]);
        store = new RichStore(folder, key).make();
        for (String kind : List.of("uploads", "tokens", "tasks", "terms")) {
            damage(file(kind));
        }
        List<Path> names = StoreFixture.files(store.resolve("names"));
        for (Path name : names) {
            damage(name);
        }
        RepairReport report = repair(key);
        // The name of the image in the recycle bin is free.
        assertEquals(names.size() - 1 + 2, report.restored().size(), report.restored().toString());
        assertEquals(3, report.quarantined().size(), report.quarantined().toString());
        assertTrue(report.after().isSound(), report.after().toString());
        try (Quarry quarry = Quarry.open(store, new LocalBlobStore(store), null, key, SHORT)) {
            CatalogException refused =
                    assertThrows(CatalogException.class, () -> fixture.importDisk(quarry, "first"));
            assertEquals(ErrorCode.INVALID_AMI_NAME_DUPLICATE, refused.code());
            fixture.importDisk(quarry, "held");
        }
    }

    private Path file(String kind) throws IOException {
        try (Stream<Path> files = Files.walk(store.resolve(kind))) {
            return files.filter(Files::isRegularFile).sorted().findFirst().orElseThrow();
        }
    }

    /** Without its document, the content of a snapshot would be garbage. */
    @Test
    void aDamagedSnapshotStaysAndItsContentWithIt() throws IOException {
        makeCollected();
        String image;
        String snapshot;
        try (Quarry quarry = open()) {
            image = StoreFixture.image(quarry, "second").id();
            snapshot = String.valueOf(StoreFixture.image(quarry, "second").rootSnapshotId());
        }
        Path document = store.resolve("snapshots/" + snapshot + ".json");
        byte[] good = Files.readAllBytes(document);
        damage(document);
        RepairReport report = repair(null);
        assertFalse(report.after().isSound());
        assertTrue(
                report.after().findings().stream().anyMatch(each -> each.blob().contains(image)),
                report.after().toString());
        try (Quarry quarry = open()) {
            assertThrows(IOException.class, () -> StoreFixture.collect(quarry));
        }
        Files.write(document, good);
        try (Quarry quarry = open()) {
            StoreFixture.collect(quarry);
            assertEquals(Set.of("second", "third"), fixture.held(quarry));
        }
    }
}

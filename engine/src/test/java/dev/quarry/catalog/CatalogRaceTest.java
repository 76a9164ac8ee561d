package dev.quarry.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ImageState;
import dev.quarry.catalog.model.Launch;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.StoreSettings;
import dev.quarry.catalog.model.Volume;
import dev.quarry.catalog.rule.BlockRules;
import dev.quarry.store.BlobStore;
import dev.quarry.store.ForwardingBlobStore;
import dev.quarry.store.MemoryBlobStore;
import dev.quarry.testdata.Replay;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;

/**
 * Writers that meet between any two steps. A store lets one thread do one operation at a time, in
 * an order that a seed gives, so that each run can be had again.
 */
class CatalogRaceTest {

    private static final String ACCOUNT = "111111111111";

    /** Lets the threads of a race go on one operation at a time, in random order. */
    private static final class Turns extends ForwardingBlobStore {
        private final RandomGenerator random;
        private final Set<Integer> waiting = new TreeSet<>();
        private final ThreadLocal<@Nullable Integer> self = new ThreadLocal<>();
        private int running;
        private int chosen = -1;

        Turns(BlobStore inner, RandomGenerator random) {
            super(inner);
            this.random = random;
        }

        /** Runs the actions against one another, and gives what each threw. */
        List<@Nullable Exception> race(List<Callable<Void>> actions) throws InterruptedException {
            List<@Nullable Exception> failures = new ArrayList<>();
            List<Thread> threads = new ArrayList<>();
            running = actions.size();
            for (int i = 0; i < actions.size(); i++) {
                failures.add(null);
                int number = i;
                threads.add(
                        Thread.ofPlatform()
                                .start(() ->
                                        failures.set(number, run(number, actions.get(number)))));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            return failures;
        }

        private @Nullable Exception run(int number, Callable<Void> action) {
            self.set(number);
            try {
                action.call();
                return null;
            } catch (Exception e) {
                return e;
            } finally {
                synchronized (this) {
                    running--;
                    choose();
                }
            }
        }

        @Override
        protected synchronized void before(Operation operation, String name) throws IOException {
            Integer number = self.get();
            if (number == null) {
                return;
            }
            waiting.add(number);
            choose();
            while (chosen != number) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
            chosen = -1;
            waiting.remove(number);
        }

        /** Its condition is part of the same step: meanwhile nobody else changes a document. */
        @Override
        public boolean deleteIf(String name, Condition condition) throws IOException {
            return super.deleteIf(
                    name,
                    () -> {
                        Integer number = self.get();
                        self.remove();
                        try {
                            return condition.holds();
                        } finally {
                            self.set(number);
                        }
                    });
        }

        /** When all wait, one may go on. */
        private void choose() {
            if (running > 0 && waiting.size() == running && chosen < 0) {
                chosen = List.copyOf(waiting).get(random.nextInt(waiting.size()));
                notifyAll();
            }
        }
    }

    private static AccountCatalog open(BlobStore blobs) throws IOException {
        return Catalog.open(blobs, Catalogs.CLOCK).as(ACCOUNT);
    }

    private static Callable<Void> action(Step step) {
        return () -> {
            step.run();
            return null;
        };
    }

    /** What one of the writers does. */
    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }

    private static void onlyRefusals(List<@Nullable Exception> failures) {
        for (Exception failure : failures) {
            if (failure != null && !(failure instanceof CatalogException)) {
                throw new AssertionError(failure);
            }
        }
    }

    @Test
    @Covers("4.1.3")
    void oneOfManyGetsTheName() {
        Replay.seeds(
                300,
                random -> {
                    MemoryBlobStore blobs = new MemoryBlobStore();
                    Snapshot root = Catalogs.snapshot(open(blobs), 1);
                    boolean hadOne = random.nextBoolean();
                    if (hadOne) {
                        AccountCatalog before = open(blobs);
                        before.lifecycle().deregister(Catalogs.image(before, "abc", root).id());
                    }
                    Turns turns = new Turns(blobs, random);
                    AccountCatalog catalog = open(turns);
                    Callable<Void> register = action(() -> Catalogs.image(catalog, "abc", root));
                    List<@Nullable Exception> failures =
                            turns.race(List.of(register, register, register));
                    onlyRefusals(failures);
                    assertTrue(
                            failures.stream().filter(failure -> failure == null).count() <= 1,
                            "at most one wins");
                    List<MachineImage> images = open(blobs).images();
                    assertTrue(images.size() <= 1, "what lost is gone");
                    assertEquals(
                            failures.contains(null),
                            images.stream().anyMatch(i -> i.state() == ImageState.AVAILABLE));
                });
    }

    @Test
    @Covers({"4.1.3", "4.9.1"})
    void namesArePassedOnWhileImagesComeAndGo() {
        Replay.seeds(
                300,
                random -> {
                    MemoryBlobStore blobs = new MemoryBlobStore();
                    AccountCatalog setup = open(blobs);
                    Snapshot root = Catalogs.snapshot(setup, 1);
                    MachineImage first = Catalogs.image(setup, "abc", root);
                    Turns turns = new Turns(blobs, random);
                    AccountCatalog catalog = open(turns);
                    onlyRefusals(
                            turns.race(
                                    List.of(
                                            action(() ->
                                                    catalog.lifecycle().deregister(first.id())),
                                            action(() -> Catalogs.image(catalog, "abc", root)),
                                            action(() -> Catalogs.image(catalog, "abc", root)),
                                            action(() -> deregisterAll(catalog)))));
                    List<MachineImage> images = open(blobs).images();
                    assertTrue(images.size() <= 1, images.toString());
                    deregisterAll(open(blobs));
                    Catalogs.image(open(blobs), "abc", root);
                });
    }

    private static void deregisterAll(AccountCatalog catalog) throws IOException {
        for (MachineImage image : catalog.images()) {
            try {
                catalog.lifecycle().deregister(image.id());
            } catch (CatalogException e) {
                assertTrue(String.valueOf(e.getMessage()).contains(image.id()));
            }
        }
    }

    @Test
    @Covers("4.9.2")
    void noImageLosesItsRootSnapshot() {
        int[] outcomes = new int[2];
        Replay.seeds(
                500,
                random -> {
                    MemoryBlobStore blobs = new MemoryBlobStore();
                    Snapshot root = Catalogs.snapshot(open(blobs), 1);
                    Turns turns = new Turns(blobs, random);
                    AccountCatalog catalog = open(turns);
                    Callable<Void> delete = action(() -> catalog.deleteSnapshot(root.id()));
                    onlyRefusals(
                            turns.race(
                                    List.of(
                                            delete,
                                            delete,
                                            action(() -> Catalogs.image(catalog, "abc", root)),
                                            action(() -> Catalogs.image(catalog, "abd", root)))));
                    AccountCatalog after = open(blobs);
                    for (MachineImage image : after.images()) {
                        assertEquals(ImageState.AVAILABLE, image.state());
                        assertEquals(root, after.snapshot(root.id()));
                        outcomes[0]++;
                    }
                    outcomes[1] += after.snapshots().isEmpty() ? 1 : 0;
                });
        if (System.getProperty(Replay.SEED_PROPERTY) == null) {
            assertTrue(outcomes[0] > 0 && outcomes[1] > 0, "both ends are reached");
        }
    }

    @Test
    void noTagIsLost() {
        Replay.seeds(
                300,
                random -> {
                    MemoryBlobStore blobs = new MemoryBlobStore();
                    Snapshot root = Catalogs.snapshot(open(blobs), 1);
                    Turns turns = new Turns(blobs, random);
                    AccountCatalog catalog = open(turns);
                    List<Callable<Void>> actions = new ArrayList<>();
                    Map<String, String> expected = new TreeMap<>();
                    for (int i = 0; i < 4; i++) {
                        Map<String, String> tags = Map.of("k" + i, "v", "shared", "x");
                        expected.putAll(tags);
                        actions.add(action(() -> catalog.tag(root.id(), tags)));
                    }
                    assertEquals(
                            new HashSet<@Nullable Exception>(Collections.singleton(null)),
                            new HashSet<>(turns.race(actions)));
                    assertEquals(expected, open(blobs).snapshot(root.id()).tags().values());
                });
    }

    @Test
    @Covers("4.7.2")
    void noQuotaIsLost() {
        Replay.seeds(
                100,
                random -> {
                    MemoryBlobStore blobs = new MemoryBlobStore();
                    Turns turns = new Turns(blobs, random);
                    Settings settings = open(turns).settings();
                    List<Callable<Void>> actions = new ArrayList<>();
                    for (Settings.StoreChange change :
                            List.of(
                                    Settings.imagesQuota(7),
                                    Settings.publicImagesQuota(8),
                                    Settings.shareTargetsQuota(9))) {
                        actions.add(action(() -> settings.change(List.of(change))));
                    }
                    turns.race(actions);
                    StoreSettings now = open(blobs).settings().store();
                    assertEquals(7, now.imagesMax());
                    assertEquals(8, now.publicImagesMax());
                    assertEquals(9, now.shareTargetsMax());
                });
    }

    @Test
    @Covers("4.5.9")
    void noAttachedVolumeIsLost() {
        Replay.seeds(
                300,
                random -> {
                    MemoryBlobStore blobs = new MemoryBlobStore();
                    AccountCatalog setup = open(blobs);
                    Launch launch =
                            Catalogs.launch(
                                    setup,
                                    Catalogs.image(setup, "abc", Catalogs.snapshot(setup, 1)));
                    List<Volume> volumes = new ArrayList<>();
                    for (int i = 0; i < 4; i++) {
                        volumes.add(Catalogs.volume(setup));
                    }
                    setup.recordLaunch(launch, volumes);
                    boolean terminates = random.nextInt(4) == 0;
                    Turns turns = new Turns(blobs, random);
                    Attachments attachments = open(turns).attachments();
                    List<Callable<Void>> actions = new ArrayList<>();
                    // The last two want the same device.
                    List<String> devices = List.of("/dev/sdf", "/dev/sdg", "/dev/sdh", "/dev/sdh");
                    for (int i = 0; i < 4; i++) {
                        String id = volumes.get(i).id();
                        String device = devices.get(i);
                        actions.add(action(() -> attachments.attach(id, launch.id(), device)));
                    }
                    if (terminates) {
                        actions.add(action(() -> terminate(attachments, launch.id())));
                    }
                    List<@Nullable Exception> failures = turns.race(actions);
                    onlyRefusals(failures);
                    AccountCatalog after = open(blobs);
                    Launch now = after.launch(launch.id());
                    List<Volume> attached =
                            after.volumes().stream()
                                    .filter(volume -> volume.attachment() != null)
                                    .toList();
                    assertEquals(
                            attached.stream().map(Volume::id).sorted().toList(),
                            after.attachments().volumesOf(now).stream()
                                    .map(Volume::id)
                                    .sorted()
                                    .toList());
                    if (terminates) {
                        assertEquals(List.of(), attached);
                    } else {
                        assertEquals(null, failures.get(0));
                        assertEquals(null, failures.get(1));
                        assertTrue(attached.size() <= 3, "a device has one volume");
                    }
                });
    }

    private static void terminate(Attachments attachments, String launch) throws IOException {
        attachments.endTermination(attachments.beginTermination(launch));
    }

    @Test
    @Covers("4.11.1")
    void aBlockThatWasPutIsThere() {
        Replay.seeds(
                200,
                random -> {
                    MemoryBlobStore blobs = new MemoryBlobStore();
                    Uploads setup = open(blobs).uploads();
                    String id = setup.start(Uploads.Start.of(1)).id();
                    Turns turns = new Turns(blobs, random);
                    Uploads uploads = open(turns).uploads();
                    List<Callable<Void>> actions = new ArrayList<>();
                    for (int i = 0; i < 6; i++) {
                        byte content = (byte) random.nextInt(3);
                        actions.add(action(() -> put(uploads, id, content)));
                    }
                    // The second three may find what the first three have left side by side.
                    turns.race(actions.subList(0, 3));
                    List<@Nullable Exception> failures = turns.race(actions.subList(3, 6));
                    assertEquals(
                            new HashSet<@Nullable Exception>(Collections.singleton(null)),
                            new HashSet<>(failures));
                    assertTrue(!blobs.list("blocks/" + id + "/").isEmpty());
                });
    }

    private static void put(Uploads uploads, String id, byte content) throws IOException {
        byte[] block = new byte[BlockRules.BLOCK_BYTES];
        block[0] = content;
        uploads.put(id, 0, block, BlockRules.checksum(block));
    }
}

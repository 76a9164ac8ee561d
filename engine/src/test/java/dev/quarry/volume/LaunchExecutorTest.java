package dev.quarry.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.block.BlockTarget;
import dev.quarry.block.MemoryDisk;
import dev.quarry.catalog.AccountCatalog;
import dev.quarry.catalog.Catalog;
import dev.quarry.catalog.Covers;
import dev.quarry.catalog.mapping.MappingParser;
import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.Attachment;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Json;
import dev.quarry.catalog.model.JsonFields;
import dev.quarry.catalog.model.Launch;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.Volume;
import dev.quarry.catalog.rule.ImageRegistration;
import dev.quarry.catalog.rule.SnapshotRegistration;
import dev.quarry.image.ImageFormats;
import dev.quarry.job.CancelToken;
import dev.quarry.job.CancelledException;
import dev.quarry.job.ProgressListener;
import dev.quarry.store.BlobStore;
import dev.quarry.store.ForwardingBlobStore;
import dev.quarry.store.MemoryBlobStore;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

class LaunchExecutorTest {

    private static final int SIZE = 300_000;
    private static final Instant TIME = Instant.parse("2026-08-01T12:34:56.789Z");

    @TempDir Path folder;

    private final byte[] content = MemoryDisk.content(5, SIZE);
    private final MemoryBlobStore blobs = new MemoryBlobStore();
    private final AccountCatalog catalog;
    private final MachineImage image;
    private final AtomicInteger rebuilds = new AtomicInteger();

    LaunchExecutorTest() throws IOException {
        catalog = Catalog.open(blobs, Clock.fixed(TIME, ZoneOffset.UTC)).as(Actor.DEFAULT_ACCOUNT);
        Snapshot snapshot =
                catalog.registerSnapshot(
                        SnapshotRegistration.of("ab".repeat(32), "cd".repeat(32), SIZE));
        image =
                catalog.registerImage(
                        ImageRegistration.of(
                                "abc", MappingParser.parse("/dev/sda1=" + snapshot.id())));
    }

    private void rebuild(
            String root, BlockTarget target, ProgressListener listener, CancelToken cancel)
            throws IOException {
        rebuilds.incrementAndGet();
        target.write(0, MemorySegment.ofArray(content));
        listener.progress(SIZE, SIZE);
        cancel.check();
        target.zero(SIZE, target.size() - SIZE);
    }

    private LaunchExecutor executor(VolumeContent source) {
        return new LaunchExecutor(
                ImageFormats.of(new StubFormat("raw"), new StubFormat("qcow2")),
                source,
                folder.resolve("bases"),
                catalog);
    }

    private LaunchRequest request(String name) {
        return LaunchRequest.of(image.id(), folder.resolve(name));
    }

    private LaunchPlan plan(LaunchRequest request) throws IOException {
        return LaunchPlanner.plan(
                catalog.prepareLaunch(request.imageId(), request.mappings()), request);
    }

    private LaunchResult launch(LaunchRequest request) throws IOException {
        return executor(this::rebuild)
                .execute(plan(request), ProgressListener.none(), new CancelToken());
    }

    private byte[] bytes(String name) throws IOException {
        return Files.readAllBytes(folder.resolve(name));
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.map(file -> folder.relativize(file).toString())
                    .filter(name -> !name.startsWith("bases"))
                    .filter(name -> !name.isEmpty())
                    .sorted()
                    .toList();
        }
    }

    @Test
    @Covers("4.5.8")
    void volumesAreWrittenAndDescribed() throws IOException {
        LaunchResult result =
                launch(
                        request("vm")
                                .withMappings(
                                        MappingParser.parse(
                                                "[{\"DeviceName\":\"/dev/sdb\",\"VirtualName\":\"ephemeral0\"}]"))
                                .withInstanceStore(List.of(1000L)));
        assertEquals(List.of("vm", "vm/launch.json", "vm/sda1.raw", "vm/sdb.raw"), names());
        assertArrayEquals(content, bytes("vm/sda1.raw"));
        assertArrayEquals(new byte[1000], bytes("vm/sdb.raw"));
        JsonFields json =
                JsonFields.of(
                        Json.read(
                                new String(bytes("vm/launch.json"), StandardCharsets.UTF_8),
                                "launch.json",
                                ErrorCode.INTERNAL_ERROR),
                        "launch.json",
                        ErrorCode.INTERNAL_ERROR);
        assertEquals(1, json.number("Version"));
        assertEquals(result.launchId(), json.string("InstanceId"));
        assertEquals(image.id(), json.string("ImageId"));
        JsonFields root = json.objects("Devices").getFirst();
        assertEquals("/dev/sda1", root.string("DeviceName"));
        assertEquals(folder.resolve("vm/sda1.raw").toString(), root.string("File"));
        assertEquals("raw", root.string("Format"));
        assertFalse(root.has("Base"));
        assertEquals(SIZE, root.number("SizeBytes"));
        assertEquals("gp2", root.string("VolumeType"));
        assertTrue(root.bool("DeleteOnTermination"));
        assertEquals("ephemeral0", json.objects("Devices").getLast().string("VirtualName"));
    }

    @Test
    void theCatalogueKnowsTheLaunch() throws IOException {
        LaunchResult result = launch(request("vm").withMode(VolumeMode.OVERLAY));
        Launch launch = catalog.launch(result.launchId());
        assertEquals(TIME, launch.launchTime());
        assertEquals(folder.resolve("vm").toString(), launch.folder());
        String volumeId = Objects.requireNonNull(launch.devices().getFirst().volumeId());
        Volume volume = catalog.volume(volumeId);
        assertEquals("qcow2", volume.file().format());
        assertEquals(
                folder.resolve("bases/" + "ab".repeat(32) + ".raw").toString(),
                volume.file().basePath());
        assertEquals("ab".repeat(32), volume.file().baseRoot());
        assertEquals(new Attachment(launch.id(), "/dev/sda1", true, TIME), volume.attachment());
        assertEquals(image.rootSnapshotId(), volume.snapshotId());
    }

    @Test
    void overlaysShareAReadOnlyBase() throws IOException {
        launch(request("one").withMode(VolumeMode.OVERLAY));
        launch(request("two").withMode(VolumeMode.OVERLAY));
        assertEquals(1, rebuilds.get());
        String base = "bases/" + "ab".repeat(32) + ".raw";
        assertArrayEquals(content, bytes(base));
        assertEquals(
                "r--r--r--",
                PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(base))));
        assertEquals(
                "over " + folder.resolve(base) + "\n",
                new String(bytes("two/sda1.qcow2"), StandardCharsets.UTF_8));
    }

    @Test
    void launchesThatNeedABaseAtOnceShareIt() throws Exception {
        int launches = 4;
        CyclicBarrier start = new CyclicBarrier(launches);
        try (ExecutorService threads = Executors.newFixedThreadPool(launches)) {
            List<Callable<LaunchResult>> calls = new ArrayList<>();
            for (int i = 0; i < launches; i++) {
                String name = "vm" + i;
                calls.add(() -> {
                    start.await();
                    return launch(request(name).withMode(VolumeMode.OVERLAY));
                });
            }
            for (Future<LaunchResult> result : threads.invokeAll(calls)) {
                result.get();
            }
        }
        assertArrayEquals(content, bytes("bases/" + "ab".repeat(32) + ".raw"));
        try (Stream<Path> files = Files.walk(folder.resolve("bases"))) {
            assertEquals(1, files.filter(file -> file.toString().endsWith(".raw")).count());
        }
    }

    @Test
    void aDamagedBaseIsNotUsed() throws IOException {
        Files.createDirectories(folder.resolve("bases"));
        Files.write(folder.resolve("bases/" + "ab".repeat(32) + ".raw"), new byte[5]);
        assertThrows(
                FileSystemException.class,
                () -> launch(request("vm").withMode(VolumeMode.OVERLAY)));
        assertFalse(Files.exists(folder.resolve("vm")));
    }

    @Test
    void anOldTargetKeepsNothing() throws IOException {
        byte[] old = new byte[SIZE + 5000];
        Arrays.fill(old, (byte) 0xff);
        Path target = Files.write(folder.resolve("old"), old);
        launch(request("vm").withTargets(Map.of("/dev/sda1", target)));
        assertArrayEquals(Arrays.copyOf(content, old.length), bytes("old"));
    }

    @Test
    void aNewTargetIsANewFile() throws IOException {
        launch(request("vm").withTargets(Map.of("/dev/sda1", folder.resolve("new"))));
        assertArrayEquals(content, bytes("new"));
    }

    @Test
    void oneFileIsNotTheTargetOfTwoDevices() throws IOException {
        Path target = Files.write(folder.resolve("old"), new byte[] {1, 2, 3});
        Path link = Files.createSymbolicLink(folder.resolve("link"), target);
        LaunchRequest request =
                request("vm")
                        .withMappings(MappingParser.parse("/dev/sdb=:1"))
                        .withTargets(Map.of("/dev/sda1", target, "/dev/sdb", link));
        assertThrows(FileSystemException.class, () -> launch(request));
        assertArrayEquals(new byte[] {1, 2, 3}, bytes("old"));
        assertFalse(Files.exists(folder.resolve("vm")));
    }

    @Test
    void nothingIsOverwritten() throws IOException {
        Path vm = Files.createDirectories(folder.resolve("vm"));
        for (String name : List.of("sda1.raw", "launch.json")) {
            Path file = Files.write(vm.resolve(name), new byte[] {1});
            assertThrows(FileAlreadyExistsException.class, () -> launch(request("vm")));
            assertEquals(List.of("vm", "vm/" + name), names());
            Files.delete(file);
        }
        launch(request("vm"));
        assertEquals(List.of("vm", "vm/launch.json", "vm/sda1.raw"), names());
    }

    private void assertFirstLaunchStays(VolumeContent slow, Class<? extends Exception> failure)
            throws IOException {
        LaunchPlan plan = plan(request("vm"));
        assertThrows(
                failure,
                () -> executor(slow).execute(plan, ProgressListener.none(), new CancelToken()));
        assertEquals(List.of("vm", "vm/launch.json", "vm/sda1.raw"), names());
        assertArrayEquals(content, bytes("vm/sda1.raw"));
        assertEquals(1, catalog.launches().size());
    }

    @Test
    void aSlowerLaunchIntoTheSameFolderReplacesNothing() throws IOException {
        assertFirstLaunchStays(
                (root, target, listener, cancel) -> {
                    target.write(0, MemorySegment.ofArray(new byte[SIZE]));
                    launch(request("vm"));
                },
                FileAlreadyExistsException.class);
    }

    @Test
    void aSlowerLaunchThatFailsRemovesNothing() throws IOException {
        assertFirstLaunchStays(
                (root, target, listener, cancel) -> {
                    launch(request("vm"));
                    throw new CancelledException();
                },
                CancelledException.class);
    }

    @Test
    void whatFailsLeavesNothing() throws IOException {
        LaunchPlan plan = plan(request("deep/vm").withMappings(MappingParser.parse("/dev/sdb=:1")));
        Files.createDirectories(folder.resolve("kept"));
        VolumeContent broken =
                (root, target, listener, cancel) -> {
                    target.write(0, MemorySegment.ofArray(content));
                    throw new IOException("damaged");
                };
        IOException failure =
                assertThrows(
                        IOException.class,
                        () ->
                                executor(broken)
                                        .execute(plan, ProgressListener.none(), new CancelToken()));
        assertEquals("damaged", failure.getMessage());
        assertEquals(List.of("kept"), names());
        assertEquals(List.of(), catalog.launches());
    }

    @Test
    void whatIsCancelledLeavesNothing() throws IOException {
        LaunchPlan plan =
                plan(
                        request("vm")
                                .withMode(VolumeMode.OVERLAY)
                                .withMappings(MappingParser.parse("/dev/sdb=:1")));
        CancelToken cancel = new CancelToken();
        assertThrows(
                CancelledException.class,
                () ->
                        executor(this::rebuild)
                                .execute(plan, (done, total) -> cancel.cancel(), cancel));
        assertEquals(List.of(), names());
        assertFalse(Files.exists(folder.resolve("bases/" + "ab".repeat(32) + ".raw")));
    }

    @Test
    void aCatalogueThatFailsUndoesTheLaunch() throws IOException {
        LaunchPlan plan = plan(request("vm"));
        AccountCatalog broken =
                Catalog.open(new FullStore(blobs), Clock.systemUTC()).as(Actor.DEFAULT_ACCOUNT);
        LaunchExecutor executor =
                new LaunchExecutor(
                        ImageFormats.of(new StubFormat("raw")),
                        this::rebuild,
                        folder.resolve("bases"),
                        broken);
        assertThrows(
                IOException.class,
                () -> executor.execute(plan, ProgressListener.none(), new CancelToken()));
        assertEquals(List.of(), names());
        assertEquals(List.of(), catalog.launches());
        assertEquals(List.of(), catalog.volumes());
    }

    @Test
    void progressEndsAtTheTotal() throws IOException {
        LaunchPlan plan = plan(request("vm").withMappings(MappingParser.parse("/dev/sdb=:1")));
        long[] last = {0, 0};
        executor(this::rebuild)
                .execute(
                        plan,
                        (done, total) -> {
                            assertTrue(done >= last[0] && done <= total);
                            last[0] = done;
                            last[1] = total;
                        },
                        new CancelToken());
        assertEquals(plan.totalBytes(), last[0]);
        assertEquals(plan.totalBytes(), last[1]);
    }

    /** A store that has no room for the document of a launch. */
    private static final class FullStore extends ForwardingBlobStore {

        FullStore(BlobStore inner) {
            super(inner);
        }

        @Override
        protected void before(Operation operation, String name) throws IOException {
            if (operation == Operation.CREATE && name.startsWith("launches/")) {
                throw new IOException("no space left: " + name);
            }
        }
    }
}

package dev.quarry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.block.BlockSource;
import dev.quarry.block.MemoryDisk;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.image.CreateOptions;
import dev.quarry.image.ImageException;
import dev.quarry.job.CancelToken;
import dev.quarry.job.CancelledException;
import dev.quarry.job.ProgressListener;
import dev.quarry.store.CollectionResult;
import dev.quarry.volume.LaunchCommands;
import dev.quarry.volume.LaunchRequest;
import dev.quarry.volume.LaunchResult;
import dev.quarry.volume.VolumeMode;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** The façade with real formats: from an image file to volumes and back. */
final class QuarryTest {

    private static final int MIB = 1 << 20;
    private static final int DISK_BYTES = 9 * MIB + 512;

    @TempDir Path folder;

    private Quarry quarry;
    private byte[] disk;
    private MachineImage image;

    QuarryTest() {}

    @BeforeEach
    void open() throws IOException {
        quarry = Quarry.openOrCreate(folder.resolve("store"));
        disk = MemoryDisk.content(77, DISK_BYTES);
        Path raw = Files.write(folder.resolve("disk.raw"), disk);
        ImportResult imported =
                quarry.importImage(
                        ImportRequest.of(raw).withFormat("raw").withName("first"),
                        ProgressListener.none(),
                        new CancelToken());
        assertNotNull(imported.image());
        image = imported.image();
    }

    @AfterEach
    void close() throws IOException {
        quarry.close();
    }

    private LaunchResult launch(LaunchRequest request) throws IOException {
        return quarry.launch(request, ProgressListener.none(), new CancelToken());
    }

    private byte[] rawOf(Path file, String format, Path allow) throws IOException {
        Path raw = folder.resolve("compare.raw");
        Quarry.convert(
                ConvertRequest.of(file, raw, "raw")
                        .withSourceFormat(format)
                        .withGate(dev.quarry.image.ReferenceGate.within(allow)),
                ProgressListener.none(),
                new CancelToken());
        return Files.readAllBytes(raw);
    }

    @Test
    void aLaunchGivesTheDiskBackInEveryMode() throws IOException {
        for (VolumeMode mode : VolumeMode.values()) {
            LaunchResult result =
                    launch(
                            LaunchRequest.of(image.id(), folder.resolve("vm-" + mode))
                                    .withMode(mode));
            Path file = result.volumes().get(0).planned().path();
            assertArrayEquals(disk, rawOf(file, mode.format(), folder), mode.toString());
            assertTrue(Files.exists(result.description()));
            assertEquals(
                    result.volumes().get(0).planned().path().toString(),
                    quarry.catalog().launch(result.launchId()).devices().get(0).path());
        }
    }

    @Test
    void aCollectionWaitsForADiskThatIsRead() throws Exception {
        String snapshot = Objects.requireNonNull(image.rootSnapshotId());
        try (ExecutorService thread = Executors.newSingleThreadExecutor();
                Arena arena = Arena.ofConfined()) {
            Future<CollectionResult> collection;
            try (BlockSource stored = quarry.disk(image.id())) {
                quarry.catalog().lifecycle().deregister(image.id());
                quarry.catalog().deleteSnapshot(snapshot);
                collection = thread.submit(() -> quarry.maintenance().collect(new CancelToken()));
                assertThrows(
                        TimeoutException.class, () -> collection.get(500, TimeUnit.MILLISECONDS));
                assertEquals(DISK_BYTES, stored.size());
                for (int offset : List.of(DISK_BYTES - 512, 3 * MIB - 5, 0, 8 * MIB)) {
                    MemorySegment part = arena.allocate(Math.min(2 * MIB, DISK_BYTES - offset));
                    stored.read(offset, part);
                    assertArrayEquals(
                            Arrays.copyOfRange(disk, offset, offset + (int) part.byteSize()),
                            part.toArray(ValueLayout.JAVA_BYTE),
                            Integer.toString(offset));
                }
            }
            assertTrue(collection.get(1, TimeUnit.MINUTES).deletedBytes() > 0);
        }
        assertTrue(
                quarry.catalog().events(Instant.EPOCH).next().stream()
                        .anyMatch(event -> event.action().equals("ExportSnapshot")));
        assertThrows(CatalogException.class, () -> quarry.disk(snapshot));
    }

    /** Who deletes a launch's files by hand and launches again does not lose the second. */
    @Test
    void aFileIsThatOfTheLaterLaunch() throws IOException {
        LaunchResult one = launch(LaunchRequest.of(image.id(), folder.resolve("vm")));
        Path file = one.volumes().get(0).planned().path();
        Files.delete(file);
        Files.delete(one.description());
        LaunchResult two = launch(LaunchRequest.of(image.id(), folder.resolve("vm")));
        assertEquals(file, two.volumes().get(0).planned().path());
        CatalogException e =
                assertThrows(
                        CatalogException.class,
                        () ->
                                quarry.createImage(
                                        CreateImageRequest.of(one.launchId(), "of-one"),
                                        ProgressListener.none(),
                                        new CancelToken()));
        assertEquals(ErrorCode.INCORRECT_STATE, e.code());
        assertThrows(
                FileAlreadyExistsException.class,
                () ->
                        launch(
                                LaunchRequest.of(image.id(), folder.resolve("other"))
                                        .withTargets(Map.of("/dev/sda1", file))));
        quarry.terminate(one.launchId());
        assertArrayEquals(disk, Files.readAllBytes(file));
        quarry.terminate(two.launchId());
        assertFalse(Files.exists(file));
    }

    @Test
    void anotherLaunchsDamagedRecordKeepsNoneFromEnding() throws IOException {
        LaunchResult one = launch(LaunchRequest.of(image.id(), folder.resolve("one")));
        LaunchResult two = launch(LaunchRequest.of(image.id(), folder.resolve("two")));
        String volume = Objects.requireNonNull(one.volumes().get(0).volumeId());
        Files.writeString(folder.resolve("store/volumes/" + volume + ".json"), "damaged");
        quarry.terminate(two.launchId());
        assertFalse(Files.exists(two.volumes().get(0).planned().path()));
        assertTrue(Files.exists(one.volumes().get(0).planned().path()));
    }

    @Test
    void launchesOfOneSnapshotShareTheirBase() throws IOException {
        LaunchResult one =
                launch(
                        LaunchRequest.of(image.id(), folder.resolve("a"))
                                .withMode(VolumeMode.OVERLAY));
        LaunchResult two =
                launch(
                        LaunchRequest.of(image.id(), folder.resolve("b"))
                                .withMode(VolumeMode.OVERLAY));
        Path base = one.volumes().get(0).base();
        assertNotNull(base);
        assertEquals(base, two.volumes().get(0).base());
        assertArrayEquals(disk, Files.readAllBytes(base));
        assertTrue(Files.size(one.volumes().get(0).planned().path()) < MIB);
    }

    /**
     * Whatever a target held before: every byte of the volume is right, and what lies behind it is
     * zeros.
     */
    @Test
    void anOldTargetKeepsNothing() throws IOException {
        byte[] old = new byte[DISK_BYTES + 3 * MIB];
        Arrays.fill(old, (byte) 0xff);
        Path target = Files.write(folder.resolve("old.raw"), old);
        launch(
                LaunchRequest.of(image.id(), folder.resolve("vm"))
                        .withTargets(Map.of("/dev/sda1", target)));
        assertArrayEquals(Arrays.copyOf(disk, old.length), Files.readAllBytes(target));
    }

    @Test
    void everyKindOfDeviceIsWritten() throws IOException {
        String snapshot = String.valueOf(image.rootSnapshotId());
        LaunchResult result =
                launch(
                        LaunchRequest.of(image.id(), folder.resolve("vm"))
                                .withMappings(
                                        List.of(
                                                BlockDeviceMapping.ebs(
                                                        "/dev/sda1",
                                                        Ebs.builder().volumeSize(1).build()),
                                                BlockDeviceMapping.ebs(
                                                        "/dev/sdb",
                                                        Ebs.builder().snapshotId(snapshot).build()),
                                                BlockDeviceMapping.ebs(
                                                        "/dev/sdc",
                                                        Ebs.builder().volumeSize(2).build()),
                                                BlockDeviceMapping.ephemeral("/dev/sdd", 0),
                                                BlockDeviceMapping.ephemeral("/dev/sde", 1)))
                                .withInstanceStore(List.of(3L * MIB)));
        assertEquals(1, result.notices().size());
        assertEquals(
                List.of("sda1.raw", "sdb.raw", "sdc.raw", "sdd.raw"),
                result.volumes().stream()
                        .map(volume -> String.valueOf(volume.planned().path().getFileName()))
                        .toList());
        Path vm = folder.resolve("vm");
        assertEquals(1L << 30, Files.size(vm.resolve("sda1.raw")));
        try (RandomAccessFile file = new RandomAccessFile(vm.resolve("sda1.raw").toFile(), "r")) {
            byte[] begin = new byte[DISK_BYTES + MIB];
            file.readFully(begin);
            assertArrayEquals(Arrays.copyOf(disk, DISK_BYTES + MIB), begin);
        }
        assertArrayEquals(disk, Files.readAllBytes(vm.resolve("sdb.raw")));
        assertEquals(2L << 30, Files.size(vm.resolve("sdc.raw")));
        assertEquals(3L * MIB, Files.size(vm.resolve("sdd.raw")));
        assertEquals(3, quarry.catalog().volumes().size());
        String qemu = LaunchCommands.qemu(result);
        assertTrue(qemu.contains("sda1.raw,format=raw,if=virtio"), qemu);
        assertTrue(LaunchCommands.libvirt(result).contains("dev=\"vdd\""));
    }

    @Test
    void aShrinkingSizeIsRefusedAndNothingIsMade() throws IOException {
        Path raw = folder.resolve("large.raw");
        try (RandomAccessFile file = new RandomAccessFile(raw.toFile(), "rw")) {
            file.setLength(3L << 30);
        }
        ImportResult large =
                quarry.importImage(
                        ImportRequest.of(raw).withFormat("raw").withName("large"),
                        ProgressListener.none(),
                        new CancelToken());
        MachineImage registered = Objects.requireNonNull(large.image());
        CatalogException refused =
                assertThrows(
                        CatalogException.class,
                        () ->
                                launch(
                                        LaunchRequest.of(registered.id(), folder.resolve("vm"))
                                                .withMappings(
                                                        List.of(
                                                                BlockDeviceMapping.ebs(
                                                                        "/dev/sda1",
                                                                        Ebs.builder()
                                                                                .volumeSize(2)
                                                                                .build())))));
        assertEquals(ErrorCode.INVALID_BLOCK_DEVICE_MAPPING, refused.code());
        assertFalse(Files.exists(folder.resolve("vm")));
    }

    @Test
    void aCancelledLaunchLeavesNothing() throws IOException {
        CancelToken cancel = new CancelToken();
        cancel.cancel();
        assertThrows(
                CancelledException.class,
                () ->
                        quarry.launch(
                                LaunchRequest.of(image.id(), folder.resolve("deep/vm")),
                                ProgressListener.none(),
                                cancel));
        assertFalse(Files.exists(folder.resolve("deep")));
        assertEquals(0, quarry.catalog().launches().size());
    }

    @Test
    void aFolderWithALaunchIsNotOverwritten() throws IOException {
        launch(LaunchRequest.of(image.id(), folder.resolve("vm")));
        assertThrows(
                FileAlreadyExistsException.class,
                () -> launch(LaunchRequest.of(image.id(), folder.resolve("vm"))));
        assertArrayEquals(disk, Files.readAllBytes(folder.resolve("vm/sda1.raw")));
    }

    @Test
    void exportGivesTheDiskBackInEveryFormat() throws IOException {
        for (String format : List.of("raw", "qcow2")) {
            Path file = folder.resolve("out." + format);
            quarry.export(
                    image.id(),
                    file,
                    format,
                    CreateOptions.defaults(),
                    ProgressListener.none(),
                    new CancelToken());
            assertArrayEquals(disk, rawOf(file, format, folder));
        }
    }

    @Test
    void theSameDiskInAnotherFormatIsTheSameSnapshot() throws IOException {
        Path qcow2 = folder.resolve("disk.qcow2");
        Quarry.convert(
                ConvertRequest.of(folder.resolve("disk.raw"), qcow2, "qcow2")
                        .withSourceFormat("raw"),
                ProgressListener.none(),
                new CancelToken());
        ImportResult again =
                quarry.importImage(
                        ImportRequest.of(qcow2), ProgressListener.none(), new CancelToken());
        assertEquals(0, again.content().storedBytes());
        Snapshot first = quarry.catalog().snapshot(String.valueOf(image.rootSnapshotId()));
        assertEquals(first.root(), again.snapshot().root());
        StoreStatistics statistics = quarry.statistics();
        assertEquals(1, statistics.images().size());
        assertEquals(2, statistics.snapshots().size());
        assertEquals(0, statistics.images().get(0).exclusiveBytes());
    }

    @Test
    void aFailedRegistrationLeavesNoSnapshot() throws IOException {
        int before = quarry.catalog().snapshots().size();
        CatalogException refused =
                assertThrows(
                        CatalogException.class,
                        () ->
                                quarry.importImage(
                                        ImportRequest.of(folder.resolve("disk.raw"))
                                                .withName("first"),
                                        ProgressListener.none(),
                                        new CancelToken()));
        assertEquals(ErrorCode.INVALID_AMI_NAME_DUPLICATE, refused.code());
        assertEquals(before, quarry.catalog().snapshots().size());
    }

    @Test
    void aTruncatedImageLeavesTheStoreAsItWas() throws IOException {
        Path qcow2 = folder.resolve("disk.qcow2");
        Quarry.convert(
                ConvertRequest.of(folder.resolve("disk.raw"), qcow2, "qcow2")
                        .withSourceFormat("raw"),
                ProgressListener.none(),
                new CancelToken());
        try (RandomAccessFile file = new RandomAccessFile(qcow2.toFile(), "rw")) {
            file.setLength(file.length() / 2);
        }
        List<String> files = files();
        assertThrows(
                ImageException.class,
                () ->
                        quarry.importImage(
                                ImportRequest.of(qcow2),
                                ProgressListener.none(),
                                new CancelToken()));
        assertEquals(files, files());
    }

    private List<String> files() throws IOException {
        try (Stream<Path> all = Files.walk(folder.resolve("store"))) {
            return all.filter(Files::isRegularFile).map(Path::toString).sorted().toList();
        }
    }
}

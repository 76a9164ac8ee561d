package dev.quarry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.catalog.model.ImageState;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotState;
import dev.quarry.image.CreateOptions;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.store.VerifyDepth;
import dev.quarry.testdata.RandomContent;
import dev.quarry.testdata.Replay;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Small disks that are known by their names, and what stores have of them. */
final class StoreFixture {

    /**
     * A disk whose pack is not a small one, when half of it is garbage; a longer name is the first
     * half of it.
     */
    static final String LARGE = "large";

    private static final int LARGE_BYTES = 36 << 20;

    private final Path folder;
    private final Map<String, byte[]> disks = new TreeMap<>();

    /**
     * @param folder for the files of disks
     */
    StoreFixture(Path folder) {
        this.folder = folder;
    }

    /**
     * Half of each disk is the same; the rest follows from its name's first letter, and cannot be
     * compressed.
     */
    byte[] disk(String name) {
        return disks.computeIfAbsent(
                name,
                key -> {
                    if (key.startsWith(LARGE)) {
                        byte[] large = new byte[key.equals(LARGE) ? LARGE_BYTES : LARGE_BYTES / 2];
                        Replay.generator(LARGE.charAt(0)).nextBytes(large);
                        return large;
                    }
                    byte[] disk = RandomContent.bytes(Replay.generator(1), 512 << 10, 4096);
                    byte[] own = new byte[256 << 10];
                    Replay.generator(key.charAt(0)).nextBytes(own);
                    System.arraycopy(own, 0, disk, 128 << 10, own.length);
                    return disk;
                });
    }

    Path file(String name) throws IOException {
        return Files.write(folder.resolve(name + ".raw"), disk(name));
    }

    void importDisk(Quarry quarry, String name) throws IOException {
        importDisk(quarry, file(name), name);
    }

    /** The description of the snapshot says which disk it is. */
    static void importDisk(Quarry quarry, Path file, String name) throws IOException {
        quarry.importImage(
                ImportRequest.of(file).withFormat("raw").withName(name).withDescription(name),
                ProgressListener.none(),
                new CancelToken());
    }

    /** The available image of that name. */
    static MachineImage image(Quarry quarry, String name) throws IOException {
        return quarry.catalog().images().stream()
                .filter(image -> image.name().equals(name) && image.state() == ImageState.AVAILABLE)
                .findFirst()
                .orElseThrow();
    }

    static boolean hasImage(Quarry quarry, String name) throws IOException {
        return quarry.catalog().images().stream()
                .anyMatch(image ->
                        image.name().equals(name) && image.state() == ImageState.AVAILABLE);
    }

    /** Deletes a disk's images, whatever their state, and snapshots. */
    static void delete(Quarry quarry, String name) throws IOException {
        for (MachineImage image : quarry.catalog().images()) {
            if (image.name().equals(name)) {
                quarry.catalog().lifecycle().deregister(image.id());
            }
        }
        for (Snapshot snapshot : quarry.catalog().snapshots()) {
            if (name.equals(nameOf(snapshot))) {
                quarry.catalog().deleteSnapshot(snapshot.id());
            }
        }
    }

    static void collect(Quarry quarry) throws IOException {
        quarry.maintenance().collect(new CancelToken());
    }

    static VerifyReport verify(Quarry quarry) throws IOException {
        return quarry.maintenance()
                .verify(VerifyDepth.full(), ProgressListener.none(), new CancelToken());
    }

    static void assertSound(Quarry quarry) throws IOException {
        VerifyReport report = verify(quarry);
        assertTrue(report.isSound(), report.toString());
    }

    /** What is made of a launch of the first disk, or copied from the second, says so itself. */
    private static String nameOf(Snapshot snapshot) {
        String description = String.valueOf(snapshot.description());
        if (description.startsWith("Created by CreateImage")) {
            return "created";
        }
        return description.startsWith("Copied for") ? "copied" : description;
    }

    private static String contentOf(String name) {
        return switch (name) {
            case "created" -> "first";
            case "copied" -> "second";
            default -> name;
        };
    }

    /** Names of the disks that completed snapshots have, each compared byte by byte. */
    Set<String> held(Quarry quarry) throws IOException {
        Set<String> names = new TreeSet<>();
        for (Snapshot snapshot : quarry.catalog().snapshots()) {
            if (snapshot.state() != SnapshotState.COMPLETED) {
                continue;
            }
            String name = nameOf(snapshot);
            Path out = folder.resolve("out.raw");
            quarry.export(
                    snapshot.id(),
                    out,
                    "raw",
                    CreateOptions.defaults(),
                    ProgressListener.none(),
                    new CancelToken());
            assertArrayEquals(disk(contentOf(name)), Files.readAllBytes(out), name);
            names.add(name);
        }
        return names;
    }

    /** The files of a folder, or none if there is no such folder. */
    static List<Path> files(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    static void copyTree(Path source, Path target) throws IOException {
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.toList()) {
                Path copy = target.resolve(source.relativize(file));
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy);
                }
            }
        }
    }

    static void deleteTree(Path folder) throws IOException {
        List<Path> all = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(all::add);
        }
        for (Path file : all) {
            Files.deleteIfExists(file);
        }
    }
}

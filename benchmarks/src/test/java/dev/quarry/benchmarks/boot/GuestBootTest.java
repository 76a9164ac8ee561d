package dev.quarry.benchmarks.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.quarry.ConvertRequest;
import dev.quarry.ImportRequest;
import dev.quarry.ImportResult;
import dev.quarry.Quarry;
import dev.quarry.benchmarks.Project;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.testdata.ForeignTool;
import dev.quarry.testdata.Prerequisite;
import dev.quarry.volume.LaunchRequest;
import dev.quarry.volume.VolumeMode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/**
 * A Linux guest mounts launched volumes and checks the digests of their files: {@code
 * testdata/boot/guest.sh} starts it.
 */
final class GuestBootTest {

    private static final Duration GUEST_LIMIT = Duration.ofMinutes(6);
    private static final String DISK_SIZE = "64M";
    private static final long SEED = 20251123;

    @TempDir private Path folder;

    @Test
    void aGuestReadsEveryFileOfItsVolumes() throws Exception {
        ForeignTool mke2fs = ForeignTool.require("mke2fs");
        for (String tool : List.of("qemu-system-x86_64", "busybox", "cpio")) {
            ForeignTool.require(tool);
        }
        Path kernel = kernel();
        Path sums = folder.resolve("sums");
        Path tree = Files.createDirectory(folder.resolve("tree"));
        Files.write(sums, fill(tree));
        Path raw = folder.resolve("disk.raw");
        mke2fs.run("-q", "-t", "ext4", "-d", tree, raw, DISK_SIZE).expectSuccess();

        List<Object> disks = new ArrayList<>();
        try (Quarry quarry = Quarry.openOrCreate(folder.resolve("store"))) {
            Path qcow2 = folder.resolve("disk.qcow2");
            Quarry.convert(
                    ConvertRequest.of(raw, qcow2, "qcow2"),
                    ProgressListener.none(),
                    new CancelToken());
            ImportResult imported =
                    quarry.importImage(
                            ImportRequest.of(qcow2).withName("guest"),
                            ProgressListener.none(),
                            new CancelToken());
            MachineImage image = Objects.requireNonNull(imported.image());
            for (VolumeMode mode : VolumeMode.values()) {
                disks.add(mode.format() + ":" + launch(quarry, image, mode));
            }
        }
        assertEquals(VolumeMode.values().length, disks.size());
        disks.addFirst(sums);
        disks.addFirst(kernel);
        ForeignTool.require("bash").withTimeout(GUEST_LIMIT).run(withScript(disks)).expectSuccess();
    }

    private static Object[] withScript(List<Object> arguments) throws IOException {
        List<Object> all = new ArrayList<>();
        all.add(Project.find().root().resolve("testdata/boot/guest.sh"));
        all.addAll(arguments);
        return all.toArray();
    }

    private Path launch(Quarry quarry, MachineImage image, VolumeMode mode) throws IOException {
        return quarry.launch(
                        LaunchRequest.of(image.id(), folder.resolve("launch-" + mode))
                                .withMode(mode),
                        ProgressListener.none(),
                        new CancelToken())
                .volumes()
                .getFirst()
                .planned()
                .path();
    }

    /** The kernel that {@code kernel.sh} fetches, where it puts it. */
    private static Path kernel() {
        String home = System.getProperty("user.home");
        String cache = System.getenv().getOrDefault("XDG_CACHE_HOME", home + "/.cache");
        Path guest = Path.of(System.getenv().getOrDefault("QUARRY_GUEST", cache + "/quarry/guest"));
        Path kernel = guest.resolve("vmlinuz");
        if (!Files.isReadable(kernel)) {
            throw Prerequisite.missing("no guest kernel: testdata/boot/kernel.sh fetches one");
        }
        return kernel;
    }

    /** Writes files of all sizes, one with holes; returns a line of digest and path for each. */
    private static List<String> fill(Path tree) throws IOException, NoSuchAlgorithmException {
        Random random = new Random(SEED);
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            Path file = tree.resolve("folder" + i % 7).resolve("file" + i);
            Files.createDirectories(file.getParent());
            byte[] bytes = new byte[random.nextInt(1 << (4 + i % 18))];
            random.nextBytes(bytes);
            Files.write(file, bytes);
            lines.add(line(tree, file));
        }
        Path sparse = tree.resolve("sparse");
        try (RandomAccessFile file = new RandomAccessFile(sparse.toFile(), "rw")) {
            file.setLength(9 << 20);
            file.seek(5 << 20);
            file.write("in the middle of nothing".getBytes(StandardCharsets.UTF_8));
        }
        lines.add(line(tree, sparse));
        return lines;
    }

    private static String line(Path tree, Path file) throws IOException, NoSuchAlgorithmException {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
        return HexFormat.of().formatHex(digest) + "  ./" + tree.relativize(file);
    }
}

package dev.quarry.formats.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.quarry.formats.Images;
import dev.quarry.image.DiskImage;
import dev.quarry.testdata.Content;
import dev.quarry.testdata.ForeignTool;
import dev.quarry.testdata.Qcow2Oracle;
import dev.quarry.testdata.Qcow2Oracle.Compression;
import dev.quarry.testdata.Qcow2Oracle.Options;
import dev.quarry.testdata.RandomContent;
import dev.quarry.testdata.RawOracle;
import dev.quarry.testdata.Replay;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.random.RandomGenerator;

/** Any valid image that an independent writer can make reads as what went into it. */
final class Qcow2PropertyTest {

    private static final int RUNS = 60;
    private static final int FOREIGN_RUNS = 12;

    @TempDir Path folder;

    private static Options options(RandomGenerator random) {
        int version = random.nextInt(4) == 0 ? 2 : 3;
        Compression compression =
                switch (random.nextInt(version == 2 ? 2 : 3)) {
                    case 0 -> Compression.NONE;
                    case 1 -> Compression.DEFLATE;
                    default -> Compression.ZSTD;
                };
        int clusterBits = random.nextInt(9, random.nextInt(4) == 0 ? 22 : 17);
        Options options =
                Options.plain()
                        .withVersion(version)
                        .withClusterBits(clusterBits)
                        .withCompression(compression)
                        .withSeed(random.nextInt(5) == 0 ? 0 : random.nextLong());
        if (version == 3 && compression == Compression.NONE) {
            options = options.withRefcountOrder(random.nextInt(7));
        }
        return version == 3 && clusterBits >= 14 && random.nextInt(3) == 0
                ? options.withExtendedL2()
                : options;
    }

    private static byte[] content(RandomGenerator random) {
        int size = random.nextInt(1, 3000) * 512;
        return RandomContent.bytes(random, size, random.nextBoolean() ? 512 : 1);
    }

    @Test
    void readsWhatTheOracleWrote() {
        Replay.seeds(
                RUNS,
                random -> {
                    byte[] content = content(random);
                    Path path = folder.resolve("disk.qcow2");
                    Qcow2Oracle.write(Content.of(content), path, options(random));
                    assertArrayEquals(content, Images.bytes(path));
                });
    }

    @Test
    void readsChains() {
        Replay.seeds(
                RUNS / 2,
                random -> {
                    Path raw = folder.resolve("base.raw");
                    byte[] below = RandomContent.bytes(random, random.nextInt(1, 1_000_000), 1);
                    RawOracle.write(Content.of(below), raw);
                    String name = raw.getFileName().toString();
                    String format = "raw";
                    for (int i = 0; i < 3; i++) {
                        byte[] content = mutate(below, random);
                        Path path = folder.resolve("layer" + i + ".qcow2");
                        Qcow2Oracle.write(
                                Content.of(content),
                                Content.of(below),
                                path,
                                options(random)
                                        .withBacking(name, format)
                                        .withClusterBits(random.nextInt(14, 18)));
                        try (DiskImage image = Images.openWithReferences(path)) {
                            assertArrayEquals(content, Images.bytes(image));
                        }
                        below = content;
                        name = path.getFileName().toString();
                        format = "qcow2";
                    }
                });
    }

    /** Changes some of a disk and its size. */
    private static byte[] mutate(byte[] below, RandomGenerator random) {
        byte[] content = content(random);
        int same = Math.min(content.length, below.length);
        System.arraycopy(below, 0, content, 0, same);
        for (int i = random.nextInt(4); i > 0; i--) {
            int at = random.nextInt(content.length);
            byte[] patch = RandomContent.bytes(random, random.nextInt(content.length - at) + 1, 1);
            System.arraycopy(patch, 0, content, at, patch.length);
        }
        return content;
    }

    /** Were the oracle wrong, the reader could be wrong with it. */
    @Test
    void qemuFindsNoFaultInTheOracle() throws IOException {
        ForeignTool qemuImg = ForeignTool.require("qemu-img");
        Replay.seeds(
                FOREIGN_RUNS,
                random -> {
                    byte[] content = content(random);
                    Path path = folder.resolve("disk.qcow2");
                    Qcow2Oracle.write(Content.of(content), path, options(random));
                    qemuImg.run("check", "-f", "qcow2", path).expectSuccess();
                    Path raw = Files.write(folder.resolve("disk.raw"), content);
                    assertEquals(
                            0,
                            qemuImg.run("compare", "-f", "qcow2", "-F", "raw", path, raw)
                                    .exitCode());
                });
    }
}

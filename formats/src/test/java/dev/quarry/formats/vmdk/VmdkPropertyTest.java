package dev.quarry.formats.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.quarry.formats.Images;
import dev.quarry.testdata.Content;
import dev.quarry.testdata.ForeignTool;
import dev.quarry.testdata.RandomContent;
import dev.quarry.testdata.Replay;
import dev.quarry.testdata.VmdkOracle;
import dev.quarry.testdata.VmdkOracle.Options;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.random.RandomGenerator;

/** Any valid image that an independent writer can make reads as what went into it. */
final class VmdkPropertyTest {

    private static final int RUNS = 60;
    private static final int FOREIGN_RUNS = 18;
    private static final int KINDS = 7;

    @TempDir Path folder;

    private static byte[] content(RandomGenerator random) {
        return RandomContent.bytes(
                random, random.nextInt(1, 3000) * 512, random.nextBoolean() ? 512 : 1);
    }

    private static Options options(RandomGenerator random) {
        Options options =
                Options.plain()
                        .withGrainSectors(1 << random.nextInt(3, 9))
                        .withSeed(random.nextInt(5) == 0 ? 0 : random.nextLong());
        return random.nextBoolean() ? options : options.withDirectoryInFront();
    }

    private static void write(
            int kind, byte[] content, Path path, Options options, RandomGenerator random)
            throws IOException {
        Content source = Content.of(content);
        // qemu misreads sparse parts that are no whole grains, which no writer makes.
        long part = random.nextInt(1, 20) * 512L * options.grainSectors();
        switch (kind) {
            case 0 -> VmdkOracle.writeMonolithicSparse(source, path, options);
            case 1 -> VmdkOracle.writeStreamOptimized(source, path, options);
            case 2 -> VmdkOracle.writeMonolithicFlat(source, path, options);
            case 3 -> VmdkOracle.writeSplitFlat(source, path, part, options);
            case 4 -> VmdkOracle.writeSplitSparse(source, path, part, options);
            case 5 -> VmdkOracle.writeSeSparse(source, path, options);
            default -> VmdkOracle.writeVmfsSparse(source, path, options);
        }
    }

    @Test
    void readsWhatTheOracleWrote() {
        Replay.seeds(
                RUNS,
                random -> {
                    byte[] content = content(random);
                    Path path = folder.resolve("disk.vmdk");
                    Options options =
                            random.nextBoolean()
                                    ? options(random)
                                    : options(random).withZeroedGrains();
                    write(random.nextInt(KINDS), content, path, options, random);
                    assertArrayEquals(content, Images.bytes(path));
                });
    }

    /** Were the oracle wrong, the reader could be wrong with it. */
    @Test
    void qemuReadsTheSameFromTheOracle() {
        ForeignTool qemuImg = ForeignTool.require("qemu-img");
        Replay.seeds(
                FOREIGN_RUNS,
                random -> {
                    byte[] content = content(random);
                    Path path = folder.resolve("disk.vmdk");
                    write(random.nextInt(KINDS), content, path, options(random), random);
                    Path raw = Files.write(folder.resolve("disk.raw"), content);
                    assertEquals(
                            0,
                            qemuImg.run("compare", "-f", "vmdk", "-F", "raw", path, raw)
                                    .exitCode());
                });
    }
}

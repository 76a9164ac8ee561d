package dev.quarry.formats.qcow2;

import dev.quarry.block.BlockSourceContract;
import dev.quarry.formats.Images;
import dev.quarry.testdata.Content;
import dev.quarry.testdata.Qcow2Oracle;
import dev.quarry.testdata.Qcow2Oracle.Compression;
import dev.quarry.testdata.Qcow2Oracle.Options;
import dev.quarry.testdata.RandomContent;
import dev.quarry.testdata.RawOracle;
import dev.quarry.testdata.Replay;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/** The contract, for each way in which a qcow2 image can hold its bytes. */
final class Qcow2ImageTest {

    @TempDir Path folder;

    private BlockSourceContract.Subject subject(Options options) throws IOException {
        byte[] content = RandomContent.bytes(Replay.generator(2), 1_500_160, 512);
        Path path = folder.resolve("disk.qcow2");
        Qcow2Oracle.write(Content.of(content), path, options);
        return new BlockSourceContract.Subject(Images.open(path), content);
    }

    private static Options mixed() {
        return Options.plain().withSeed(7);
    }

    @Nested
    final class Plain extends BlockSourceContract {
        @Override
        protected Subject open() throws IOException {
            return subject(Options.plain());
        }
    }

    @Nested
    final class Version2 extends BlockSourceContract {
        @Override
        protected Subject open() throws IOException {
            return subject(mixed().withVersion(2).withClusterBits(12));
        }
    }

    @Nested
    final class SmallestClusters extends BlockSourceContract {
        @Override
        protected Subject open() throws IOException {
            return subject(mixed().withClusterBits(9).withCompression(Compression.DEFLATE));
        }
    }

    @Nested
    final class LargestClusters extends BlockSourceContract {
        @Override
        protected Subject open() throws IOException {
            return subject(mixed().withClusterBits(21).withCompression(Compression.DEFLATE));
        }
    }

    @Nested
    final class Deflate extends BlockSourceContract {
        @Override
        protected Subject open() throws IOException {
            return subject(mixed().withCompression(Compression.DEFLATE));
        }
    }

    @Nested
    final class Zstd extends BlockSourceContract {
        @Override
        protected Subject open() throws IOException {
            return subject(mixed().withClusterBits(14).withCompression(Compression.ZSTD));
        }
    }

    @Nested
    final class ExtendedL2 extends BlockSourceContract {
        @Override
        protected Subject open() throws IOException {
            return subject(
                    mixed().withClusterBits(14)
                            .withExtendedL2()
                            .withCompression(Compression.DEFLATE));
        }
    }

    @Nested
    final class OverAShorterBackingFile extends BlockSourceContract {
        @Override
        protected Subject open() throws IOException {
            byte[] content = RandomContent.bytes(Replay.generator(3), 1_500_160, 512);
            byte[] below = Arrays.copyOf(content, 700_001);
            for (int at = 0; at < below.length; at += 50_000) {
                below[at]++;
            }
            RawOracle.write(Content.of(below), folder.resolve("base.raw"));
            Path path = folder.resolve("overlay.qcow2");
            Qcow2Oracle.write(
                    Content.of(content),
                    Content.of(below),
                    path,
                    mixed().withBacking("base.raw", "raw"));
            return new Subject(Images.openWithReferences(path), content);
        }
    }

    @Nested
    final class OverALongerBackingFile extends BlockSourceContract {
        @Override
        protected Subject open() throws IOException {
            byte[] below = RandomContent.bytes(Replay.generator(4), 2_000_000, 1);
            byte[] content = Arrays.copyOf(below, 1_024_000);
            Arrays.fill(content, 300_000, 400_000, (byte) 0);
            Qcow2Oracle.write(
                    Content.of(below), folder.resolve("base.qcow2"), mixed().withClusterBits(12));
            Path path = folder.resolve("overlay.qcow2");
            Qcow2Oracle.write(
                    Content.of(content),
                    Content.of(below),
                    path,
                    mixed().withBacking("base.qcow2", "qcow2"));
            return new Subject(Images.openWithReferences(path), content);
        }
    }
}

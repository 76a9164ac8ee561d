package dev.quarry.formats.vmdk;

import dev.quarry.block.BlockSourceContract;
import dev.quarry.formats.Images;
import dev.quarry.testdata.Content;
import dev.quarry.testdata.RandomContent;
import dev.quarry.testdata.Replay;
import dev.quarry.testdata.VmdkOracle;
import dev.quarry.testdata.VmdkOracle.Options;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;

/** The contract, for each way in which a VMDK can hold its bytes. */
final class VmdkImageTest {

    private static final int SIZE = 1_500_160;

    @TempDir Path folder;

    @FunctionalInterface
    private interface Writer {
        void write(Content content, Path path) throws IOException;
    }

    private BlockSourceContract.Subject subject(Writer writer) throws IOException {
        byte[] content = RandomContent.bytes(Replay.generator(5), SIZE, 512);
        Path path = folder.resolve("disk.vmdk");
        writer.write(Content.of(content), path);
        return new BlockSourceContract.Subject(Images.open(path), content);
    }

    private static Options mixed() {
        return Options.plain().withGrainSectors(16).withSeed(9);
    }

    @Nested
    final class MonolithicSparse extends BlockSourceContract {
        @Override
        protected Subject open() throws IOException {
            return subject((content, path) ->
                    VmdkOracle.writeMonolithicSparse(content, path, mixed().withZeroedGrains()));
        }
    }

    @Nested
    final class StreamOptimized extends BlockSourceContract {
        @Override
        protected Subject open() throws IOException {
            return subject((content, path) ->
                    VmdkOracle.writeStreamOptimized(content, path, mixed().withGrainSectors(128)));
        }
    }

    @Nested
    final class MonolithicFlat extends BlockSourceContract {
        @Override
        protected Subject open() throws IOException {
            return subject(
                    (content, path) -> VmdkOracle.writeMonolithicFlat(content, path, mixed()));
        }
    }

    @Nested
    final class SplitFlat extends BlockSourceContract {
        @Override
        protected Subject open() throws IOException {
            return subject(
                    (content, path) -> VmdkOracle.writeSplitFlat(content, path, 400_384, mixed()));
        }
    }

    @Nested
    final class SplitSparse extends BlockSourceContract {
        @Override
        protected Subject open() throws IOException {
            return subject((content, path) ->
                    VmdkOracle.writeSplitSparse(content, path, 400_384, mixed()));
        }
    }

    @Nested
    final class VmfsSparse extends BlockSourceContract {
        @Override
        protected Subject open() throws IOException {
            return subject((content, path) ->
                    VmdkOracle.writeVmfsSparse(content, path, mixed().withGrainSectors(1)));
        }
    }

    @Nested
    final class Delta extends BlockSourceContract {
        @Override
        protected Subject open() throws IOException {
            byte[] below = RandomContent.bytes(Replay.generator(6), SIZE, 512);
            byte[] content = below.clone();
            byte[] patch = RandomContent.bytes(Replay.generator(7), 300_000, 1);
            System.arraycopy(patch, 0, content, 555_555, patch.length);
            VmdkOracle.writeStreamOptimized(
                    Content.of(below), folder.resolve("base.vmdk"), Options.plain());
            Path path = folder.resolve("delta.vmdk");
            VmdkOracle.writeMonolithicSparse(
                    Content.of(content),
                    Content.of(below),
                    path,
                    mixed().withZeroedGrains().withParent(VmdkOracle.CID, "base.vmdk"));
            return new Subject(Images.openWithReferences(path), content);
        }
    }
}

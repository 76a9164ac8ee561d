package dev.quarry.formats.raw;

import dev.quarry.block.BlockSourceContract;
import dev.quarry.formats.Images;
import dev.quarry.testdata.Content;
import dev.quarry.testdata.RandomContent;
import dev.quarry.testdata.RawOracle;
import dev.quarry.testdata.Replay;

import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;

/** A sparse raw image of an odd size. */
final class RawImageTest extends BlockSourceContract {

    @TempDir Path folder;

    @Override
    protected Subject open() throws IOException {
        byte[] content = RandomContent.bytes(Replay.generator(1), 1_000_001, 512);
        Path path = folder.resolve("disk.raw");
        RawOracle.write(Content.of(content), path);
        return new Subject(Images.open(path), content);
    }
}

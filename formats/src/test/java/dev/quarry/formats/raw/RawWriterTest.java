package dev.quarry.formats.raw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.block.BlockTarget;
import dev.quarry.formats.Images;
import dev.quarry.image.CreateOptions;
import dev.quarry.image.ImageException;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.storage.FileStorage;
import dev.quarry.storage.OutputFile;
import dev.quarry.testdata.RandomContent;
import dev.quarry.testdata.Replay;
import dev.quarry.volume.Copier;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

final class RawWriterTest {

    @TempDir Path folder;

    private static BlockTarget create(OutputFile file, long size) throws IOException {
        return new RawFormat().create(file, size, CreateOptions.defaults());
    }

    private static void fill(BlockTarget target, byte[] content) throws IOException {
        Copier.copy(Images.source(content), target, 2, ProgressListener.none(), new CancelToken());
        target.commit();
    }

    @Test
    void keepsOddSizesAndHoles() throws IOException {
        byte[] content = new byte[10_000_001];
        content[10_000_000] = 1;
        content[5_000_000] = 2;
        Path path = folder.resolve("disk");
        try (BlockTarget target = create(OutputFile.create(path), content.length)) {
            fill(target, content);
        }
        assertArrayEquals(content, Files.readAllBytes(path));
        try (FileStorage storage = FileStorage.open(path)) {
            assertTrue(storage.allocatedBytes() < 100_000, "holes were written");
        }
    }

    @Test
    void oldDataNeverShows() throws IOException {
        byte[] content = RandomContent.bytes(Replay.generator(3), 5_000_001, 1);
        for (int oldSize : new int[] {100, 5_000_001, 9_000_000}) {
            byte[] old = new byte[oldSize];
            Arrays.fill(old, (byte) 0xff);
            Path path = Files.write(folder.resolve("old"), old);
            try (BlockTarget target = create(OutputFile.openExisting(path), content.length)) {
                fill(target, content);
            }
            byte[] expected = Arrays.copyOf(content, Math.max(oldSize, content.length));
            assertArrayEquals(expected, Files.readAllBytes(path));
        }
    }

    @Test
    void whatIsNotCommittedIsNotThere() throws IOException {
        Path path = folder.resolve("disk");
        try (BlockTarget target = create(OutputFile.create(path), 100)) {
            target.write(0, MemorySegment.ofArray(new byte[] {1}));
        }
        assertFalse(Files.exists(path));
    }

    @Test
    void refusesRangesThatAreNotOnTheDisk() throws IOException {
        try (BlockTarget target = create(OutputFile.create(folder.resolve("disk")), 10)) {
            MemorySegment two = MemorySegment.ofArray(new byte[2]);
            assertThrows(IndexOutOfBoundsException.class, () -> target.write(9, two));
            assertThrows(IndexOutOfBoundsException.class, () -> target.write(-1, two));
            assertThrows(IndexOutOfBoundsException.class, () -> target.zero(9, 2));
            assertThrows(IndexOutOfBoundsException.class, () -> target.zero(0, -1));
        }
    }

    @Test
    void refusesOptionsAndBackingFiles() throws IOException {
        CreateOptions unknown = new CreateOptions(null, null, Map.of("cluster_size", "4k"));
        CreateOptions backing = new CreateOptions("base", "raw", Map.of());
        for (CreateOptions options : new CreateOptions[] {unknown, backing}) {
            try (OutputFile file = OutputFile.create(folder.resolve("disk"))) {
                ImageException e =
                        assertThrows(
                                ImageException.class,
                                () -> new RawFormat().create(file, 10, options));
                assertEquals(ImageException.Kind.UNSUPPORTED, e.kind());
            }
        }
    }
}

package dev.quarry.benchmarks.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.testdata.Content;
import dev.quarry.testdata.DemoDisk;
import dev.quarry.testdata.Qcow2Oracle;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

final class DemoTest {

    private static final long SIZE = 8 << 20;

    @TempDir private Path folder;

    private Path disk(int variant) throws IOException {
        Path raw = folder.resolve("disk" + variant + ".raw");
        DemoDisk.write(raw, 1, variant, SIZE);
        return raw;
    }

    @Test
    void disksThatAreGivenComeBackAndNothingIsLeftBehind() throws Exception {
        Path first = disk(0);
        Path again = folder.resolve("again.qcow2");
        try (Content content = Content.open(first)) {
            Qcow2Oracle.write(content, again, Qcow2Oracle.Options.plain());
        }
        Path work = Files.createDirectory(folder.resolve("work"));
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        try (PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8)) {
            assertTrue(Demo.run(List.of(first, again, disk(1)), work, out));
        }
        String text = said.toString(StandardCharsets.UTF_8);
        // Three volumes of the first image, one of the other: the second file has no new disk.
        assertEquals(4, text.lines().filter(line -> line.endsWith(" equal")).count(), text);
        assertTrue(text.contains("2 different disks"), text);
        try (Stream<Path> left = Files.list(work)) {
            assertEquals(0, left.count());
        }
    }

    @Test
    void aByteThatDiffersChangesTheDigest() throws Exception {
        Path raw = disk(0);
        DiskDigests digests = new DiskDigests();
        var before = digests.of(raw, "raw", SIZE);
        assertEquals(before, digests.of(raw, "raw", SIZE));
        try (RandomAccessFile file = new RandomAccessFile(raw.toFile(), "rw")) {
            file.seek(SIZE - 1);
            file.write(1);
        }
        assertNotEquals(before, digests.of(raw, "raw", SIZE));
    }

    @Test
    void aDiskWithRoomToGrowIsTheDiskAndZeros() throws Exception {
        Path raw = disk(0);
        DiskDigests digests = new DiskDigests();
        var grown = digests.of(raw, "raw", SIZE + 4096 + 512);
        try (RandomAccessFile file = new RandomAccessFile(raw.toFile(), "rw")) {
            file.setLength(SIZE + 4096 + 512);
        }
        assertEquals(digests.of(raw, "raw", SIZE + 4096 + 512), grown);
    }

    @Test
    void anEmptyDiskHasTheDigestOfZeros() throws Exception {
        Path raw = folder.resolve("empty.raw");
        try (RandomAccessFile file = new RandomAccessFile(raw.toFile(), "rw")) {
            file.setLength(SIZE);
        }
        assertEquals(DiskDigests.ofZeros(SIZE), new DiskDigests().of(raw, "raw", SIZE));
    }
}

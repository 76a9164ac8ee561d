package dev.quarry.formats.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.formats.Images;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.image.Mapping;
import dev.quarry.testdata.Content;
import dev.quarry.testdata.RandomContent;
import dev.quarry.testdata.Replay;
import dev.quarry.testdata.VmdkOracle;
import dev.quarry.testdata.VmdkOracle.Options;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Space-efficient extents, whole and damaged; positions are spelled out: this test is to know no
 * layout of ours.
 */
final class SeSparseTest {

    private static final int SECTOR = 512;
    private static final int DIRECTORY = 4096 * SECTOR;

    @TempDir Path folder;

    private Path image = Path.of("");
    private Path extent = Path.of("");
    private byte[] content = new byte[0];

    @BeforeEach
    void makeImage() throws IOException {
        // More than one table's 16 MiB, and no zeros at the start.
        content = RandomContent.bytes(Replay.generator(81), 20 << 20, 4096);
        java.util.Arrays.fill(content, 0, 8192, (byte) 's');
        image = folder.resolve("disk.vmdk");
        extent = folder.resolve("disk-sesparse.vmdk");
        VmdkOracle.writeSeSparse(Content.of(content), image, Options.plain());
    }

    private static long table() {
        return DIRECTORY + SECTOR;
    }

    @Test
    void reads() throws IOException {
        assertArrayEquals(content, Images.bytes(image));
    }

    @Test
    void unmappedGrainsAreZeros() throws IOException {
        Images.patchLittleLong(extent, table(), 1L << 60);
        java.util.Arrays.fill(content, 0, 4096, (byte) 0);
        assertArrayEquals(content, Images.bytes(image));
        try (DiskImage disk = Images.open(image)) {
            assertTrue(disk.map(0, 4096) instanceof Mapping.Zero);
        }
    }

    /** A damage to the extent. */
    record Defect(String name, Kind kind, long position, long value) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Defect> defects() {
        return Stream.of(
                new Defect("magic", Kind.FOREIGN, 0, 0xcafebabfL),
                new Defect("version 1", Kind.UNSUPPORTED, 8, 0x100000001L),
                new Defect("capacity of exabytes", Kind.LIMIT, 16, 1L << 60),
                new Defect("capacity negative", Kind.LIMIT, 16, -1),
                new Defect("capacity that the descriptor denies", Kind.CORRUPT, 16, 8),
                new Defect("grains of 64 KiB", Kind.UNSUPPORTED, 24, 128),
                new Defect("tables of one sector", Kind.UNSUPPORTED, 32, 1),
                new Defect("unknown flags", Kind.UNSUPPORTED, 40, 1),
                new Defect("volatile header past the end", Kind.TRUNCATED, 80, 1L << 40),
                new Defect("volatile header elsewhere", Kind.CORRUPT, 80, 0),
                new Defect("volatile header at no position", Kind.LIMIT, 80, -1),
                new Defect("directory past the end", Kind.TRUNCATED, 128, 1L << 40),
                new Defect("directory at no position", Kind.LIMIT, 128, -1),
                new Defect("directory of no sectors", Kind.CORRUPT, 136, 0),
                new Defect("tables past the end", Kind.TRUNCATED, 144, 1L << 40),
                new Defect("no room for tables", Kind.CORRUPT, 152, 0),
                new Defect("grains past the end", Kind.TRUNCATED, 192, 1L << 40),
                new Defect(
                        "grains at the last position", Kind.TRUNCATED, 192, Long.MAX_VALUE >>> 9),
                new Defect("grains in the header", Kind.CORRUPT, 192, 0),
                new Defect("grains in the volatile header", Kind.CORRUPT, 192, 1),
                new Defect("grains in the directory", Kind.CORRUPT, 192, 4096),
                new Defect("grains in the last table", Kind.CORRUPT, 192, 4097 + 127),
                new Defect("directory in the header", Kind.CORRUPT, 128, 0),
                new Defect("directory in the tables", Kind.CORRUPT, 128, 4097),
                new Defect("directory in the grains", Kind.CORRUPT, 128, 8192),
                new Defect("tables in the volatile header", Kind.CORRUPT, 144, 1),
                new Defect("tables over the directory", Kind.CORRUPT, 144, 4090),
                new Defect("tables into the grains", Kind.CORRUPT, 152, 1 << 20),
                new Defect("a journal to be replayed", Kind.UNSUPPORTED, SECTOR + 24, 1),
                new Defect("no volatile header", Kind.CORRUPT, SECTOR, 0),
                new Defect("directory entry of no type", Kind.CORRUPT, DIRECTORY, 1),
                new Defect(
                        "directory entry past the tables",
                        Kind.CORRUPT,
                        DIRECTORY,
                        0x10000000ffffffffL),
                new Defect("grain of type 4", Kind.CORRUPT, table(), 4L << 60),
                new Defect("no grain, and yet one", Kind.CORRUPT, table(), 5),
                new Defect("grain past the end", Kind.TRUNCATED, table(), 0x3000ffffffffffffL),
                new Defect(
                        "second grain past the end", Kind.TRUNCATED, table() + 8, 0x3fffL << 48));
    }

    @ParameterizedTest
    @MethodSource("defects")
    void damagedExtentsAreRefused(Defect defect) throws IOException {
        Images.patchLittleLong(extent, defect.position(), defect.value());
        ImageException e = Images.assertRefused(defect.kind(), image);
        assertTrue(e.toString().contains("disk-sesparse.vmdk"), e::toString);
    }

    @Test
    void aFileThatWasCut() throws IOException {
        Images.truncate(extent, java.nio.file.Files.size(extent) - 5000);
        Images.assertRefused(Kind.TRUNCATED, image);
    }
}

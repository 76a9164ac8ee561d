package dev.quarry.formats.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.formats.Images;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
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
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * Sparse extents that are damaged or made to harm, each named for its defect. Offsets are spelled
 * out: this test is to know no layout of ours.
 */
final class VmdkHostileTest {

    private static final int SECTOR = 512;
    private static final int GRAIN = 65536;
    private static final int SIZE = 40 * GRAIN;

    @TempDir Path folder;

    private Path sparse = Path.of("");
    private Path stream = Path.of("");
    private byte[] content = new byte[0];

    @BeforeEach
    void makeImages() throws IOException {
        content = RandomContent.bytes(Replay.generator(21), SIZE, 4096);
        Arrays.fill(content, 0, 4 * GRAIN, (byte) 'd');
        Arrays.fill(content, SIZE - GRAIN, SIZE, (byte) 'e');
        sparse = folder.resolve("sparse.vmdk");
        stream = folder.resolve("stream.vmdk");
        VmdkOracle.writeMonolithicSparse(Content.of(content), sparse, Options.plain());
        VmdkOracle.writeStreamOptimized(Content.of(content), stream, Options.plain());
    }

    private static long word(Path path, long position) throws IOException {
        return Integer.toUnsignedLong(
                Images.peek(path, position, 4).order(ByteOrder.LITTLE_ENDIAN).getInt());
    }

    /** Position of the grain directory, and of the first table. */
    private static long directory(Path path) throws IOException {
        return Images.peek(path, 56, 8).order(ByteOrder.LITTLE_ENDIAN).getLong() * SECTOR;
    }

    private static long table(Path path) throws IOException {
        return word(path, directory(path)) * SECTOR;
    }

    @FunctionalInterface
    interface Damage {
        void to(Path image) throws IOException;
    }

    /** A damage to the header of a sparse image. */
    record Defect(String name, Kind kind, Damage damage) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Defect intAt(String name, Kind kind, long position, int value) {
        return new Defect(name, kind, image -> Images.patchLittleInt(image, position, value));
    }

    private static Defect longAt(String name, Kind kind, long position, long value) {
        return new Defect(name, kind, image -> Images.patchLittleLong(image, position, value));
    }

    static Stream<Defect> headers() {
        return Stream.of(
                intAt("version 0", Kind.UNSUPPORTED, 4, 0),
                intAt("version 4", Kind.UNSUPPORTED, 4, 4),
                intAt("compressed by its flag only", Kind.CORRUPT, 8, 0x30003),
                longAt("capacity that the descriptor denies", Kind.CORRUPT, 12, SIZE / SECTOR + 1),
                longAt("capacity of exabytes", Kind.LIMIT, 12, 1L << 62),
                longAt("capacity negative", Kind.LIMIT, 12, -1),
                longAt("grains of no sectors", Kind.CORRUPT, 20, 0),
                longAt("grains of 3 sectors", Kind.CORRUPT, 20, 3),
                longAt("grains of 2 GiB", Kind.LIMIT, 20, 1 << 22),
                longAt("grains negative", Kind.LIMIT, 20, Long.MIN_VALUE),
                longAt("descriptor past the end", Kind.TRUNCATED, 28, 1L << 40),
                longAt("descriptor at no position", Kind.LIMIT, 28, -1),
                longAt("descriptor of 2 MiB", Kind.LIMIT, 36, 4096),
                longAt("descriptor of negative size", Kind.LIMIT, 36, -1),
                longAt("no descriptor", Kind.UNSUPPORTED, 28, 0),
                intAt("tables of no entries", Kind.CORRUPT, 44, 0),
                intAt("tables of 506 entries", Kind.CORRUPT, 44, 506),
                intAt("tables of 8192 entries", Kind.LIMIT, 44, 8192),
                intAt("tables of negative entries", Kind.LIMIT, 44, Integer.MIN_VALUE),
                longAt("directory past the end", Kind.TRUNCATED, 56, 1L << 40),
                longAt("directory over the header", Kind.CORRUPT, 56, 0),
                longAt("directory at no position", Kind.LIMIT, 56, -2),
                longAt("overhead at no position", Kind.LIMIT, 64, -1),
                intAt("line ends changed", Kind.CORRUPT, 73, 0x0a0a200a),
                new Defect(
                        "compression 2",
                        Kind.UNSUPPORTED,
                        image -> Images.patch(image, 77, new byte[] {2, 0})),
                new Defect(
                        "compressed without its flag",
                        Kind.CORRUPT,
                        image -> Images.patch(image, 77, new byte[] {1, 0})));
    }

    @ParameterizedTest
    @MethodSource("headers")
    void badHeadersAreRefused(Defect defect) throws IOException {
        defect.damage().to(sparse);
        ImageException e = Images.assertRefused(defect.kind(), sparse);
        assertTrue(e.toString().contains(sparse.toString()), e::toString);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 79, 511})
    void filesShorterThanAHeaderAreForeign(int size) throws IOException {
        Images.truncate(sparse, size);
        Images.assertRefused(Kind.FOREIGN, sparse);
    }

    // ---- directory, tables, grains

    @Test
    void aDirectoryThatWasWipedIsAnErrorAndNotZeros() throws IOException {
        Images.patchLittleInt(sparse, directory(sparse), 0);
        ImageException e = Images.assertRefused(Kind.CORRUPT, sparse);
        assertTrue(e.toString().contains("damaged"), e::toString);
    }

    @Test
    void aTablePastTheEnd() throws IOException {
        Images.patchLittleInt(sparse, directory(sparse), 0x7fffffff);
        Images.assertRefused(Kind.TRUNCATED, sparse);
    }

    @Test
    void aGrainPastTheEnd() throws IOException {
        Images.patchLittleInt(sparse, table(sparse) + 4, 0x7fffffff);
        ImageException e = Images.assertRefused(Kind.TRUNCATED, sparse);
        assertTrue(
                e.toString().contains("at 0x" + Long.toHexString(table(sparse) + 4)), e::toString);
    }

    @Test
    void entry1WithoutItsFlagIsNotTakenForZeros() throws IOException {
        Images.patchLittleInt(sparse, table(sparse), 1);
        Images.assertRefused(Kind.CORRUPT, sparse);
    }

    @Test
    void entry1WithItsFlagIsZeros() throws IOException {
        Images.patchLittleInt(sparse, table(sparse), 1);
        Images.patchLittleInt(sparse, 8, 7);
        Arrays.fill(content, 0, GRAIN, (byte) 0);
        assertArrayEquals(content, Images.bytes(sparse));
    }

    /** In an extent without a descriptor, which other programs would hand out as data. */
    @Test
    void aGrainInTheMetadata() throws IOException {
        Path split = folder.resolve("split.vmdk");
        VmdkOracle.writeSplitSparse(Content.of(content), split, SIZE, Options.plain());
        Path part = folder.resolve("split-s001.vmdk");
        long redundant = Images.peek(part, 48, 8).order(ByteOrder.LITTLE_ENDIAN).getLong();
        long overhead = Images.peek(part, 64, 8).order(ByteOrder.LITTLE_ENDIAN).getLong();
        long table = table(part);
        long[] places = {1, redundant, redundant + 1, table / SECTOR, overhead - 1};
        for (long place : places) {
            Images.patchLittleInt(part, table, (int) place);
            ImageException e = Images.assertRefused(Kind.CORRUPT, split);
            assertTrue(e.toString().contains("metadata"), e::toString);
        }
        Images.patchLittleLong(part, 64, 0);
        for (long place : new long[] {redundant, table / SECTOR}) {
            Images.patchLittleInt(part, table, (int) place);
            Images.assertRefused(Kind.CORRUPT, split);
        }
    }

    @Test
    void aCowdGrainInTheMetadata() throws IOException {
        Path disk = folder.resolve("cowd.vmdk");
        VmdkOracle.writeVmfsSparse(Content.of(content), disk, Options.plain());
        Path extent = folder.resolve("cowd-sparse.vmdk");
        long directory = word(extent, 20);
        long table = word(extent, directory * SECTOR);
        for (long place : new long[] {1, 3, directory, table, table + 31}) {
            Images.patchLittleInt(extent, table * SECTOR, (int) place);
            Images.assertRefused(Kind.CORRUPT, disk);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 100_000, 500_000, 1_000_000})
    void aFileThatWasCut(int cut) throws IOException {
        Images.truncate(sparse, Files.size(sparse) - cut);
        Images.assertRefused(Kind.TRUNCATED, sparse);
    }

    // ---- streams

    private long firstGrain() {
        return 128L * SECTOR;
    }

    @Test
    void aMarkerOfAnotherGrain() throws IOException {
        Images.patchLittleLong(stream, firstGrain(), 128);
        Images.assertRefused(Kind.CORRUPT, stream);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2 * GRAIN + 1, -1})
    void aMarkerOfAnImpossibleSize(int size) throws IOException {
        Images.patchLittleInt(stream, firstGrain() + 8, size);
        Images.assertRefused(Kind.LIMIT, stream);
    }

    @Test
    void aGrainThatDoesNotInflate() throws IOException {
        Images.patchLittleLong(stream, firstGrain() + 12, -1);
        Images.assertRefused(Kind.CORRUPT, stream);
    }

    @Test
    void aGrainThatInflatesShort() throws IOException {
        // An empty zlib stream.
        Images.patch(stream, firstGrain() + 12, new byte[] {0x78, 1, 3, 0, 0, 0, 0, 1});
        Images.assertRefused(Kind.CORRUPT, stream);
    }

    @Test
    void aGrainWithoutAZlibHeader() throws IOException {
        Images.patch(stream, firstGrain() + 12, new byte[] {3, 0, 3, 0, 0, 0, 0, 1});
        Images.assertRefused(Kind.CORRUPT, stream);
    }

    @Test
    void paddingBehindTheStreamDoesNotHideItsDirectory() throws IOException {
        for (int padding : new int[] {1, 512, 1_000_000}) {
            Images.truncate(stream, Files.size(stream) + padding);
            assertArrayEquals(content, Images.bytes(stream));
        }
    }

    @Test
    void aMissingEndOfStreamDoesNotHideTheDirectory() throws IOException {
        Images.truncate(stream, Files.size(stream) - SECTOR);
        assertArrayEquals(content, Images.bytes(stream));
    }

    @Test
    void aDamagedFooterDoesNotHideTheDirectory() throws IOException {
        Images.patchLittleInt(stream, Files.size(stream) - 1024, 0);
        assertArrayEquals(content, Images.bytes(stream));
    }

    @Test
    void aFooterThatContradictsTheHeader() throws IOException {
        Images.patchLittleLong(stream, Files.size(stream) - 1024 + 12, SIZE);
        Images.assertRefused(Kind.CORRUPT, stream);
    }

    @Test
    void aStreamThatWasCut() throws IOException {
        for (long cut = Files.size(stream) - 4 * SECTOR; cut > 30_000; cut -= 54_321) {
            Images.truncate(stream, cut);
            ImageException e = assertThrows(ImageException.class, () -> Images.readAll(stream));
            assertEquals(Kind.TRUNCATED, e.kind(), e::toString);
        }
    }

    @Test
    void aStreamWithTheDirectoryInFront() throws IOException {
        VmdkOracle.writeStreamOptimized(
                Content.of(content), stream, Options.plain().withDirectoryInFront());
        assertArrayEquals(content, Images.bytes(stream));
    }

    // ---- parents

    @Test
    void aParentThatWasChangedIsNamedWithBothIdentifiers() throws IOException {
        Path delta = folder.resolve("delta.vmdk");
        VmdkOracle.writeMonolithicSparse(
                Content.of(content),
                Content.of(content),
                delta,
                Options.plain().withParent(0x1234abcd, "sparse.vmdk"));
        ImageException e = Images.assertRefused(Kind.CORRUPT, delta);
        assertTrue(e.toString().contains("1234abcd"), e::toString);
        assertTrue(e.toString().contains("51a7c0de"), e::toString);
    }

    @Test
    void aParentThatIsNotThereIsNamed() throws IOException {
        Path delta = folder.resolve("delta.vmdk");
        VmdkOracle.writeMonolithicSparse(
                Content.of(content),
                Content.of(content),
                delta,
                Options.plain().withParent(VmdkOracle.CID, "gone.vmdk"));
        ImageException e = Images.assertRefused(Kind.REFERENCE_MISSING, delta);
        assertTrue(e.toString().contains("gone.vmdk"), e::toString);
        ImageException refused = assertThrows(ImageException.class, () -> Images.open(delta));
        assertEquals(Kind.REFERENCE_REFUSED, refused.kind());
    }

    @Test
    void aRenamedFileIsReadItselfAndNotWhatItsDescriptorNames() throws IOException {
        Path renamed = Files.move(sparse, folder.resolve("renamed.vmdk"));
        byte[] other = content.clone();
        Arrays.fill(other, (byte) 'o');
        VmdkOracle.writeMonolithicSparse(Content.of(other), sparse, Options.plain());
        try (DiskImage image = Images.open(renamed)) {
            assertArrayEquals(content, Images.bytes(image));
        }
    }
}

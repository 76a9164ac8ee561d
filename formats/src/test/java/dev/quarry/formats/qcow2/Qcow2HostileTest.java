package dev.quarry.formats.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.formats.Images;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.testdata.Content;
import dev.quarry.testdata.Qcow2Oracle;
import dev.quarry.testdata.Qcow2Oracle.Compression;
import dev.quarry.testdata.Qcow2Oracle.Options;
import dev.quarry.testdata.RandomContent;
import dev.quarry.testdata.Replay;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * Images that are damaged or made to harm, each named for its defect. Offsets are spelled out: this
 * test is to know no layout of ours.
 */
final class Qcow2HostileTest {

    private static final int CLUSTER = 65536;
    private static final long COPIED = 1L << 63;

    @TempDir Path folder;

    private Path image = Path.of("");
    private byte[] content = new byte[0];

    @BeforeEach
    void makeImage() throws IOException {
        image = folder.resolve("disk.qcow2");
        content = RandomContent.bytes(Replay.generator(8), 20 * CLUSTER, 4096);
        Arrays.fill(content, 0, 4 * CLUSTER, (byte) 'd');
        Qcow2Oracle.write(Content.of(content), image, Options.plain());
    }

    private long l1() throws IOException {
        return Images.peek(image, 40, 8).getLong();
    }

    private long l2() throws IOException {
        return Images.peek(image, l1(), 8).getLong() & ~COPIED;
    }

    @FunctionalInterface
    interface Damage {
        void to(Path image) throws IOException;
    }

    /** A damage to the header. */
    record Defect(String name, Kind kind, Damage damage) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Defect intAt(String name, Kind kind, long position, int value) {
        return new Defect(name, kind, image -> Images.patchInt(image, position, value));
    }

    private static Defect longAt(String name, Kind kind, long position, long value) {
        return new Defect(name, kind, image -> Images.patchLong(image, position, value));
    }

    private static void extension(Path image, int type, int length) throws IOException {
        Images.patchInt(image, 104, type);
        Images.patchInt(image, 108, length);
    }

    static Stream<Defect> numbers() {
        return Stream.of(
                intAt("version 0", Kind.UNSUPPORTED, 4, 0),
                intAt("version 1", Kind.UNSUPPORTED, 4, 1),
                intAt("version 4", Kind.UNSUPPORTED, 4, 4),
                intAt("version -1", Kind.UNSUPPORTED, 4, -1),
                intAt("cluster bits 8", Kind.LIMIT, 20, 8),
                intAt("cluster bits 22", Kind.LIMIT, 20, 22),
                intAt("cluster bits 31", Kind.LIMIT, 20, 31),
                intAt("cluster bits -1", Kind.LIMIT, 20, -1),
                intAt("header length 103", Kind.CORRUPT, 100, 103),
                intAt("header length past the cluster", Kind.CORRUPT, 100, CLUSTER + 8),
                intAt("header length -8", Kind.CORRUPT, 100, -8),
                intAt("refcount order 7", Kind.LIMIT, 96, 7),
                intAt("refcount order -1", Kind.LIMIT, 96, -1),
                intAt("encryption AES", Kind.ENCRYPTED, 32, 1),
                intAt("encryption LUKS", Kind.ENCRYPTED, 32, 2),
                intAt("encryption 3", Kind.UNSUPPORTED, 32, 3),
                intAt("L1 of 32 MiB and 8 bytes", Kind.LIMIT, 36, (32 << 20) / 8 + 1),
                intAt("L1 entries -1", Kind.LIMIT, 36, -1),
                intAt("no L1 entries", Kind.CORRUPT, 36, 0),
                longAt("size larger than the L1", Kind.CORRUPT, 24, 1L << 40),
                longAt("size of exabytes", Kind.CORRUPT, 24, Long.MAX_VALUE),
                longAt("size negative", Kind.LIMIT, 24, -512));
    }

    static Stream<Defect> places() {
        return Stream.of(
                longAt("L1 unaligned", Kind.CORRUPT, 40, CLUSTER + 512),
                longAt("L1 over the header", Kind.CORRUPT, 40, 0),
                longAt("L1 past the end", Kind.TRUNCATED, 40, 1L << 40),
                longAt("L1 position negative", Kind.CORRUPT, 40, -65536),
                longAt("L1 at the last position", Kind.TRUNCATED, 40, Long.MAX_VALUE & -65536),
                longAt("refcount table unaligned", Kind.CORRUPT, 48, CLUSTER + 8),
                intAt("refcount table of no clusters", Kind.CORRUPT, 56, 0),
                intAt("refcount table over 8 MiB", Kind.LIMIT, 56, (8 << 20) / CLUSTER + 1),
                intAt("refcount table clusters -1", Kind.LIMIT, 56, -1),
                intAt("65537 snapshots", Kind.LIMIT, 60, 65537),
                longAt("snapshots unaligned", Kind.CORRUPT, 64, 512));
    }

    static Stream<Defect> features() {
        return Stream.of(
                longAt("unknown incompatible bit 5", Kind.UNSUPPORTED, 72, 1 << 5),
                longAt("unknown incompatible bit 63", Kind.UNSUPPORTED, 72, 1L << 63),
                longAt("data file bit without a name", Kind.CORRUPT, 72, 1 << 2),
                longAt("compression bit without its type", Kind.CORRUPT, 72, 1 << 3),
                new Defect(
                        "compression type without its bit",
                        Kind.CORRUPT,
                        image -> {
                            Images.patchInt(image, 100, 112);
                            Images.patchLong(image, 104, 1L << 56);
                        }),
                new Defect(
                        "compression type 2",
                        Kind.UNSUPPORTED,
                        image -> {
                            Images.patchInt(image, 100, 112);
                            Images.patchLong(image, 72, 1 << 3);
                            Images.patchLong(image, 104, 2L << 56);
                        }),
                new Defect(
                        "extended L2 in small clusters",
                        Kind.CORRUPT,
                        image -> {
                            Images.patchInt(image, 20, 13);
                            Images.patchLong(image, 72, 1 << 4);
                        }));
    }

    static Stream<Defect> names() {
        return Stream.of(
                new Defect(
                        "backing name of 1024 bytes",
                        Kind.LIMIT,
                        image -> {
                            Images.patchLong(image, 8, 4096);
                            Images.patchInt(image, 16, 1024);
                        }),
                new Defect(
                        "backing name past the cluster",
                        Kind.CORRUPT,
                        image -> {
                            Images.patchLong(image, 8, CLUSTER - 3);
                            Images.patchInt(image, 16, 4);
                        }),
                new Defect(
                        "backing name at the last position",
                        Kind.CORRUPT,
                        image -> {
                            Images.patchLong(image, 8, Long.MAX_VALUE);
                            Images.patchInt(image, 16, 4);
                        }),
                new Defect(
                        "backing name of -1 bytes",
                        Kind.LIMIT,
                        image -> {
                            Images.patchLong(image, 8, 4096);
                            Images.patchInt(image, 16, -1);
                        }),
                new Defect(
                        "backing file without a format",
                        Kind.REFERENCE_REFUSED,
                        image -> {
                            Images.patch(
                                    image, 4096, "disk.qcow2".getBytes(StandardCharsets.US_ASCII));
                            Images.patchLong(image, 8, 4096);
                            Images.patchInt(image, 16, 10);
                        }));
    }

    static Stream<Defect> extensions() {
        return Stream.of(
                new Defect(
                        "extension past the cluster",
                        Kind.CORRUPT,
                        image -> extension(image, 0x12345678, CLUSTER)),
                new Defect(
                        "extension of -1 bytes",
                        Kind.CORRUPT,
                        image -> extension(image, 0x12345678, -1)),
                new Defect(
                        "format name too long",
                        Kind.LIMIT,
                        image -> extension(image, 0xe2792aca, 4096)),
                new Defect(
                        "data file name too long",
                        Kind.LIMIT,
                        image -> extension(image, 0x44415441, 4096)));
    }

    @ParameterizedTest
    @MethodSource({"numbers", "places", "features", "names", "extensions"})
    void badHeadersAreRefused(Defect defect) throws IOException {
        defect.damage().to(image);
        ImageException e = Images.assertRefused(defect.kind(), image);
        assertTrue(e.toString().contains(image.toString()), e::toString);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 71, 72, 103})
    void filesShorterThanAHeaderAreForeign(int size) throws IOException {
        Images.truncate(image, size);
        ImageException e = assertThrows(ImageException.class, () -> Images.open(image, "qcow2"));
        assertEquals(Kind.FOREIGN, e.kind(), e::toString);
    }

    @Test
    void aWrongMagicIsForeign() throws IOException {
        Images.patchInt(image, 0, 0x514649fa);
        ImageException e = assertThrows(ImageException.class, () -> Images.open(image, "qcow2"));
        assertEquals(Kind.FOREIGN, e.kind(), e::toString);
    }

    @Test
    void unknownFeaturesAreNamedAsTheImageNamesThem() throws IOException {
        Images.patchLong(image, 72, 1L << 7);
        extension(image, 0x6803f857, 48);
        Images.patch(image, 112, new byte[] {0, 7});
        Images.patch(image, 114, "evil\n\u001b[2Jname".getBytes(StandardCharsets.US_ASCII));
        ImageException e = Images.assertRefused(Kind.UNSUPPORTED, image);
        assertTrue(e.toString().contains("7 ('evil??[2Jname')"), e::toString);
    }

    @Test
    void harmlessOdditiesAreRead() throws IOException {
        Images.patchLong(image, 72, 3); // Dirty and corrupt: reading needs no refcounts.
        Images.patchLong(image, 80, 1L << 50);
        Images.patchLong(image, 88, 1L << 50);
        Images.patchInt(image, 100, 106);
        Images.patch(image, 104, new byte[24]);
        assertArrayEquals(content, Images.bytes(image));
        try (DiskImage opened = Images.open(image)) {
            assertTrue(opened.info().dirty());
            assertEquals(true, opened.info().formatSpecific().get("corrupt"));
        }
    }

    @Test
    void garbageBehindAVersion2HeaderIsNotRead() throws IOException {
        Qcow2Oracle.write(Content.of(content), image, Options.plain().withVersion(2));
        byte[] garbage = new byte[400];
        Arrays.fill(garbage, (byte) 0xff);
        Images.patch(image, 72, garbage);
        assertArrayEquals(content, Images.bytes(image));
    }

    // ---- tables

    @Test
    void anL2TablePastTheEnd() throws IOException {
        Images.patchLong(image, l1(), 1L << 40 | COPIED);
        Images.assertRefused(Kind.TRUNCATED, image);
    }

    @ParameterizedTest
    @ValueSource(longs = {512, 65536 * 2 + 512})
    void anL2TableThatIsNotAligned(long position) throws IOException {
        Images.patchLong(image, l1(), position | COPIED);
        Images.assertRefused(Kind.CORRUPT, image);
    }

    @Test
    void theL1TableAsItsOwnL2Table() throws IOException {
        Images.patchLong(image, l1(), l1() | COPIED);
        Images.assertRefused(Kind.CORRUPT, image);
    }

    @Test
    void oneL2TableForTwoL1Entries() throws IOException {
        Path path = folder.resolve("small.qcow2");
        // A table of 512-byte clusters covers 32 KiB.
        byte[] content = new byte[256 << 10];
        Arrays.fill(content, (byte) 't');
        Qcow2Oracle.write(Content.of(content), path, Options.plain().withClusterBits(9));
        long l1 = Images.peek(path, 40, 8).getLong();
        Images.patchLong(path, l1 + 8, Images.peek(path, l1, 8).getLong());
        ImageException e = Images.assertRefused(Kind.CORRUPT, path);
        assertTrue(e.toString().contains("two entries"), e::toString);
    }

    @Test
    void dataThatIsAnL2Table() throws IOException {
        Images.patchLong(image, l2(), l2() | COPIED);
        Images.assertRefused(Kind.CORRUPT, image);
    }

    @Test
    void dataThatIsTheL1Table() throws IOException {
        Images.patchLong(image, l2(), l1() | COPIED);
        Images.assertRefused(Kind.CORRUPT, image);
    }

    @Test
    void dataThatIsTheHeader() throws IOException {
        Images.patchLong(image, l2(), 512L | COPIED);
        Images.assertRefused(Kind.CORRUPT, image);
    }

    @Test
    void dataThatIsNotAligned() throws IOException {
        Images.patchLong(image, l2() + 8, 3L * CLUSTER + 512 | COPIED);
        Images.assertRefused(Kind.CORRUPT, image);
    }

    @Test
    void dataPastTheEndIsAnErrorAndNotZeros() throws IOException {
        Images.patchLong(image, l2() + 8, 1L << 40 | COPIED);
        ImageException e = Images.assertRefused(Kind.TRUNCATED, image);
        assertTrue(e.toString().contains("at 0x" + Long.toHexString(l2() + 8)), e::toString);
        try (DiskImage opened = Images.open(image)) {
            assertThrows(ImageException.class, () -> opened.extentAt(CLUSTER, CLUSTER + 1));
            assertEquals(0, opened.map(0, opened.size()).offset()); // What is before it can be had.
        }
    }

    @Test
    void aFileCutAnywhereIsAnError() throws IOException {
        // Behind the L1 table the oracle writes refcounts alone, which reading does not need.
        for (long cut = l1(); cut > CLUSTER; cut -= CLUSTER - 512) {
            Path copy = folder.resolve("cut.qcow2");
            Files.copy(image, copy, StandardCopyOption.REPLACE_EXISTING);
            Images.truncate(copy, cut);
            Images.assertRefused(Kind.TRUNCATED, copy);
        }
    }

    @Test
    void bit0InVersion2() throws IOException {
        Qcow2Oracle.write(Content.of(content), image, Options.plain().withVersion(2));
        Images.patchLong(image, l2(), Images.peek(image, l2(), 8).getLong() | 1);
        Images.assertRefused(Kind.CORRUPT, image);
    }

    @Test
    void subclustersThatContradictThemselves() throws IOException {
        Qcow2Oracle.write(Content.of(content), image, Options.plain().withExtendedL2());
        long bitmap = Images.peek(image, l2() + 8, 8).getLong();
        Images.patchLong(image, l2() + 8, bitmap | 1L << 32);
        Images.assertRefused(Kind.CORRUPT, image);
        Images.patchLong(image, l2() + 8, bitmap);
        assertArrayEquals(content, Images.bytes(image));
        Images.patchLong(image, l2(), 0);
        Images.assertRefused(Kind.CORRUPT, image);
    }

    // ---- compressed clusters

    private long firstCompressed() throws IOException {
        return Images.peek(image, l2(), 8).getLong() & (1L << 54) - 1;
    }

    private void makeCompressed(Compression compression) throws IOException {
        Qcow2Oracle.write(Content.of(content), image, Options.plain().withCompression(compression));
        assertArrayEquals(content, Images.bytes(image));
    }

    @Test
    void deflatedDataThatIsNone() throws IOException {
        makeCompressed(Compression.DEFLATE);
        Images.patchLong(image, firstCompressed(), -1);
        Images.assertRefused(Kind.CORRUPT, image);
    }

    @Test
    void deflatedDataThatGivesTooLittle() throws IOException {
        makeCompressed(Compression.DEFLATE);
        // A stored block of one byte, the last.
        Images.patch(image, firstCompressed(), new byte[] {1, 1, 0, (byte) 0xfe, (byte) 0xff, 'x'});
        ImageException e = Images.assertRefused(Kind.CORRUPT, image);
        assertTrue(e.toString().contains("gives 0x1 plain bytes"), e::toString);
    }

    @Test
    void zstdFramesThatAreNone() throws IOException {
        makeCompressed(Compression.ZSTD);
        Images.patchInt(image, firstCompressed(), 0);
        Images.assertRefused(Kind.CORRUPT, image);
    }

    @Test
    void zstdFramesThatClaimMore() throws IOException {
        makeCompressed(Compression.ZSTD);
        Images.patchLittleInt(image, firstCompressed() + 5, CLUSTER * 2);
        Images.assertRefused(Kind.CORRUPT, image);
    }

    @Test
    void compressedDataPastTheEnd() throws IOException {
        makeCompressed(Compression.DEFLATE);
        Images.patchLong(image, l2(), 1L << 62 | 1L << 45);
        Images.assertRefused(Kind.TRUNCATED, image);
    }

    @Test
    void compressedDataThatTheFileEndsIn() throws IOException {
        makeCompressed(Compression.DEFLATE);
        // Its claim reaches past the end of the file, and what is there is no whole stream.
        long end = Files.size(image);
        Images.patch(image, end, new byte[] {0, 16, 0});
        Images.patchLong(image, l2(), 1L << 62 | 1L << 54 | end);
        Images.assertRefused(Kind.TRUNCATED, image);
    }

    // ---- references

    @Test
    void aCircleOfBackingFiles() throws IOException {
        Path a = folder.resolve("a.qcow2");
        Path b = folder.resolve("b.qcow2");
        Qcow2Oracle.write(Content.of(content), a, Options.plain().withBacking("b.qcow2", "qcow2"));
        Qcow2Oracle.write(Content.of(content), b, Options.plain().withBacking("a.qcow2", "qcow2"));
        ImageException e = Images.assertRefused(Kind.CORRUPT, a);
        assertTrue(e.toString().contains("circle"), e::toString);
        Qcow2Oracle.write(Content.of(content), a, Options.plain().withBacking("a.qcow2", "qcow2"));
        Images.assertRefused(Kind.CORRUPT, a);
    }

    @Test
    void aChainThatIsTooDeep() throws IOException {
        Content zeros = Content.zeros(512);
        Path layer = folder.resolve("0.qcow2");
        Qcow2Oracle.write(zeros, layer, Options.plain().withClusterBits(9));
        for (int i = 1; i <= 65; i++) {
            layer = folder.resolve(i + ".qcow2");
            Options options = Options.plain().withClusterBits(9);
            Qcow2Oracle.write(zeros, layer, options.withBacking((i - 1) + ".qcow2", "qcow2"));
            if (i == 64) {
                Images.readAll(layer);
            }
        }
        Images.assertRefused(Kind.LIMIT, layer);
    }

    @Test
    void referencesThatLeaveTheFolder() throws IOException {
        for (String name : new String[] {"/etc/hostname", "../x", "nbd:host:1", "json:{}"}) {
            Options options = Options.plain().withBacking(name, "raw");
            Qcow2Oracle.write(Content.of(content), image, options);
            ImageException e = assertThrows(ImageException.class, () -> Images.readAll(image));
            assertFalse(e.kind() == Kind.CORRUPT, e::toString);
        }
    }

    @Test
    void aBackingFormatThatIsUnknown() throws IOException {
        Qcow2Oracle.write(
                Content.of(content), image, Options.plain().withBacking("disk.qcow2", "vhdx"));
        Images.assertRefused(Kind.UNSUPPORTED, image);
    }

    @Test
    void claimsCostNothing() throws IOException {
        // 2 EiB in a small sparse file: opened and walked at once, with little memory.
        Path huge = folder.resolve("huge.qcow2");
        Qcow2Oracle.write(Content.zeros(512), huge, Options.plain().withClusterBits(21));
        long l1 = 32 << 20;
        Images.patchLong(huge, 24, 1L << 61);
        Images.patchInt(huge, 36, 1 << 22);
        Images.patchLong(huge, 40, l1);
        Images.truncate(huge, l1 + (32 << 20));
        try (DiskImage opened = Images.open(huge)) {
            assertEquals(1L << 61, opened.size());
            assertTrue(opened.extentAt(1L << 40, 1L << 60).isZero());
        }
    }
}

package dev.quarry.formats.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.formats.Images;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;

/**
 * Descriptors as they are found: what differs between writers is read, what is not understood is
 * refused.
 */
final class VmdkDescriptorTest {

    private static final String HEAD =
            "# Disk DescriptorFile\nversion=1\nCID=12345678\nparentCID=ffffffff\n";
    private static final String FLAT =
            HEAD + "createType=\"monolithicFlat\"\nRW 8 FLAT \"a.bin\" 0\n";

    @TempDir Path folder;

    private byte[] a = new byte[0];

    @BeforeEach
    void makeExtents() throws IOException {
        a = new byte[8 * 512];
        Arrays.fill(a, (byte) 'a');
        a[5] = 'x';
        byte[] b = new byte[16 * 512];
        Arrays.fill(b, (byte) 'b');
        Files.write(folder.resolve("a.bin"), a);
        Files.write(folder.resolve("b.bin"), b);
    }

    private Path write(String text, Charset charset) throws IOException {
        return Files.write(folder.resolve("disk.vmdk"), text.getBytes(charset));
    }

    private byte[] read(String text) throws IOException {
        try (DiskImage image = Images.open(write(text, StandardCharsets.UTF_8), "vmdk")) {
            return Images.bytes(image);
        }
    }

    private void assertRefused(Kind kind, String text) throws IOException {
        Path path = write(text, StandardCharsets.UTF_8);
        ImageException e =
                assertThrows(ImageException.class, () -> Images.open(path, "vmdk").close());
        assertEquals(kind, e.kind(), e::toString);
    }

    @Test
    void plain() throws IOException {
        assertArrayEquals(a, read(FLAT));
        try (DiskImage image = Images.open(folder.resolve("disk.vmdk"))) {
            assertEquals(0x12345678L, image.info().formatSpecific().get("cid"));
        }
    }

    @Test
    void whatDiffersBetweenWriters() throws IOException {
        assertArrayEquals(a, read(FLAT.replace("\n", "\r\n")));
        assertArrayEquals(a, read(FLAT.replace("\n", "\r")));
        assertArrayEquals(a, read(FLAT.replace("=", " = ")));
        assertArrayEquals(a, read("\ufeff" + FLAT));
        assertArrayEquals(a, read(FLAT.replace("# Disk DescriptorFile\n", "# something else\n")));
        assertArrayEquals(a, read(FLAT.replace("version=1\n", "")));
        assertArrayEquals(a, read(FLAT.replace("version=1", "version=4")));
        assertArrayEquals(
                a,
                read(
                        FLAT.replace(
                                "CID=12345678\nparentCID=ffffffff",
                                "parentCID=ffffffff\nCID=12345678")));
        assertArrayEquals(a, read(FLAT.replace("parentCID=ffffffff\n", "")));
        assertArrayEquals(
                a, read(FLAT.replace("RW 8 FLAT \"a.bin\" 0", "  RW\t8  FLAT \"a.bin\"")));
        assertArrayEquals(a, read(FLAT.replace("RW ", "RDONLY ")));
        assertArrayEquals(
                a, read(FLAT.replace("monolithicFlat", "vmfs").replace("FLAT \"", "VMFS \"")));
        assertArrayEquals(a, read(FLAT + "\0\0garbage behind the end\0"));
        try (DiskImage image = Images.open(folder.resolve("disk.vmdk"))) {
            assertEquals(0x12345678L, image.info().formatSpecific().get("cid"));
        }
    }

    /** What qemu-img recognises without the signature. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "version=1\n",
                "version=3\r\n",
                "# VMDK\nversion=1\n",
                "#Disk DescriptorFile\n  \n# more\nversion=2\n"
            })
    void theVersionTellsADescriptor(String beginning) throws IOException {
        String text = FLAT.replace("# Disk DescriptorFile\nversion=1\n", beginning);
        try (DiskImage image = Images.open(write(text, StandardCharsets.UTF_8))) {
            assertEquals("vmdk", image.info().format());
            assertArrayEquals(a, Images.bytes(image));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"version=4\n", "#!/bin/sh\necho\nversion=1\n", "# version=1\n"})
    void otherTextIsNoDescriptor(String text) throws IOException {
        try (DiskImage image = Images.open(write(text, StandardCharsets.UTF_8))) {
            assertEquals("raw", image.info().format());
        }
    }

    @Test
    void mixedExtentsKeepTheirPlaces() throws IOException {
        byte[] disk =
                read(
                        HEAD
                                + "createType=\"custom\"\n"
                                + "RW 4 FLAT \"a.bin\" 4\n"
                                + "RW 3 ZERO\n"
                                + "RDONLY 8 FLAT \"b.bin\" 8\n"
                                + "NOACCESS 2 ZERO\n"
                                + "RW 0 ZERO\n"
                                + "RW 1 VMFS \"a.bin\"\n");
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        expected.write(a, 4 * 512, 4 * 512);
        expected.write(new byte[3 * 512]);
        byte[] b = new byte[8 * 512];
        Arrays.fill(b, (byte) 'b');
        expected.write(b);
        expected.write(new byte[2 * 512]);
        expected.write(a, 0, 512);
        assertArrayEquals(expected.toByteArray(), disk);
    }

    @ParameterizedTest
    @CsvSource({"windows-1252,grün.bin", "GBK,虚拟机.bin", "UTF-8,虚拟机.bin", "Shift_JIS,ディスク.bin"})
    void fileNamesAreInTheEncodingThatIsStated(String encoding, String name) throws IOException {
        Files.write(folder.resolve(name), a);
        String text =
                FLAT.replace("CID=1", "encoding=\"" + encoding + "\"\nCID=1")
                        .replace("a.bin", name);
        try (DiskImage image = Images.open(write(text, Charset.forName(encoding)))) {
            assertArrayEquals(a, Images.bytes(image));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "RW 8 FLAT 'a.bin' 0",
                "RW 8 FLAT a.bin 0",
                "RW eight FLAT \"a.bin\" 0",
                "RW -8 FLAT \"a.bin\" 0",
                "rw 8 FLAT \"a.bin\" 0",
                "RW 8 FLAT",
                "RW 8 ZERO \"a.bin\"",
                "WO 8 FLAT \"a.bin\" 0",
                "something else",
                "CID=87654321"
            })
    void linesThatAreNotUnderstoodAreRefused(String line) throws IOException {
        assertRefused(Kind.CORRUPT, FLAT + line + "\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "fullDevice",
                "partitionedDevice",
                "vmfsRaw",
                "vmfsRawDeviceMap",
                "vmfsPassthroughRawDeviceMap",
                "vsanSparse",
                "none"
            })
    void otherKindsAreRefusedByName(String type) throws IOException {
        assertRefused(Kind.UNSUPPORTED, FLAT.replace("monolithicFlat", type));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "RW 8 VMFSRDM \"a.bin\"",
                "RW 8 VMFSRAW \"a.bin\"",
                "RW 8 OTHER \"a.bin\"",
                "NOACCESS 8 FLAT \"a.bin\" 0",
                "RW 63 FLAT \"a.bin\" 0 partitionUUID x"
            })
    void extentsThatAreNotReadAreRefusedAndNotDropped(String line) throws IOException {
        assertRefused(Kind.UNSUPPORTED, FLAT + line + "\n");
    }

    @Test
    void whatIsMissingIsNamed() throws IOException {
        assertRefused(Kind.REFERENCE_MISSING, FLAT.replace("a.bin", "gone.bin"));
        assertRefused(Kind.TRUNCATED, FLAT.replace("RW 8", "RW 9"));
        assertRefused(Kind.TRUNCATED, FLAT.replace("\" 0", "\" 1"));
        assertRefused(Kind.TRUNCATED, FLAT.replace("\" 0", "\" 18014398509481983"));
        assertRefused(Kind.CORRUPT, FLAT.replaceFirst("RW.*", ""));
        assertRefused(Kind.FOREIGN, FLAT.replaceFirst("createType.*", ""));
    }

    @Test
    void namesThatLeaveTheFolderPassTheGate() throws IOException {
        for (String name :
                new String[] {
                    "/etc/hostname", "../x", "sub/a.bin", "C:\\\\x", "\\\\\\\\.\\\\PhysicalDrive0"
                }) {
            assertRefused(Kind.REFERENCE_REFUSED, FLAT.replace("a.bin", name));
        }
    }

    @Test
    void sizesHaveLimits() throws IOException {
        assertRefused(
                Kind.LIMIT, FLAT.replace("RW 8 FLAT \"a.bin\" 0", "RW 9999999999999999999 ZERO"));
        assertRefused(
                Kind.LIMIT, FLAT.replace("RW 8 FLAT \"a.bin\" 0", "RW 18014398509481984 ZERO"));
        assertRefused(Kind.LIMIT, FLAT + "RW 18014398509481983 ZERO\n");
        assertRefused(Kind.LIMIT, FLAT + "RW 1 ZERO\n".repeat(8192));
        assertRefused(Kind.LIMIT, FLAT + "#".repeat(1 << 20));
    }

    /** A megabyte of blanks costs what a megabyte of text does. */
    @Test
    void blanksCostNoMoreThanText() {
        String blanks = " ".repeat(900_000);
        assertTimeoutPreemptively(
                Duration.ofSeconds(10),
                () -> {
                    assertArrayEquals(a, read(FLAT + "\n".repeat(900_000)));
                    assertRefused(Kind.CORRUPT, FLAT + "a=" + blanks + "\"x\n");
                    assertRefused(Kind.CORRUPT, FLAT + "a" + blanks + "x\n");
                    assertRefused(Kind.CORRUPT, FLAT + "RW" + blanks + "x\n");
                    assertRefused(Kind.UNSUPPORTED, FLAT + "RW 1 FLAT \"x\"" + blanks + "x\n");
                });
    }

    @Test
    void theWordsOfOthersAreNotTrusted() throws IOException {
        Path path = write(FLAT + "\u001b[2Jevil \u0007line\n", StandardCharsets.UTF_8);
        ImageException e = assertThrows(ImageException.class, () -> Images.open(path, "vmdk"));
        assertTrue(e.toString().contains("'?[2Jevil ?line'"), e::toString);
    }

    @Test
    void otherFilesAreForeign() throws IOException {
        for (String text :
                new String[] {"", "KDM", "hello", "\0\0\0\0", "#!/bin/sh\necho hello\n"}) {
            assertRefused(Kind.FOREIGN, text);
        }
        Path utf16 = write("\ufeff" + FLAT, StandardCharsets.UTF_16LE);
        ImageException e = assertThrows(ImageException.class, () -> Images.open(utf16, "vmdk"));
        assertTrue(e.kind() == Kind.UNSUPPORTED || e.kind() == Kind.FOREIGN, e::toString);
    }

    @Test
    void splitPartsMustAgreeWithTheirLines() throws IOException {
        dev.quarry.testdata.VmdkOracle.writeSplitSparse(
                dev.quarry.testdata.Content.of(a),
                folder.resolve("disk.vmdk"),
                2048,
                dev.quarry.testdata.VmdkOracle.Options.plain().withGrainSectors(4));
        assertArrayEquals(a, Images.bytes(folder.resolve("disk.vmdk")));
        String text = Files.readString(folder.resolve("disk.vmdk"));
        assertRefused(Kind.CORRUPT, text.replaceFirst("RW 4 SPARSE", "RW 3 SPARSE"));
        Images.assertRefused(Kind.UNSUPPORTED, folder.resolve("disk-s001.vmdk"));
    }
}

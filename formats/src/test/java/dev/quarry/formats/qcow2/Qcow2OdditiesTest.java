package dev.quarry.formats.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.formats.Images;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.testdata.Content;
import dev.quarry.testdata.ForeignTool;
import dev.quarry.testdata.Qcow2Oracle;
import dev.quarry.testdata.Qcow2Oracle.Compression;
import dev.quarry.testdata.Qcow2Oracle.Options;
import dev.quarry.testdata.RandomContent;
import dev.quarry.testdata.Replay;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** What is unusual and right. Offsets are spelled out: this test is to know no layout of ours. */
final class Qcow2OdditiesTest {

    private static final int CLUSTER = 65536;

    @TempDir Path folder;

    private Path image = Path.of("");
    private byte[] content = new byte[0];

    @BeforeEach
    void makeImage() throws IOException {
        image = folder.resolve("disk.qcow2");
        content = RandomContent.bytes(Replay.generator(81), 20 * CLUSTER, 4096);
        Arrays.fill(content, 0, 4 * CLUSTER, (byte) 'd');
        Qcow2Oracle.write(Content.of(content), image, Options.plain());
    }

    private long l2() throws IOException {
        long l1 = Images.peek(image, 40, 8).getLong();
        return Images.peek(image, l1, 8).getLong() & ~(1L << 63);
    }

    private void qemuReadsTheSame() throws IOException {
        Path raw = Files.write(folder.resolve("expected.raw"), content);
        ForeignTool.require("qemu-img")
                .run("compare", "-f", "qcow2", "-F", "raw", image, raw)
                .expectSuccess();
    }

    @Test
    void anL1TableLongerThanTheDiskNeeds() throws IOException {
        Images.patchInt(image, 36, 700);
        assertArrayEquals(content, Images.bytes(image));
        qemuReadsTheSame();
    }

    @Test
    void aZeroClusterThatKeepsItsPlace() throws IOException {
        Images.patchLong(image, l2(), Images.peek(image, l2(), 8).getLong() | 1);
        Arrays.fill(content, 0, CLUSTER, (byte) 0);
        assertArrayEquals(content, Images.bytes(image));
        qemuReadsTheSame();
    }

    @Test
    void aCompressedClusterWithTheBitOfOthers() throws IOException {
        Qcow2Oracle.write(
                Content.of(content), image, Options.plain().withCompression(Compression.DEFLATE));
        long entry = Images.peek(image, l2(), 8).getLong();
        assertTrue((entry & 1L << 62) != 0, "is not compressed");
        Images.patchLong(image, l2(), entry | 1L << 63);
        assertArrayEquals(content, Images.bytes(image));
        qemuReadsTheSame();
    }

    /** qemu cuts such a disk to whole sectors. */
    @Test
    void aSizeOfNoWholeSectors() throws IOException {
        Images.patchLong(image, 24, content.length - 100);
        assertArrayEquals(Arrays.copyOf(content, content.length - 100), Images.bytes(image));
    }

    /** qemu looks for it in the current folder, we beside the image, as for a backing file. */
    @Test
    void anExternalDataFileBesideTheImagePassesTheGate() throws IOException {
        ForeignTool.require("qemu-img")
                .in(folder)
                .run(
                        "create",
                        "-q",
                        "-f",
                        "qcow2",
                        "-o",
                        "data_file=data.bin,data_file_raw=on",
                        "external.qcow2",
                        "1M")
                .expectSuccess();
        Path external = folder.resolve("external.qcow2");
        byte[] data = RandomContent.bytes(Replay.generator(82), 1 << 20, 512);
        Path raw = Files.write(folder.resolve("data.raw"), data);
        ForeignTool.require("qemu-img")
                .in(folder)
                .run("convert", "-n", "-f", "raw", "-O", "qcow2", raw, external)
                .expectSuccess();
        ImageException e = assertThrows(ImageException.class, () -> Images.open(external));
        assertEquals(Kind.REFERENCE_REFUSED, e.kind());
        try (DiskImage opened = Images.openWithReferences(external)) {
            assertArrayEquals(data, Images.bytes(opened));
        }
        Files.delete(folder.resolve("data.bin"));
        Images.assertRefused(Kind.REFERENCE_MISSING, external);
    }
}

package dev.quarry.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.block.BlockSource;
import dev.quarry.block.Extent;
import dev.quarry.image.DiskImage;
import dev.quarry.testdata.Content;
import dev.quarry.testdata.ForeignTool;
import dev.quarry.testdata.Prerequisite;
import dev.quarry.testdata.RandomContent;
import dev.quarry.testdata.RawOracle;
import dev.quarry.testdata.Replay;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** What qemu-img writes is read here, and what is written here is read by qemu-img and libqcow. */
final class InteropTest {

    private static final int SIZE = 6 << 20;

    @TempDir Path folder;

    private byte[] content = new byte[0];
    private Path raw = Path.of("");

    @BeforeEach
    void makeContent() throws IOException {
        content = RandomContent.bytes(Replay.generator(31), SIZE, 512);
        raw = folder.resolve("disk.raw");
        RawOracle.write(Content.of(content), raw);
    }

    private static void qemuImg(Object... args) {
        ForeignTool.require("qemu-img").run(args).expectSuccess();
    }

    private void assertReads(byte[] expected, Path path) throws IOException {
        try (DiskImage image = Images.openWithReferences(path)) {
            assertEquals(expected.length, image.size());
            assertArrayEquals(expected, Images.bytes(image));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "compat=1.1",
                "compat=0.10",
                "cluster_size=512",
                "cluster_size=2M",
                "refcount_bits=1",
                "refcount_bits=64",
                "lazy_refcounts=on",
                "extended_l2=on",
                "extended_l2=on,cluster_size=16k",
                "preallocation=metadata",
                "preallocation=falloc",
                "preallocation=full"
            })
    void qcow2(String options) throws IOException {
        Path path = folder.resolve("disk.qcow2");
        qemuImg("convert", "-f", "raw", "-O", "qcow2", "-o", options, raw, path);
        assertReads(content, path);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "compression_type=zlib",
                "compression_type=zstd",
                "compression_type=zlib,cluster_size=512",
                "compression_type=zstd,cluster_size=4k",
                "compression_type=zlib,cluster_size=2M",
                "compression_type=zstd,cluster_size=2M",
                "compression_type=zstd,extended_l2=on"
            })
    void compressedQcow2(String options) throws IOException {
        Path path = folder.resolve("disk.qcow2");
        qemuImg("convert", "-c", "-f", "raw", "-O", "qcow2", "-o", options, raw, path);
        assertReads(content, path);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "monolithicSparse",
                "monolithicFlat",
                "twoGbMaxExtentSparse",
                "twoGbMaxExtentFlat",
                "streamOptimized"
            })
    void vmdk(String subformat) throws IOException {
        Path path = folder.resolve("disk.vmdk");
        qemuImg("convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=" + subformat, raw, path);
        assertReads(content, path);
        Path zeroed = folder.resolve("zeroed.vmdk");
        if (!subformat.endsWith("Flat")) {
            String options = "zeroed_grain=on,subformat=" + subformat;
            qemuImg("convert", "-f", "raw", "-O", "vmdk", "-S", "0", "-o", options, raw, zeroed);
            assertReads(content, zeroed);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"off", "on"})
    void externalDataFiles(String dataFileRaw) throws IOException {
        Path path = folder.resolve("disk.qcow2");
        String options =
                "data_file=" + folder.resolve("data.raw") + ",data_file_raw=" + dataFileRaw;
        qemuImg("convert", "-f", "raw", "-O", "qcow2", "-o", options, raw, path);
        assertReads(content, path);
    }

    @Test
    void overlaysThatQemuWrote() throws IOException {
        Path base = folder.resolve("base.qcow2");
        qemuImg("convert", "-c", "-f", "raw", "-O", "qcow2", raw, base);
        Path overlay = folder.resolve("overlay.qcow2");
        qemuImg("create", "-f", "qcow2", "-b", base, "-F", "qcow2", overlay, SIZE + (1 << 20));
        ForeignTool.require("qemu-io")
                .run("-f", "qcow2", "-c", "write -P 7 100k 300k", "-c", "write -z 1M 1M", overlay)
                .expectSuccess();
        byte[] expected = Arrays.copyOf(content, SIZE + (1 << 20));
        Arrays.fill(expected, 100 << 10, 400 << 10, (byte) 7);
        Arrays.fill(expected, 1 << 20, 2 << 20, (byte) 0);
        assertReads(expected, overlay);
        Path delta = folder.resolve("delta.vmdk");
        Path parent = folder.resolve("parent.vmdk");
        qemuImg("convert", "-f", "raw", "-O", "vmdk", raw, parent);
        qemuImg("create", "-f", "vmdk", "-b", parent, "-F", "vmdk", delta);
        ForeignTool.require("qemu-io")
                .run("-f", "vmdk", "-c", "write -P 7 100k 300k", delta)
                .expectSuccess();
        expected = content.clone();
        Arrays.fill(expected, 100 << 10, 400 << 10, (byte) 7);
        assertReads(expected, delta);
    }

    @Test
    void preallocatedImagesAreKnownToBeEmpty() throws IOException {
        Path path = folder.resolve("disk.qcow2");
        qemuImg("create", "-f", "qcow2", "-o", "preallocation=metadata", path, "64G");
        try (DiskImage image = Images.open(path)) {
            assertEquals(64L << 30, image.extentAt(0, image.size()).length());
            assertTrue(image.extentAt(0, image.size()).isZero());
        }
    }

    /** The extents that are known here are those that qemu-img map knows. */
    @Test
    void extentsAgreeWithQemu() throws IOException {
        RawOracle.write(Content.of(RandomContent.bytes(Replay.generator(32), SIZE, 64 << 10)), raw);
        Path path = folder.resolve("disk.qcow2");
        qemuImg("convert", "-f", "raw", "-O", "qcow2", raw, path);
        String map =
                ForeignTool.require("qemu-img")
                        .run("map", "-f", "qcow2", path)
                        .expectSuccess()
                        .stdout();
        List<String> theirs = new ArrayList<>();
        for (String line : map.lines().skip(1).toList()) {
            String[] fields = line.trim().split("\\s+", -1);
            long offset = Long.decode(fields[0]);
            theirs.add(offset + " to " + (offset + Long.decode(fields[1])));
        }
        List<String> ours = new ArrayList<>();
        try (DiskImage image = Images.open(path)) {
            for (long offset = 0; offset < image.size(); ) {
                Extent extent = image.extentAt(offset, image.size());
                if (!extent.isZero()) {
                    ours.add(offset + " to " + extent.end());
                }
                offset = extent.end();
            }
        }
        assertEquals(merged(theirs), merged(ours));
    }

    /** Extents that touch are one. */
    private static List<String> merged(List<String> ranges) {
        List<String> result = new ArrayList<>();
        for (String range : ranges) {
            String start = range.substring(0, range.indexOf(' '));
            if (!result.isEmpty() && result.getLast().endsWith(" " + start)) {
                String before = result.removeLast();
                result.add(
                        before.substring(0, before.indexOf(' '))
                                + range.substring(range.indexOf(' ')));
            } else {
                result.add(range);
            }
        }
        return result;
    }

    @Test
    void everyVariantComesBackFromEveryTarget() throws IOException {
        List<Path> sources = new ArrayList<>(List.of(raw));
        for (String[] each :
                new String[][] {
                    {"qcow2", "compat=1.1"},
                    {"qcow2", "compat=0.10"},
                    {"vmdk", "subformat=monolithicSparse"},
                    {"vmdk", "subformat=streamOptimized"}
                }) {
            Path path = folder.resolve("source" + sources.size() + "." + each[0]);
            qemuImg("convert", "-f", "raw", "-O", each[0], "-o", each[1], raw, path);
            sources.add(path);
        }
        for (Path source : sources) {
            for (String format : new String[] {"raw", "qcow2"}) {
                Path target = folder.resolve("target." + format);
                try (BlockSource image = Images.open(source)) {
                    Images.convert(image, target, format, Map.of());
                }
                qemuImg("compare", "-f", format, "-F", "raw", target, raw);
                if (format.equals("qcow2")) {
                    qemuImg("check", "-f", format, target);
                }
                assertReads(content, target);
            }
        }
    }

    @Test
    void libqcowReadsWhatIsWritten() throws IOException {
        ForeignTool mount = ForeignTool.require("qcowmount");
        // A user without rights needs fuse's own program, which is not installed everywhere.
        ForeignTool unmount =
                ForeignTool.find("fusermount").orElseGet(() -> ForeignTool.require("umount"));
        if (!Files.isWritable(Path.of("/dev/fuse"))) {
            throw Prerequisite.missing("/dev/fuse is not there or not writable");
        }
        Path path = folder.resolve("disk.qcow2");
        Images.convert(Images.source(content), path, "qcow2", Map.of());
        Path point = Files.createDirectory(folder.resolve("mounted"));
        mount.run(path, point).expectSuccess();
        try {
            assertArrayEquals(content, Files.readAllBytes(point.resolve("qcow1")));
        } finally {
            unmount.run(unmount.program().endsWith("umount") ? "-v" : "-u", point).expectSuccess();
        }
    }
}

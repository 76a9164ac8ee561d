package dev.quarry.formats.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.block.BlockTarget;
import dev.quarry.formats.Images;
import dev.quarry.image.CreateOptions;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageException;
import dev.quarry.storage.OutputFile;
import dev.quarry.testdata.ForeignTool;
import dev.quarry.testdata.RandomContent;
import dev.quarry.testdata.Replay;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

final class VmdkWriterTest {

    @TempDir Path folder;

    private static BlockTarget create(Path path, long size, Map<String, String> options)
            throws IOException {
        return new VmdkFormat()
                .create(OutputFile.create(path), size, new CreateOptions(null, null, options));
    }

    /** What qemu-img and libvmdk say; the image is alone in its folder, under its own name. */
    private void assertSound(Path path, byte[] content) throws IOException {
        ForeignTool qemuImg = ForeignTool.require("qemu-img");
        Path raw = Files.write(folder.resolve("expected.raw"), content);
        qemuImg.run("compare", "-f", "vmdk", "-F", "raw", path, raw).expectSuccess();
        String info = ForeignTool.require("vmdkinfo").run(path).expectSuccess().stdout();
        assertTrue(info.contains("(" + content.length + " bytes)"), info);
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
    void othersReadWhatIsWritten(String subformat) throws IOException {
        byte[] content = RandomContent.bytes(Replay.generator(21), 70_000_128, 512);
        Path path = Files.createDirectory(folder.resolve("alone")).resolve("disk.vmdk");
        Images.convert(Images.source(content), path, "vmdk", Map.of("subformat", subformat));
        assertArrayEquals(content, Images.bytes(path));
        assertSound(path, content);
        if (!subformat.endsWith("Flat")) {
            ForeignTool.require("qemu-img").run("check", "-f", "vmdk", path).expectSuccess();
        }
        try (DiskImage image = Images.open(path)) {
            assertEquals(subformat, image.info().formatSpecific().get("create-type"));
        }
        try (Stream<Path> files = Files.list(path.resolveSibling("."))) {
            assertFalse(files.anyMatch(file -> file.toString().endsWith(".tmp")));
        }
    }

    @ParameterizedTest
    @CsvSource({"0", "512", "65536", "66048", "33554432", "33554944"})
    void sizesAtTheBordersOfGrainsAndTables(int size) throws IOException {
        byte[] content = RandomContent.bytes(Replay.generator(22), size, 512);
        for (VmdkCreateOptions.Subformat each : VmdkCreateOptions.Subformat.values()) {
            Path path = folder.resolve(each.word() + ".vmdk");
            Images.convert(Images.source(content), path, "vmdk", Map.of("subformat", each.word()));
            assertArrayEquals(content, Images.bytes(path), each.word());
            if (size > 0) {
                Path raw = Files.write(folder.resolve("expected.raw"), content);
                ForeignTool.require("qemu-img")
                        .run("compare", "-f", "vmdk", "-F", "raw", path, raw)
                        .expectSuccess();
            }
        }
    }

    @Test
    void oddSizesLoseNothing() throws IOException {
        byte[] content = new byte[1_000_001];
        Arrays.fill(content, (byte) 3);
        byte[] padded = Arrays.copyOf(content, 1_000_448);
        for (VmdkCreateOptions.Subformat each : VmdkCreateOptions.Subformat.values()) {
            Path path = folder.resolve(each.word() + ".vmdk");
            Images.convert(Images.source(content), path, "vmdk", Map.of("subformat", each.word()));
            assertArrayEquals(padded, Images.bytes(path), each.word());
        }
    }

    /** Five gigabytes with a byte at each border of a part. */
    @ParameterizedTest
    @ValueSource(strings = {"twoGbMaxExtentSparse", "twoGbMaxExtentFlat"})
    void splitDisksHaveTheirBytesAtTheBordersOfParts(String subformat) throws IOException {
        long size = 5L << 30;
        Path path = folder.resolve("disk.vmdk");
        MemorySegment two = MemorySegment.ofArray(new byte[] {1, 2});
        try (BlockTarget target = create(path, size, Map.of("subformat", subformat))) {
            for (long border = VmdkWriter.PART_BYTES;
                    border < size;
                    border += VmdkWriter.PART_BYTES) {
                target.write(border - 1, two);
            }
            target.commit();
        }
        ForeignTool.require("qemu-img").run("info", path).expectSuccess();
        try (DiskImage image = Images.open(path)) {
            assertEquals(size, image.size());
            MemorySegment read = MemorySegment.ofArray(new byte[2]);
            for (long border = VmdkWriter.PART_BYTES;
                    border < size;
                    border += VmdkWriter.PART_BYTES) {
                image.read(border - 1, read);
                assertEquals(-1, two.mismatch(read));
            }
        }
        String letter = subformat.endsWith("Flat") ? "f" : "s";
        assertEquals(
                List.of(
                        "disk-" + letter + "001.vmdk",
                        "disk-" + letter + "002.vmdk",
                        "disk-" + letter + "003.vmdk",
                        "disk.vmdk"),
                names());
    }

    @ParameterizedTest
    @ValueSource(strings = {"monolithicFlat", "twoGbMaxExtentFlat", "twoGbMaxExtentSparse"})
    void disksOfSimilarNamesShareNoExtent(String subformat) throws IOException {
        List<String> names = List.of("disk.vmdk", "disk.VMDK", "disk", "disk.img", "a.b.vmdk");
        for (String name : names) {
            write(name, subformat, names.indexOf(name));
        }
        for (String name : names) {
            assertArrayEquals(
                    sector(names.indexOf(name)), Images.bytes(folder.resolve(name)), name);
        }
    }

    /** What would be refused when it is read. */
    @ParameterizedTest
    @CsvSource({"disk.vmdk,18691697672192", "a\\b.vmdk,512", "'a\"b.vmdk',512", "'a\tb',512"})
    void whatCannotBeReadIsNotWritten(String name, long size) throws IOException {
        CreateOptions options =
                new CreateOptions(null, null, Map.of("subformat", "twoGbMaxExtentSparse"));
        try (OutputFile file = OutputFile.create(folder.resolve(name))) {
            assertThrows(ImageException.class, () -> new VmdkFormat().create(file, size, options));
            assertEquals(1, names().size());
        }
        assertEquals(List.of(), names());
    }

    /** The descriptor would name what the link points to, as if it lay beside it. */
    @Test
    void anExtentIsNoLink() throws IOException {
        Path elsewhere = Files.createDirectory(folder.resolve("big")).resolve("store.img");
        Files.createSymbolicLink(folder.resolve("disk-flat.vmdk"), elsewhere);
        CreateOptions options =
                new CreateOptions(null, null, Map.of("subformat", "monolithicFlat"));
        try (OutputFile file = OutputFile.create(folder.resolve("disk.vmdk"))) {
            FileSystemException e =
                    assertThrows(
                            FileSystemException.class,
                            () -> new VmdkFormat().create(file, 512, options));
            assertTrue(e.toString().contains("disk-flat.vmdk: is a link"), e::toString);
        }
        assertEquals(List.of("big", "disk-flat.vmdk"), names());
        assertFalse(Files.exists(elsewhere));
    }

    /** A folder takes the name of an extent, or of the descriptor, while the disk is written. */
    @ParameterizedTest
    @ValueSource(strings = {"disk-f001.vmdk", "disk-f002.vmdk", "disk.vmdk"})
    void whatFailsLeavesTheOldDisk(String taken) throws IOException {
        List<String> files = List.of("disk-f001.vmdk", "disk-f002.vmdk", "disk.vmdk");
        for (String name : files) {
            Files.writeString(folder.resolve(name), "old " + name);
        }
        Map<String, String> options = Map.of("subformat", "twoGbMaxExtentFlat");
        Path path = folder.resolve("disk.vmdk");
        try (BlockTarget target = create(path, VmdkWriter.PART_BYTES + 512, options)) {
            Files.delete(folder.resolve(taken));
            Files.createDirectories(folder.resolve(taken).resolve("sub"));
            assertThrows(FileSystemException.class, target::commit);
        }
        assertEquals(files, names());
        for (String name : files) {
            if (!name.equals(taken)) {
                assertEquals("old " + name, Files.readString(folder.resolve(name)));
            }
        }
    }

    @Test
    void anOldDiskIsReplaced() throws IOException {
        write("disk.vmdk", "twoGbMaxExtentFlat", 1);
        write("disk.vmdk", "twoGbMaxExtentFlat", 2);
        assertArrayEquals(sector(2), Images.bytes(folder.resolve("disk.vmdk")));
        assertEquals(List.of("disk-f001.vmdk", "disk.vmdk"), names());
    }

    private static byte[] sector(int value) {
        byte[] content = new byte[512];
        Arrays.fill(content, (byte) value);
        return content;
    }

    private void write(String name, String subformat, int value) throws IOException {
        Images.convert(
                Images.source(sector(value)),
                folder.resolve(name),
                "vmdk",
                Map.of("subformat", subformat));
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "monolithicSparse",
                "monolithicFlat",
                "twoGbMaxExtentSparse",
                "streamOptimized"
            })
    void whatIsNotCommittedIsNotThere(String subformat) throws IOException {
        Path path = folder.resolve("disk.vmdk");
        try (BlockTarget target = create(path, 1 << 20, Map.of("subformat", subformat))) {
            target.write(0, MemorySegment.ofArray(new byte[0]));
        }
        assertEquals(List.of(), names());
    }

    /** The layout that streaming importers ask for. */
    @Test
    void streamsAscendAndEndWithTheirFooter() throws IOException {
        byte[] content = RandomContent.bytes(Replay.generator(23), 40 << 20, 65536);
        Path path = folder.resolve("disk.vmdk");
        Images.convert(
                Images.source(content), path, "vmdk", Map.of("subformat", "streamOptimized"));
        ByteBuffer file =
                ByteBuffer.wrap(Files.readAllBytes(path)).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        assertEquals(3, file.getInt(4));
        assertEquals(0x30001, file.getInt(8));
        assertEquals(0, file.getLong(48), "redundant directory");
        assertEquals(-1, file.getLong(56), "directory at the end");
        assertEquals(1, file.getShort(77), "deflate");
        int at = 128 * 512;
        long before = -1;
        int tables = 0;
        int type = -1;
        while (type != 0) {
            long value = file.getLong(at);
            int size = file.getInt(at + 8);
            if (size > 0) {
                assertTrue(value > before, "grains ascend");
                before = value;
                at += (12 + size + 511) / 512 * 512;
            } else {
                type = file.getInt(at + 12);
                tables += type == 1 ? 1 : 0;
                at += 512 + (int) value * 512;
            }
        }
        assertEquals(file.capacity(), at, "nothing behind the end of the stream");
        assertEquals(2, tables);
        assertEquals(3, file.getInt(at - 1536 + 12), "footer marker");
    }

    @ParameterizedTest
    @CsvSource({
        "subformat,vmfs",
        "adapter_type,nvme",
        "hwversion,new",
        "toolsversion,-1",
        "zeroed_grain,on"
    })
    void optionsThatAreNotUnderstoodAreRefused(String name, String value) throws IOException {
        Map<String, String> options = Map.of(name, value);
        try (OutputFile file = OutputFile.create(folder.resolve("disk.vmdk"))) {
            ImageException e =
                    assertThrows(
                            ImageException.class,
                            () ->
                                    new VmdkFormat()
                                            .create(
                                                    file,
                                                    1000,
                                                    new CreateOptions(null, null, options)));
            assertEquals(ImageException.Kind.UNSUPPORTED, e.kind());
            assertTrue(e.toString().contains(name), e::toString);
        }
    }
}

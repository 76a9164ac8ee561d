package dev.quarry.formats.qcow2;

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
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.job.Workers;
import dev.quarry.storage.FileStorage;
import dev.quarry.storage.OutputFile;
import dev.quarry.testdata.ForeignTool;
import dev.quarry.testdata.RandomContent;
import dev.quarry.testdata.Replay;
import dev.quarry.volume.Copier;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.random.RandomGenerator;

final class Qcow2WriterTest {

    @TempDir Path folder;

    private static BlockTarget create(Path path, long size, Map<String, String> options)
            throws IOException {
        return new Qcow2Format()
                .create(OutputFile.create(path), size, new CreateOptions(null, null, options));
    }

    private void assertSound(Path path, byte[] content) throws IOException {
        ForeignTool qemuImg = ForeignTool.require("qemu-img");
        qemuImg.run("check", "-f", "qcow2", path).expectSuccess();
        Path raw = Files.write(folder.resolve("expected.raw"), content);
        qemuImg.run("compare", "-f", "qcow2", "-F", "raw", path, raw).expectSuccess();
        ForeignTool.require("qcowinfo").run(path).expectSuccess();
    }

    @ParameterizedTest
    @CsvSource({
        "512,1.1",
        "512,0.10",
        "4096,1.1",
        "4k,0.10",
        "64k,1.1",
        "65536,0.10",
        "1M,1.1",
        "2M,1.1"
    })
    void othersReadWhatIsWritten(String clusterSize, String compat) throws IOException {
        byte[] content = RandomContent.bytes(Replay.generator(11), 5_000_192, 512);
        Path path = folder.resolve("disk.qcow2");
        Images.convert(
                Images.source(content),
                path,
                "qcow2",
                Map.of("cluster_size", clusterSize, "compat", compat));
        assertArrayEquals(content, Images.bytes(path));
        assertSound(path, content);
        try (DiskImage image = Images.open(path)) {
            assertEquals(compat, image.info().formatSpecific().get("compat"));
        }
    }

    /** The check of qemu-img reads every count. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8, 16, 32, 64})
    void countsAreOfAnyWidth(int bits) throws IOException {
        byte[] content = RandomContent.bytes(Replay.generator(16), 3_000_320, 512);
        for (String clusterSize : List.of("512", "64k")) {
            Path path = folder.resolve("disk.qcow2");
            Images.convert(
                    Images.source(content),
                    path,
                    "qcow2",
                    Map.of(
                            "cluster_size",
                            clusterSize,
                            "refcount_bits",
                            String.valueOf(bits),
                            "lazy_refcounts",
                            "on"));
            assertSound(path, content);
            try (DiskImage image = Images.open(path)) {
                assertEquals(bits, image.info().formatSpecific().get("refcount-bits"));
                assertEquals(true, image.info().formatSpecific().get("lazy-refcounts"));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"refcount_bits,8,0.10", "lazy_refcounts,on,0.10", "refcount_bits,8,1.1"})
    void countsThatOneImageCannotHaveAreRefused(String name, String value, String compat)
            throws IOException {
        CreateOptions options =
                new CreateOptions(null, null, Map.of(name, value, "compat", compat))
                        .withEncoding(CreateOptions.Encoding.COMPRESSED);
        try (OutputFile file = OutputFile.create(folder.resolve("disk.qcow2"))) {
            ImageException e =
                    assertThrows(
                            ImageException.class,
                            () -> new Qcow2Format().create(file, 1000, options));
            assertTrue(e.toString().contains(name), e::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cluster_size=512",
                "cluster_size=4k",
                "compat=0.10",
                "compression_type=zlib",
                "cluster_size=2M",
                "compression_type=zstd",
                "compression_type=zstd,cluster_size=512",
                "compression_type=zstd,cluster_size=2M",
                "compression_type=zstd,extended_l2=on",
                "extended_l2=on,cluster_size=16k",
                "refcount_bits=32",
                "refcount_bits=64,cluster_size=512"
            })
    void othersReadWhatIsCompressed(String list) throws IOException {
        byte[] content = RandomContent.bytes(Replay.generator(12), 9_000_448, 512);
        Path path = folder.resolve("disk.qcow2");
        CreateOptions options =
                new CreateOptions(null, null, options(list))
                        .withEncoding(CreateOptions.Encoding.COMPRESSED);
        Images.convert(Images.source(content), path, "qcow2", options);
        assertArrayEquals(content, Images.bytes(path));
        ForeignTool qemuImg = ForeignTool.require("qemu-img");
        qemuImg.run("check", "-f", "qcow2", path).expectSuccess();
        Path raw = Files.write(folder.resolve("expected.raw"), content);
        qemuImg.run("compare", "-f", "qcow2", "-F", "raw", path, raw).expectSuccess();
        byte[] once = Files.readAllBytes(path);
        Images.convert(Images.source(content), path, "qcow2", options);
        assertArrayEquals(once, Files.readAllBytes(path), "depends on how threads are scheduled");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "preallocation=metadata",
                "preallocation=falloc",
                "preallocation=full",
                "preallocation=metadata,cluster_size=512",
                "preallocation=metadata,extended_l2=on",
                "extended_l2=on",
                "extended_l2=on,cluster_size=16k",
                "extended_l2=on,cluster_size=2M"
            })
    void othersReadWhatIsPreallocatedOrHasSubclusters(String list) throws IOException {
        byte[] content = RandomContent.bytes(Replay.generator(13), 5_000_192, 512);
        Path path = folder.resolve("disk.qcow2");
        Images.convert(Images.source(content), path, "qcow2", options(list));
        assertArrayEquals(content, Images.bytes(path));
        ForeignTool qemuImg = ForeignTool.require("qemu-img");
        qemuImg.run("check", "-f", "qcow2", path).expectSuccess();
        Path raw = Files.write(folder.resolve("expected.raw"), content);
        qemuImg.run("compare", "-f", "qcow2", "-F", "raw", path, raw).expectSuccess();
        if (list.contains("falloc") || list.contains("full")) {
            try (FileStorage storage = FileStorage.open(path)) {
                assertTrue(storage.allocatedBytes() >= content.length);
            }
        }
    }

    /** Subclusters hide what the backing file has, and only where they were told to. */
    @Test
    void subclustersOverABackingFile() throws IOException {
        byte[] base = new byte[1 << 20];
        Arrays.fill(base, (byte) 5);
        Files.write(folder.resolve("base.raw"), base);
        Path path = folder.resolve("overlay.qcow2");
        CreateOptions options = new CreateOptions("base.raw", "raw", options("extended_l2=on"));
        byte[] content = base.clone();
        try (BlockTarget target =
                new Qcow2Format().create(OutputFile.create(path), base.length, options)) {
            target.zero(2048, 70_000);
            Arrays.fill(content, 2048, 72_048, (byte) 0);
            MemorySegment ones = MemorySegment.ofArray(new byte[4096]).fill((byte) 1);
            target.write(8192, ones);
            Arrays.fill(content, 8192, 12_288, (byte) 1);
            target.zero(0, 2048);
            Arrays.fill(content, 0, 2048, (byte) 0);
            target.zero(72_048, 1536);
            Arrays.fill(content, 72_048, 73_584, (byte) 0);
            // The rest of a subcluster that was cut reads as zeros, as the contract says.
            Arrays.fill(content, 73_584, 73_728, (byte) 0);
            target.commit();
        }
        ForeignTool qemuImg = ForeignTool.require("qemu-img");
        qemuImg.run("check", "-f", "qcow2", path).expectSuccess();
        Path expected = Files.write(folder.resolve("expected.raw"), content);
        qemuImg.run("compare", "-f", "qcow2", "-F", "raw", path, expected).expectSuccess();
        try (DiskImage image = Images.openWithReferences(path)) {
            assertArrayEquals(content, Images.bytes(image));
        }
    }

    private static Map<String, String> options(String list) {
        Map<String, String> options = new HashMap<>();
        for (String each : list.split(",", -1)) {
            options.put(
                    each.substring(0, each.indexOf('=')), each.substring(each.indexOf('=') + 1));
        }
        return options;
    }

    @Test
    void anyOrderOfAnySectorsFromSeveralThreads() {
        Replay.seeds(
                6,
                random -> {
                    int sectors = random.nextInt(1, 4000);
                    byte[] content = RandomContent.bytes(random, sectors * 512, 512);
                    Path path = folder.resolve("disk.qcow2");
                    String clusterSize = String.valueOf(1 << random.nextInt(9, 18));
                    try (BlockTarget target =
                            create(path, content.length, Map.of("cluster_size", clusterSize))) {
                        List<int[]> pieces = pieces(sectors, random);
                        Workers.run(
                                "write",
                                pieces.size(),
                                4,
                                new CancelToken(),
                                () ->
                                        index -> {
                                            int[] piece = pieces.get((int) index);
                                            MemorySegment bytes =
                                                    MemorySegment.ofArray(
                                                            Arrays.copyOfRange(
                                                                    content, piece[0], piece[1]));
                                            if (bytes.mismatch(
                                                            MemorySegment.ofArray(
                                                                    new byte[piece[1] - piece[0]]))
                                                    < 0) {
                                                target.zero(piece[0], bytes.byteSize());
                                            } else {
                                                target.write(piece[0], bytes);
                                            }
                                        });
                        target.commit();
                    }
                    assertArrayEquals(content, Images.bytes(path));
                    assertSound(path, content);
                });
    }

    /** Cuts a disk into ranges of whole sectors, in any order. */
    private static List<int[]> pieces(int sectors, RandomGenerator random) {
        List<int[]> pieces = new ArrayList<>();
        for (int at = 0; at < sectors; ) {
            int end = Math.min(sectors, at + 1 + random.nextInt(300));
            pieces.add(new int[] {at * 512, end * 512});
            at = end;
        }
        Collections.shuffle(pieces, new Random(random.nextLong()));
        return pieces;
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 511, 512, 1_000_001})
    void oddSizesArePaddedAndLoseNothing(long size) throws IOException {
        byte[] content = RandomContent.bytes(Replay.generator(12), (int) size, 1);
        Path path = folder.resolve("disk.qcow2");
        try (BlockTarget target = create(path, size, Map.of())) {
            assertEquals(Math.ceilDiv(size, 512) * 512, target.size());
            Copier.copy(
                    Images.source(content), target, 2, ProgressListener.none(), new CancelToken());
            target.commit();
        }
        byte[] padded = Arrays.copyOf(content, (int) Math.ceilDiv(size, 512) * 512);
        assertArrayEquals(padded, Images.bytes(path));
        assertSound(path, padded);
    }

    @Test
    void anEmptyTerabyteIsSmallAndReadAtOnce() throws IOException {
        Path path = folder.resolve("disk.qcow2");
        try (BlockTarget target = create(path, 1L << 40, Map.of())) {
            target.zero(0, 1L << 40);
            target.commit();
        }
        assertTrue(Files.size(path) < 1 << 20);
        ForeignTool.require("qemu-img").run("check", path).expectSuccess();
        try (DiskImage image = Images.open(path)) {
            assertEquals(1L << 40, image.extentAt(0, image.size()).length());
        }
    }

    @Test
    void anEmptyOverlayShowsItsBase() throws IOException {
        byte[] content = RandomContent.bytes(Replay.generator(13), 2_000_384, 512);
        Path base = folder.resolve("base.raw");
        Files.write(base, content);
        Path overlay = folder.resolve("overlay.qcow2");
        CreateOptions options = new CreateOptions("base.raw", "raw", Map.of());
        try (BlockTarget target =
                new Qcow2Format().create(OutputFile.create(overlay), 3_000_320, options)) {
            target.commit();
        }
        byte[] grown = Arrays.copyOf(content, 3_000_320);
        try (DiskImage image = Images.openWithReferences(overlay)) {
            assertEquals("base.raw", image.info().backingFile());
            assertEquals("raw", image.info().backingFormat());
            assertArrayEquals(grown, Images.bytes(image));
        }
        assertSound(overlay, grown);
        ImageException e = assertThrows(ImageException.class, () -> Images.open(overlay));
        assertEquals(ImageException.Kind.REFERENCE_REFUSED, e.kind());
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.1", "0.10"})
    void whatIsZeroedInAnOverlayHidesItsBase(String compat) throws IOException {
        byte[] base = new byte[1 << 20];
        Arrays.fill(base, (byte) 'b');
        Files.write(folder.resolve("base.raw"), base);
        Path overlay = folder.resolve("overlay.qcow2");
        byte[] content = RandomContent.bytes(Replay.generator(14), (1 << 20) + 512, 4096);
        CreateOptions options = new CreateOptions("base.raw", "raw", Map.of("compat", compat));
        try (BlockTarget target =
                new Qcow2Format().create(OutputFile.create(overlay), content.length, options)) {
            Copier.copy(
                    Images.source(content), target, 2, ProgressListener.none(), new CancelToken());
            target.commit();
        }
        try (DiskImage image = Images.openWithReferences(overlay)) {
            assertArrayEquals(content, Images.bytes(image));
        }
        assertSound(overlay, content);
    }

    @Test
    void oldDataOfADeviceNeverShows() throws IOException {
        byte[] content = RandomContent.bytes(Replay.generator(15), 3_000_320, 512);
        byte[] old = new byte[8 << 20];
        Arrays.fill(old, (byte) 0xff);
        Path path = Files.write(folder.resolve("device"), old);
        try (BlockTarget target =
                new Qcow2Format()
                        .create(
                                OutputFile.openExisting(path),
                                content.length,
                                CreateOptions.defaults())) {
            Copier.copy(
                    Images.source(content), target, 2, ProgressListener.none(), new CancelToken());
            target.commit();
        }
        assertArrayEquals(content, Images.bytes(path));
    }

    @Test
    void whatIsNotCommittedIsNotThere() throws IOException {
        Path path = folder.resolve("disk.qcow2");
        try (BlockTarget target = create(path, 1000, Map.of())) {
            target.write(0, MemorySegment.ofArray(new byte[512]));
        }
        assertFalse(Files.exists(path));
    }

    @ParameterizedTest
    @CsvSource({
        "cluster_size,1000",
        "cluster_size,256",
        "cluster_size,4M",
        "cluster_size,-64k",
        "cluster_size,lots",
        "compat,2.0",
        "preallocation,some",
        "compression_type,lz4",
        "extended_l2,maybe",
        "refcount_bits,3",
        "refcount_bits,128",
        "refcount_bits,16k",
        "lazy_refcounts,maybe",
        "data_file,data.raw",
        "data_file_raw,on",
        "encryption,on",
        "encrypt.format,luks",
        "nocow,on",
        "extent_size_hint,some",
        "clustersize,64k"
    })
    void optionsThatAreNotUnderstoodAreRefused(String name, String value) throws IOException {
        try (OutputFile file = OutputFile.create(folder.resolve("disk.qcow2"))) {
            ImageException e =
                    assertThrows(
                            ImageException.class,
                            () ->
                                    new Qcow2Format()
                                            .create(
                                                    file,
                                                    1000,
                                                    new CreateOptions(
                                                            null, null, Map.of(name, value))));
            assertEquals(ImageException.Kind.UNSUPPORTED, e.kind());
            assertTrue(e.toString().contains(name), e::toString);
        }
    }

    @Test
    void sizesThatSmallClustersCannotHoldAreRefused() throws IOException {
        try (OutputFile file = OutputFile.create(folder.resolve("disk.qcow2"))) {
            ImageException e =
                    assertThrows(
                            ImageException.class,
                            () ->
                                    new Qcow2Format()
                                            .create(
                                                    file,
                                                    (128L << 30) + 1,
                                                    new CreateOptions(
                                                            null,
                                                            null,
                                                            Map.of("cluster_size", "512"))));
            assertEquals(ImageException.Kind.LIMIT, e.kind());
        }
    }

    @Test
    void aBackingNameThatDoesNotFitIsRefused() throws IOException {
        for (int length : new int[] {400, 1024}) {
            CreateOptions options =
                    new CreateOptions(
                            "b".repeat(length),
                            "raw",
                            length == 400 ? Map.of("cluster_size", "512") : Map.of());
            try (OutputFile file = OutputFile.create(folder.resolve("disk.qcow2"))) {
                ImageException e =
                        assertThrows(
                                ImageException.class,
                                () -> new Qcow2Format().create(file, 1000, options));
                assertEquals(ImageException.Kind.LIMIT, e.kind());
            }
        }
    }
}

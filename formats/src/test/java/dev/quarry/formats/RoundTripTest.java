package dev.quarry.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.block.BlockSource;
import dev.quarry.block.BlockTarget;
import dev.quarry.block.Extent;
import dev.quarry.image.CreateOptions;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageFormats;
import dev.quarry.job.CancelToken;
import dev.quarry.job.CancelledException;
import dev.quarry.job.ProgressListener;
import dev.quarry.storage.OutputFile;
import dev.quarry.testdata.Content;
import dev.quarry.testdata.ForeignTool;
import dev.quarry.testdata.RandomContent;
import dev.quarry.testdata.RawOracle;
import dev.quarry.testdata.Replay;
import dev.quarry.volume.Copier;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Every variant that others or we write, into every variant that we write: the content is the same,
 * and others accept the result.
 */
final class RoundTripTest {

    private static final int SIZE = (3 << 20) + 65536 + 512;

    /** A variant, as {@code FORMAT} or {@code FORMAT:OPTIONS}; a leading + compresses. */
    private static final List<String> VARIANTS =
            List.of(
                    "raw",
                    "qcow2",
                    "qcow2:compat=0.10",
                    "qcow2:cluster_size=512",
                    "qcow2:cluster_size=2M",
                    "qcow2:extended_l2=on",
                    "qcow2:preallocation=metadata",
                    "qcow2:preallocation=full",
                    "+qcow2",
                    "+qcow2:compat=0.10,cluster_size=4k",
                    "+qcow2:compression_type=zstd",
                    "+qcow2:compression_type=zstd,cluster_size=2M",
                    "+qcow2:extended_l2=on",
                    "vmdk",
                    "vmdk:subformat=monolithicFlat",
                    "vmdk:subformat=twoGbMaxExtentSparse",
                    "vmdk:subformat=twoGbMaxExtentFlat",
                    "vmdk:subformat=streamOptimized");

    @TempDir Path folder;

    private int made;

    /** A new name in a folder of its own: libvmdk may take a neighbour for a part. */
    private Path newFile(String variant) throws IOException {
        Path own = Files.createDirectory(folder.resolve("image" + made++));
        return own.resolve("disk." + format(variant));
    }

    private static String format(String variant) {
        String word = variant.startsWith("+") ? variant.substring(1) : variant;
        return word.contains(":") ? word.substring(0, word.indexOf(':')) : word;
    }

    private static CreateOptions options(String variant) {
        Map<String, String> options = new LinkedHashMap<>();
        if (variant.contains(":")) {
            for (String each : variant.substring(variant.indexOf(':') + 1).split(",", -1)) {
                int equals = each.indexOf('=');
                options.put(each.substring(0, equals), each.substring(equals + 1));
            }
        }
        return new CreateOptions(null, null, options)
                .withEncoding(
                        variant.startsWith("+")
                                ? CreateOptions.Encoding.COMPRESSED
                                : CreateOptions.Encoding.PLAIN);
    }

    private Path byQemuImg(String variant, Path raw) throws IOException {
        Path path = newFile(variant);
        List<Object> words = new ArrayList<>(List.of("convert", "-f", "raw"));
        if (variant.startsWith("+")) {
            words.add("-c");
        }
        words.addAll(List.of("-O", format(variant)));
        if (variant.contains(":")) {
            words.addAll(List.of("-o", variant.substring(variant.indexOf(':') + 1)));
        }
        words.addAll(List.of(raw, path));
        ForeignTool.require("qemu-img").run(words.toArray()).expectSuccess();
        return path;
    }

    private Path byUs(String variant, byte[] content) throws IOException {
        Path path = newFile(variant);
        Images.convert(Images.source(content), path, format(variant), options(variant));
        return path;
    }

    private static void assertAccepted(String variant, Path path, Path raw) {
        ForeignTool qemuImg = ForeignTool.require("qemu-img");
        String format = format(variant);
        if (format.equals("ova")) {
            return; // Its own test takes the disk out.
        }
        qemuImg.run("compare", "-f", format, "-F", "raw", path, raw).expectSuccess();
        if (format.equals("qcow2") || (format.equals("vmdk") && !variant.contains("Flat"))) {
            qemuImg.run("check", "-f", format, path).expectSuccess();
        }
        if (format.equals("vmdk")) {
            ForeignTool.require("vmdkinfo").run(path).expectSuccess();
        }
        boolean foreignToLibqcow = variant.contains("zstd") || variant.contains("extended_l2");
        if (format.equals("qcow2") && !foreignToLibqcow) {
            ForeignTool.require("qcowinfo").run(path).expectSuccess();
        }
    }

    @Test
    void everyVariantIntoEveryVariant() throws IOException {
        byte[] content = RandomContent.bytes(Replay.generator(61), SIZE, 512);
        Path raw = folder.resolve("content.raw");
        RawOracle.write(Content.of(content), raw);
        Map<String, Path> sources = new LinkedHashMap<>();
        for (String variant : VARIANTS) {
            sources.put("qemu-img's " + variant, byQemuImg(variant, raw));
            sources.put("our " + variant, byUs(variant, content));
        }
        sources.put("our ova", byUs("ova", content));
        List<String> targets = new ArrayList<>(VARIANTS);
        targets.add("ova");
        int pairs = 0;
        for (Map.Entry<String, Path> source : sources.entrySet()) {
            for (String target : targets) {
                String pair = source.getKey() + " to " + target;
                Path path = newFile(target);
                try (DiskImage image = Images.open(source.getValue())) {
                    Images.convert(image, path, format(target), options(target));
                }
                assertArrayEquals(content, Images.bytes(path), pair);
                // What others say of a target does not depend on what it was made from.
                if (source.getKey().equals("our raw")) {
                    assertAccepted(target, path, raw);
                }
                deleteImage(path);
                pairs++;
            }
        }
        System.out.println(pairs + " pairs of source and target variants were converted");
        assertEquals(sources.size() * targets.size(), pairs);
    }

    private static void deleteImage(Path path) throws IOException {
        try (var files = Files.list(path.resolveSibling("."))) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    /** A source that fails, or a user who changes her mind, leaves no file of any variant. */
    @Test
    void whatFailsLeavesNothingBehind() throws IOException {
        byte[] content = RandomContent.bytes(Replay.generator(62), 48 << 20, 512);
        List<String> targets = new ArrayList<>(VARIANTS);
        targets.add("ova");
        for (String target : targets) {
            Path path = newFile(target);
            BlockSource failing = new FailingSource(Images.source(content), 40 << 20);
            IOException e =
                    assertThrows(
                            IOException.class,
                            () -> Images.convert(failing, path, format(target), options(target)));
            assertEquals("the source fails", e.getMessage(), target);
            assertEquals(0, countFiles(path), target);
            CancelToken cancel = new CancelToken();
            BlockSource cancelling =
                    new FailingSource(Images.source(content), 40 << 20) {
                        @Override
                        void fail() {
                            cancel.cancel();
                        }
                    };
            try (BlockTarget writer =
                    ImageFormats.installed()
                            .named(format(target))
                            .create(OutputFile.create(path), content.length, options(target))) {
                assertThrows(
                        CancelledException.class,
                        () -> Copier.copy(cancelling, writer, 2, ProgressListener.none(), cancel));
            }
            assertEquals(0, countFiles(path), target);
        }
    }

    private static long countFiles(Path path) throws IOException {
        try (var files = Files.list(path.resolveSibling("."))) {
            return files.count();
        }
    }

    /** Reads well up to an offset. */
    private static class FailingSource implements BlockSource {
        private final BlockSource source;
        private final long end;

        FailingSource(BlockSource source, long end) {
            this.source = source;
            this.end = end;
        }

        void fail() throws IOException {
            throw new IOException("the source fails");
        }

        @Override
        public long size() {
            return source.size();
        }

        @Override
        public void read(long offset, MemorySegment target) throws IOException {
            if (offset + target.byteSize() > end) {
                fail();
            }
            source.read(offset, target);
        }

        @Override
        public Extent extentAt(long offset, long limit) {
            return new Extent(offset, limit - offset, Extent.Kind.DATA);
        }

        @Override
        public void close() throws IOException {
            source.close();
        }
    }

    /** Compressed images are at most three hundredths larger than qemu-img's of the same disk. */
    @Test
    void compressesAsWellAsQemuImg() throws IOException {
        byte[] content = programs(16 << 20);
        Path raw = Files.write(folder.resolve("content.raw"), content);
        for (String variant :
                List.of(
                        "+qcow2",
                        "+qcow2:compression_type=zstd",
                        "vmdk:subformat=streamOptimized")) {
            long theirs = Files.size(byQemuImg(variant, raw));
            long ours = Files.size(byUs(variant, content));
            assertTrue(ours <= theirs * 1.03, variant + ": " + ours + " of " + theirs);
        }
    }

    /** Programs, as disks hold them: class files of the JDK, the same whatever this build made. */
    private static byte[] programs(int size) throws IOException {
        byte[] content = new byte[size];
        int filled = 0;
        Path classes = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("modules/java.base");
        try (var files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                byte[] bytes = Files.readAllBytes(file);
                int length = Math.min(bytes.length, size - filled);
                System.arraycopy(bytes, 0, content, filled, length);
                filled += length;
            }
        }
        assertEquals(size, filled, "the JDK's classes fill the disk");
        return content;
    }
}

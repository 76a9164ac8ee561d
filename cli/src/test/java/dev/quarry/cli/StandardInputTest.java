package dev.quarry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.json.JsonTree;
import dev.quarry.testdata.DemoDisk;
import dev.quarry.testdata.ForeignTool;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Whole processes that take an image from a pipe. */
final class StandardInputTest {

    private static final long DISK_BYTES = 96L << 20;

    @TempDir private Path folder;

    private Path raw = Path.of("");

    @BeforeEach
    void writeDisk() throws IOException {
        raw = folder.resolve("disk.raw");
        DemoDisk.write(raw, 3, 0, DISK_BYTES);
    }

    /** Runs {@code producer | quarry args}; expects the exit code of the latter. */
    private void pipe(int exitCode, List<String> producer, Object... args)
            throws IOException, InterruptedException {
        File out = folder.resolve("out").toFile();
        File err = folder.resolve("err").toFile();
        List<ProcessBuilder> pipeline = new ArrayList<>();
        pipeline.add(new ProcessBuilder(producer));
        pipeline.add(
                new ProcessBuilder(CommandProcess.words(args))
                        .redirectOutput(out)
                        .redirectError(err));
        int code = ProcessBuilder.startPipeline(pipeline).getLast().waitFor();
        assertEquals(exitCode, code, err());
    }

    private String err() throws IOException {
        return Files.readString(folder.resolve("err"));
    }

    @Test
    void convertsWhatGzipWrites() throws Exception {
        ForeignTool qemuImg = ForeignTool.require("qemu-img");
        Path target = folder.resolve("disk.qcow2");
        List<String> gzip = List.of("gzip", "-1", "-c", raw.toString());
        pipe(0, gzip, "convert", "-O", "qcow2", "-", target);
        qemuImg.run("compare", "-f", "qcow2", "-F", "raw", target, raw).expectSuccess();
        qemuImg.run("check", "-f", "qcow2", target).expectSuccess();
        assertTrue(err().contains("compressed with gzip"), err());
        pipe(0, gzip, "convert", "-c", "-O", "qcow2", "-", target);
        qemuImg.run("compare", "-f", "qcow2", "-F", "raw", target, raw).expectSuccess();
    }

    @Test
    void nothingAtAllIsNoDisk() throws Exception {
        Path target = folder.resolve("disk.raw2");
        pipe(1, List.of("true"), "convert", "-O", "raw", "-", target);
        assertEquals("quarry: has no bytes at all at 0x0: -\n", err());
        pipe(1, List.of("true"), "import", "--store", folder.resolve("store"), "-");
        assertFalse(Files.exists(target));
    }

    /** Otherwise the JVM's first file would be read. */
    @Test
    void aClosedStandardInputIsSaid() throws Exception {
        List<String> words = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" <&-", "sh"));
        words.addAll(CommandProcess.words("convert", "-O", "raw", "-", folder.resolve("out.raw")));
        Process process =
                new ProcessBuilder(words).redirectError(folder.resolve("err").toFile()).start();
        assertEquals(1, process.waitFor());
        assertEquals("quarry: standard input is closed\n", err());
    }

    @Test
    void importsRawBytes() throws Exception {
        Path store = folder.resolve("store");
        List<String> cat = List.of("cat", raw.toString());
        pipe(0, cat, "import", "--store", store, "-f", "raw", "-");
        Path back = folder.resolve("back.raw");
        String snapshot = Files.readAllLines(folder.resolve("out")).getFirst();
        Cli.withStore(store).run("export", snapshot, back).ok();
        assertEquals(-1, Files.mismatch(raw, back));
    }

    @Test
    void saysTheSizeOfWhatComes() throws Exception {
        pipe(0, List.of("cat", raw.toString()), "info", "--json", "-");
        String out = Files.readString(folder.resolve("out"));
        assertEquals(DISK_BYTES, Json.number(JsonTree.readObject(out), "virtual-size"));
    }

    @Test
    void aCutStreamLeavesNothing() throws Exception {
        Path cut = folder.resolve("cut.gz");
        ForeignTool.require("gzip").run("-1", "-k", raw).expectSuccess();
        byte[] whole = Files.readAllBytes(folder.resolve("disk.raw.gz"));
        Files.write(cut, Arrays.copyOf(whole, whole.length / 2));
        Path target = folder.resolve("target");
        pipe(1, List.of("cat", cut.toString()), "convert", "-", target);
        assertFalse(Files.exists(target));
        assertTrue(err().contains("the gzip data end early at 0x"), err());
        assertEquals(1, err().lines().count(), err());
    }

    /** The process waits for more of the disk when it is told to end. */
    @ParameterizedTest
    @ValueSource(strings = {"cat", "gzip", "xz", "zstd"})
    void aSilentStreamIsLeftWhenTheProcessIsToldToEnd(String compressor) throws Exception {
        Path source = folder.resolve("source");
        pack(compressor, source);
        Path work = Files.createDirectory(folder.resolve("work"));
        Process process =
                new ProcessBuilder(
                                CommandProcess.words(
                                        "convert", "-O", "raw", "-", work.resolve("target")))
                        .redirectError(folder.resolve("err").toFile())
                        .start();
        try {
            byte[] some = Arrays.copyOf(Files.readAllBytes(source), 1_000_000);
            process.getOutputStream().write(some);
            process.getOutputStream().flush();
            for (int i = 0; i < 600 && isEmpty(work); i++) {
                Thread.sleep(100);
            }
            assertFalse(isEmpty(work), err());
            process.toHandle().destroy();
            assertTrue(process.waitFor(20, TimeUnit.SECONDS), err());
            assertEquals(128 + 15, process.exitValue());
            assertTrue(err().contains("cancelled"), err());
            assertTrue(isEmpty(work));
        } finally {
            process.destroyForcibly();
        }
    }

    private void pack(String compressor, Path packed) throws Exception {
        List<String> words = new ArrayList<>(List.of(compressor));
        words.addAll(
                compressor.equals("cat")
                        ? List.of(raw.toString())
                        : List.of("-1", "-c", raw.toString()));
        int code = new ProcessBuilder(words).redirectOutput(packed.toFile()).start().waitFor();
        assertEquals(0, code);
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.findAny().isEmpty();
        }
    }

    @Test
    void aVmdkTargetNeedsTheSize() throws Exception {
        Path target = folder.resolve("target.vmdk");
        List<String> cat = List.of("cat", raw.toString());
        pipe(1, cat, "convert", "-O", "vmdk", "-f", "raw", "-", target);
        assertFalse(Files.exists(target));
        assertTrue(err().contains("size of a disk must be known"), err());
    }
}

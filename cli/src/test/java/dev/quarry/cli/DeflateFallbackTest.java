package dev.quarry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.quarry.testdata.DemoDisk;
import dev.quarry.testdata.ForeignTool;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Without libdeflate, the JDK compresses and decompresses, and others read the result. */
final class DeflateFallbackTest {

    private static final long DISK_BYTES = 12L << 20;

    @TempDir private Path folder;

    private Path raw = Path.of("");

    @BeforeEach
    void writeDisk() throws IOException {
        raw = folder.resolve("disk.raw");
        DemoDisk.write(raw, 9, 0, DISK_BYTES);
    }

    private void withoutLibdeflate(Object... args) {
        List<String> words = CommandProcess.words(args);
        words.add(1, "-Ddev.quarry.libdeflate.disabled=true");
        words.addAll(0, List.of("-c", "exec \"$@\"", "sh"));
        ForeignTool.require("sh")
                .withTimeout(Duration.ofMinutes(2))
                .run(words.toArray())
                .expectSuccess();
    }

    @ParameterizedTest
    @CsvSource({"qcow2,compression_type=zlib", "vmdk,subformat=streamOptimized"})
    void theJdkWritesAndReads(String format, String option) throws IOException {
        Path made = folder.resolve("jdk");
        withoutLibdeflate("convert", "-f", "raw", "-O", format, "-c", "-o", option, raw, made);
        ForeignTool qemuImg = ForeignTool.require("qemu-img");
        qemuImg.run("compare", "-f", "raw", "-F", format, raw, made).expectSuccess();
        qemuImg.run("check", "-f", format, made).expectSuccess();
        Path usual = folder.resolve("libdeflate");
        Cli.bare().run("convert", "-f", "raw", "-O", format, "-c", "-o", option, raw, usual).ok();
        assertNotEquals(Files.size(usual), Files.size(made), "the JDK was not used");
        for (Path source : List.of(made, usual)) {
            Path back = folder.resolve("back.raw");
            withoutLibdeflate("convert", "-f", format, source, back);
            assertEquals(-1, Files.mismatch(raw, back));
        }
    }
}

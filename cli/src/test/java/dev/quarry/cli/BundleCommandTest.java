package dev.quarry.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a bundle says itself. */
final class BundleCommandTest {

    @TempDir private Path folder;

    BundleCommandTest() {}

    @Test
    void aManifestSaysTheProcessor() throws IOException {
        Cli cli = Cli.withStore(folder.resolve("store"));
        cli.run("init").ok();
        Path raw = Files.write(folder.resolve("disk.raw"), new byte[1 << 20]);
        String manifest =
                cli.run("bundle", "-f", "raw", raw, "--out", folder.resolve("bundle"))
                        .ok()
                        .lines()
                        .getFirst();
        Cli.Run run =
                cli.run(
                                "register",
                                "--name",
                                "bundled",
                                "--manifest",
                                manifest,
                                "--architecture",
                                "arm64")
                        .expect(2);
        assertTrue(run.err().contains("--architecture and --manifest"), run.err());
        cli.run("register", "--name", "bundled", "--manifest", manifest).ok();
    }
}

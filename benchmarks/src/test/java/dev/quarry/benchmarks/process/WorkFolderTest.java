package dev.quarry.benchmarks.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

final class WorkFolderTest {

    @TempDir private Path parent;

    @Test
    void closingDeletesTheFolderWithAllInIt() throws Exception {
        Path path;
        try (WorkFolder work = new WorkFolder(parent)) {
            path = work.path();
            Files.writeString(work.newFolder("a").resolve("file"), "x");
            assertTrue(Files.exists(path));
        }
        assertFalse(Files.exists(path));
    }

    @Test
    void beingToldToEndKillsChildrenAndDeletesTheFolder() throws Exception {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Interrupted.class.getName(),
                                parent.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try (var said = process.inputReader(StandardCharsets.UTF_8)) {
            long child = Long.parseLong(said.readLine());
            assertTrue(ProcessHandle.of(child).isPresent());
            process.destroy();
            assertTrue(process.waitFor(1, TimeUnit.MINUTES));
            assertFalse(ProcessHandle.of(child).map(ProcessHandle::isAlive).orElse(false));
        } finally {
            process.destroyForcibly();
        }
        try (Stream<Path> left = Files.list(parent)) {
            assertEquals(0, left.count());
        }
    }

    /** Starts a child that works in a work folder, and waits to be told to end. */
    static final class Interrupted {

        private Interrupted() {}

        public static void main(String[] args) throws IOException, InterruptedException {
            WorkFolder work = new WorkFolder(Path.of(args[0]));
            Process child =
                    new ProcessBuilder("bash", "-c", "while :; do date >file; done")
                            .directory(work.newFolder("child").toFile())
                            .start();
            System.out.println(child.pid());
            Thread.sleep(Duration.ofMinutes(1));
            work.close();
        }
    }
}

package dev.quarry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A file in the working folder does not become properties of the JVM. */
final class ElasticBytesTest {

    private static final String PROPERTY = "set.by.a.stranger";

    @TempDir private Path folder;

    ElasticBytesTest() {}

    /** Loads Chronicle in a process of its own, and says what it finds then. */
    static final class Probe {

        private Probe() {}

        public static void main(String[] args) {
            ElasticBytes.allocate(8).writeLong(1).releaseLast();
            System.out.println(
                    System.getProperty(PROPERTY) + " " + System.getProperty("system.properties"));
        }
    }

    private static String probe(Path workingFolder) throws Exception {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Probe.class.getName())
                        .directory(workingFolder.toFile())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        String said =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, process.exitValue());
        return said;
    }

    @Test
    void aFileInTheWorkingFolderOrAboveItSetsNothing() throws Exception {
        writeProperties();
        assertEquals("null null", probe(folder));
        assertEquals("null null", probe(Files.createDirectory(folder.resolve("below"))));
    }

    private void writeProperties() throws IOException {
        Files.writeString(folder.resolve("system.properties"), PROPERTY + "=1\n");
    }
}

package dev.quarry.benchmarks.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Adds up files. */
public final class FileSizes {

    private FileSizes() {}

    /** Bytes of all files in a folder and the folders below it, whatever they are. */
    public static long ofAll(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).mapToLong(FileSizes::size).sum();
        } catch (UncheckedIOException e) {
            throw new IOException(e);
        }
    }

    /** Bytes that a folder takes on the medium: holes of files do not count. */
    public static long takenBy(Path folder) throws IOException, InterruptedException {
        Process du = new ProcessBuilder("du", "-s", "-B1", folder.toString()).start();
        String line = new String(du.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int tab = line.indexOf('\t');
        if (du.waitFor() != 0 || tab < 0) {
            throw new IOException("du does not say what is taken by " + folder);
        }
        return Long.parseLong(line, 0, tab, 10);
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package dev.quarry.benchmarks.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
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

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

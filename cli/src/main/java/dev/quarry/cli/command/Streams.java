package dev.quarry.cli.command;

import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.StandardInput;

import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code -} in place of an image file: what comes on standard input. */
final class Streams {

    /** Of an image that may come so. */
    static final String DESCRIPTION =
            "The image file, or - for standard input. Standard input may hold a raw disk or a"
                    + " streamOptimized VMDK; that, or a file, may be compressed with gzip, xz or"
                    + " zstd.";

    private static final String STANDARD_INPUT = "-";

    private Streams() {}

    static boolean isStandardInput(Path file) {
        return file.toString().equals(STANDARD_INPUT);
    }

    /** Standard input if that is meant, or null. */
    static @Nullable InputStream input(Path file, Invocation invocation) throws IOException {
        return isStandardInput(file) ? standardInput(invocation) : null;
    }

    /**
     * Standard input.
     *
     * @throws EOFException if it is closed: then one of the JVM's own files has its number
     */
    static InputStream standardInput(Invocation invocation) throws IOException {
        Path file = Files.readSymbolicLink(Path.of("/proc/self/fd/0"));
        if (file.startsWith(Path.of(System.getProperty("java.home")).toRealPath())) {
            throw new EOFException("standard input is closed");
        }
        return new StandardInput(invocation.cancel());
    }
}

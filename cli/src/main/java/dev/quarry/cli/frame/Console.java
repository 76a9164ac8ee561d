package dev.quarry.cli.frame;

import org.jspecify.annotations.Nullable;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;

/**
 * Where a command line comes from and where its words go. Text is UTF-8, whatever the locale.
 *
 * @param out standard output: results alone
 * @param err standard error: errors, warnings, notices and progress
 * @param environment gives the value of an environment variable, or null
 * @param terminal whether a person watches standard error
 */
public record Console(
        PrintStream out,
        PrintStream err,
        Function<String, @Nullable String> environment,
        boolean terminal) {

    private static final String BROKEN_PIPE = "Broken pipe";

    /** That of this process. */
    public static Console ofProcess() {
        return new Console(
                ResultStream.ofProcess(),
                new PrintStream(
                        new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                new Function<>() {
                    @Override
                    public @Nullable String apply(String name) {
                        return System.getenv(name);
                    }
                },
                isTerminal());
    }

    /**
     * Hands on what was printed.
     *
     * @return what stopped it, or null; that a reader has seen enough is no reason
     */
    public @Nullable IOException finish() {
        out.flush();
        err.flush();
        IOException failure = out instanceof ResultStream results ? results.failure() : null;
        return failure == null || BROKEN_PIPE.equals(failure.getMessage()) ? null : failure;
    }

    /** The JDK tells it of standard input and output only. */
    private static boolean isTerminal() {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return target.startsWith("/dev/pts/")
                    || target.startsWith("/dev/tty")
                    || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    /** Value of an environment variable that is set and not empty, or null. */
    public @Nullable String variable(String name) {
        String value = environment.apply(name);
        return value == null || value.isEmpty() ? null : value;
    }
}

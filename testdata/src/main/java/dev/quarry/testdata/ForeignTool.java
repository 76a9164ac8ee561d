package dev.quarry.testdata;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A program that others wrote, as an oracle: {@code ForeignTool.require("qemu-img").run("info",
 * file).expectSuccess().stdout()}.
 *
 * <p>Immutable and safe for use by several threads. A run reads no standard input, speaks English
 * (the locale is C) and is killed when its time is over.
 */
public final class ForeignTool {

    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(60);

    /** Where Debian keeps programs such as mke2fs, which is not on everybody's path. */
    private static final List<String> FURTHER_FOLDERS =
            List.of("/usr/local/sbin", "/usr/sbin", "/sbin");

    private static final Executor READERS = task -> Thread.ofVirtual().start(task);

    private final Path program;
    private final Duration timeout;
    private final Optional<Path> folder;

    private ForeignTool(Path program, Duration timeout, Optional<Path> folder) {
        this.program = program;
        this.timeout = timeout;
        this.folder = folder;
    }

    /**
     * Finds a program.
     *
     * @param name its file name, which is looked for on the path and in the system's folders
     * @throws RuntimeException as {@link Prerequisite#missing} says, if it is not installed: the
     *     test is skipped, or in CI fails
     */
    public static ForeignTool require(String name) {
        return find(name).orElseThrow(() -> Prerequisite.missing(name + " is not installed"));
    }

    /** Finds a program as {@link #require} does; empty if it is not installed. */
    public static Optional<ForeignTool> find(String name) {
        String path = System.getenv().getOrDefault("PATH", "");
        return Stream.concat(
                        Stream.of(path.split(File.pathSeparator, -1)), FURTHER_FOLDERS.stream())
                .filter(each -> !each.isEmpty())
                .flatMap(each -> resolve(each, name).stream())
                .filter(each -> Files.isRegularFile(each) && Files.isExecutable(each))
                .findFirst()
                .map(each -> new ForeignTool(each, DEFAULT_TIMEOUT, Optional.empty()));
    }

    private static Optional<Path> resolve(String folder, String name) {
        try {
            return Optional.of(Path.of(folder, name));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    /** Returns this tool with another time limit for a run; 60 s unless told. */
    public ForeignTool withTimeout(Duration limit) {
        return new ForeignTool(program, limit, folder);
    }

    /** Returns this tool with another working folder; this process's own unless told. */
    public ForeignTool in(Path workingFolder) {
        return new ForeignTool(program, timeout, Optional.of(workingFolder));
    }

    /** Returns the program's file. */
    public Path program() {
        return program;
    }

    /**
     * Runs the program and waits for it.
     *
     * @param args the arguments; of each, {@link Object#toString} is passed
     * @throws IllegalStateException if it does not end in time; it is then killed
     */
    public Result run(Object... args) {
        List<String> command = new ArrayList<>();
        command.add(program.toString());
        for (Object arg : args) {
            command.add(arg.toString());
        }
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("LC_ALL", "C");
        folder.ifPresent(each -> builder.directory(each.toFile()));
        builder.redirectInput(Redirect.from(new File("/dev/null")));
        try {
            Process process = builder.start();
            try {
                return await(process, command);
            } finally {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while running " + command, e);
        }
    }

    private Result await(Process process, List<String> command) throws InterruptedException {
        CompletableFuture<byte[]> stdout = readAll(process.getInputStream());
        CompletableFuture<byte[]> stderr = readAll(process.getErrorStream());
        if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            throw new IllegalStateException(
                    "not done after " + timeout.toSeconds() + " s, killed: " + command);
        }
        return new Result(
                List.copyOf(command), process.exitValue(), stdout.join(), text(stderr.join()));
    }

    private static CompletableFuture<byte[]> readAll(InputStream stream) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try (stream) {
                        return stream.readAllBytes();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                READERS);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return "ForeignTool(" + program + ")";
    }

    /** How a run ended. */
    public static final class Result {

        private final List<String> command;
        private final int exitCode;
        private final byte[] stdoutBytes;
        private final String stderr;

        private Result(List<String> command, int exitCode, byte[] stdoutBytes, String stderr) {
            this.command = command;
            this.exitCode = exitCode;
            this.stdoutBytes = stdoutBytes;
            this.stderr = stderr;
        }

        /** Returns this result if the program exited with 0; fails with all it said if not. */
        public Result expectSuccess() {
            if (exitCode != 0) {
                throw new AssertionError("expected success: " + this);
            }
            return this;
        }

        /** Returns the exit code; 128 plus the signal's number if a signal ended it. */
        public int exitCode() {
            return exitCode;
        }

        /** Returns what it wrote to standard output, as UTF-8. */
        public String stdout() {
            return text(stdoutBytes);
        }

        /** Returns what it wrote to standard output. */
        public byte[] stdoutBytes() {
            return stdoutBytes.clone();
        }

        /** Returns what it wrote to standard error, as UTF-8. */
        public String stderr() {
            return stderr;
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "exit code %d of %s%nstdout (%d bytes): %.2000s%nstderr: %.2000s",
                    exitCode,
                    String.join(" ", command),
                    stdoutBytes.length,
                    stdout(),
                    stderr);
        }
    }
}

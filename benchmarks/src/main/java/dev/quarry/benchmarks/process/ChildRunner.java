package dev.quarry.benchmarks.process;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs programs one after the other and measures each as a whole process. For one thread.
 *
 * <p>Java cannot ask what its children used. So bash starts each program, waits for it and says
 * what it took, in milliseconds; that one fork is part of every figure.
 */
public final class ChildRunner {

    /** Seldom enough to take a fraction of a percent of a processor. */
    public static final int POLL_MILLIS = 20;

    /** A program that hangs must not hold the machine for ever; the slowest peer takes minutes. */
    private static final Duration LIMIT = Duration.ofHours(1);

    /** Writes its own number first, so that the program it then becomes can be watched. */
    private static final String SCRIPT =
            """
            TIMEFORMAT='%3R %3U %3S'
            { time {
                ( echo $BASHPID >"$0/pid"; exec "$@" ) </dev/null >"$0/out" 2>"$0/err"
            }; } 2>"$0/time"
            """;

    private static final int SAID_CHARACTERS_MAX = 4000;
    private static final long BYTES_PER_KIB = 1024;

    private final Path folder;

    /**
     * @param folder an empty one for what programs say and take
     */
    public ChildRunner(Path folder) {
        this.folder = folder;
    }

    /**
     * Runs programs in their order.
     *
     * @throws ChildFailedException if one exits with anything but 0
     */
    public Usage run(List<Invocation> invocations) throws IOException, InterruptedException {
        Usage sum = Usage.NONE;
        for (Invocation invocation : invocations) {
            sum = sum.then(run(invocation));
        }
        return sum;
    }

    /** Runs a program as {@link #run(List)} does. */
    public Usage run(Invocation invocation) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("bash", "-c", SCRIPT, folder.toString()));
        command.addAll(invocation.command());
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
                        .redirectOutput(Redirect.DISCARD)
                        .redirectError(Redirect.DISCARD);
        builder.environment().put("LC_ALL", "C");
        builder.environment().putAll(invocation.environment());
        Files.deleteIfExists(folder.resolve("pid"));
        Process process = builder.start();
        long anonymous;
        try {
            anonymous = watch(process, invocation);
        } finally {
            kill(process.toHandle());
        }
        if (process.exitValue() != 0) {
            throw new ChildFailedException(
                    invocation, "exit code " + process.exitValue(), stderr());
        }
        return usage(anonymous);
    }

    /** What the last program wrote to standard output. */
    public String stdout() throws IOException {
        return Files.readString(folder.resolve("out"), StandardCharsets.UTF_8);
    }

    private String stderr() throws IOException {
        String said = Files.readString(folder.resolve("err"), StandardCharsets.UTF_8);
        return said.substring(Math.max(0, said.length() - SAID_CHARACTERS_MAX));
    }

    private long watch(Process process, Invocation invocation)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + LIMIT.toNanos();
        long most = 0;
        String pid = "";
        while (!process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
            if (System.nanoTime() > end) {
                throw new ChildFailedException(
                        invocation, "not done after " + LIMIT.toMinutes() + " min", stderr());
            }
            if (pid.isEmpty()) {
                pid = pid();
            } else {
                most = Math.max(most, anonymousBytes(Path.of("/proc", pid, "status")));
            }
        }
        return most;
    }

    private String pid() throws IOException {
        try {
            return Files.readString(folder.resolve("pid")).trim();
        } catch (NoSuchFileException e) {
            return "";
        }
    }

    /** Anonymous resident memory as the kernel states it; 0 once the process is gone. */
    private static long anonymousBytes(Path status) {
        try {
            for (String line : Files.readAllLines(status, StandardCharsets.ISO_8859_1)) {
                if (line.startsWith("RssAnon:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) * BYTES_PER_KIB;
                }
            }
        } catch (IOException e) {
            // It has ended between two looks.
        }
        return 0;
    }

    private Usage usage(long anonymous) throws IOException {
        String[] seconds =
                Files.readString(folder.resolve("time"), StandardCharsets.ISO_8859_1)
                        .trim()
                        .split(" ", -1);
        return new Usage(
                Double.parseDouble(seconds[0]),
                Double.parseDouble(seconds[1]) + Double.parseDouble(seconds[2]),
                anonymous);
    }

    /** Kills a process and all below it; one that has ended is no error. */
    static void kill(ProcessHandle process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}

package dev.quarry.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The command in a process of its own: this JVM's java and class path, without the launcher. */
final class CommandProcess implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 120;

    private final Process process;
    private final BufferedReader err;
    private final StringBuilder heard = new StringBuilder();

    private CommandProcess(Process process) {
        this.process = process;
        this.err = process.errorReader(StandardCharsets.UTF_8);
    }

    /** The words that start it, to be put behind others. */
    static List<String> words(Object... args) {
        List<String> words = new ArrayList<>();
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.addAll(
                List.of(
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName()));
        for (Object arg : args) {
            words.add(arg.toString());
        }
        return words;
    }

    static CommandProcess start(Object... args) throws IOException {
        return new CommandProcess(
                new ProcessBuilder(words(args))
                        .redirectInput(Redirect.from(new File("/dev/null")))
                        .redirectOutput(Redirect.DISCARD)
                        .start());
    }

    /** Reads standard error until a line holds a text. */
    void awaitLine(String text) throws IOException {
        String line = err.readLine();
        while (line != null) {
            heard.append(line).append('\n');
            if (line.contains(text)) {
                return;
            }
            line = err.readLine();
        }
        throw new AssertionError("ended without saying " + text + ": " + heard);
    }

    /** SIGTERM; what the process says then can still be read. */
    void terminate() {
        assertTrue(process.toHandle().destroy());
    }

    /** SIGKILL. */
    void kill() {
        assertTrue(process.toHandle().destroyForcibly());
    }

    /** SIGKILL, if it has not ended by itself. */
    void killIfRunning() {
        process.toHandle().destroyForcibly();
    }

    /** Waits for the end; 128 and the signal's number if that ended it. */
    int exitCode() throws InterruptedException {
        err.lines().forEach(line -> heard.append(line).append('\n'));
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("does not end: " + heard);
        }
        return process.exitValue();
    }

    /** Standard error so far. */
    String err() {
        return heard.toString();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            err.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package dev.quarry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.store.LeaseTiming;

import org.jspecify.annotations.Nullable;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A process of its own that works on stores, one operation at a time. It can be made to pause at a
 * place inside of an operation, and be stopped and continued by signals.
 */
final class StoreProcess implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 60;

    private final Process process;
    private final BufferedWriter out;
    private boolean isIdle;
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

    private StoreProcess(Process process) {
        this.process = process;
        this.out = process.outputWriter(StandardCharsets.UTF_8);
        Thread.ofVirtual().start(this::listen);
    }

    static StoreProcess start(LeaseTiming timing) throws IOException {
        List<String> words =
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xshare:auto",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        StoreWorker.class.getName());
        StoreProcess started =
                new StoreProcess(new ProcessBuilder(words).redirectError(Redirect.INHERIT).start());
        assertEquals("ready", started.hear());
        started.setTiming(timing);
        return started;
    }

    /**
     * A process that has nothing to do: that of the test before, if that left it so, or another.
     */
    static StoreProcess idle(@Nullable StoreProcess before, LeaseTiming timing) throws IOException {
        if (before != null && before.isIdle) {
            return before;
        }
        end(before);
        return start(timing);
    }

    static void end(@Nullable StoreProcess process) {
        if (process != null) {
            process.close();
        }
    }

    private void listen() {
        try (BufferedReader in = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                heard.add(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its next line. */
    String hear() {
        try {
            String line = heard.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            isIdle = line != null && !line.equals("paused");
            return line == null ? "silence" : line;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Begins an operation; the answer is {@linkplain #hear heard} later. */
    void begin(String operation, Object... parameters) throws IOException {
        isIdle = false;
        StringBuilder line = new StringBuilder(operation);
        for (Object parameter : parameters) {
            line.append(' ').append(parameter);
        }
        out.write(line.append('\n').toString());
        out.flush();
    }

    /** Carries out an operation, and gives the answer. */
    String run(String operation, Object... parameters) throws IOException {
        begin(operation, parameters);
        return hear();
    }

    /** Carries out an operation that must not fail. */
    void succeed(String operation, Object... parameters) throws IOException {
        assertDone(run(operation, parameters));
    }

    void setTiming(LeaseTiming timing) throws IOException {
        succeed("timing", timing.renewMillis(), timing.lookMillis(), timing.looks());
    }

    /**
     * Begins an operation and returns when it pauses.
     *
     * @param when {@code before-} or {@code after-}, and {@code read}, {@code create}, {@code
     *     replace}, {@code delete}, {@code list}, {@code open} or {@code publish}
     * @param prefix of the name of what this is done with
     * @param visit number of the time that it comes by there, from 1
     */
    void beginAndPause(
            String when, String prefix, int visit, String operation, Object... parameters)
            throws IOException {
        succeed("pause", when, prefix, visit);
        begin(operation, parameters);
        assertEquals("paused", hear());
    }

    /** Lets it go on from where it pauses. */
    void resume() throws IOException {
        begin("go");
    }

    /** Lets it go on, and expects that it succeeds. */
    void finish() throws IOException {
        resume();
        assertDone(hear());
    }

    /** The end of an operation that must not fail. */
    void awaitDone() {
        assertDone(hear());
    }

    private static void assertDone(String answer) {
        assertTrue(answer.startsWith("done"), answer);
    }

    /** Expects that it says nothing for a while. */
    void assertWaits() throws InterruptedException {
        @Nullable String line = heard.poll(400, TimeUnit.MILLISECONDS);
        assertNull(line, "it did not wait");
    }

    /**
     * SIGSTOP, but not while it holds one of a store's locks, which are held for moments only: who
     * is stopped there holds up everybody, and harms nobody.
     */
    void stop(Path store) throws IOException {
        while (true) {
            signal("-STOP");
            if (isFree(store.resolve("documents.lock")) && isFree(store.resolve("tmp.lock"))) {
                return;
            }
            signal("-CONT");
        }
    }

    private static boolean isFree(Path lock) throws IOException {
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE);
                FileLock held = channel.tryLock()) {
            return held != null;
        }
    }

    /** SIGCONT. */
    void proceed() throws IOException {
        signal("-CONT");
    }

    /** SIGKILL. */
    void kill() throws InterruptedException {
        process.toHandle().destroyForcibly();
        process.waitFor();
    }

    private void signal(String name) throws IOException {
        try {
            assertEquals(
                    0,
                    new ProcessBuilder("kill", name, Long.toString(process.pid()))
                            .inheritIO()
                            .start()
                            .waitFor());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        process.toHandle().destroyForcibly();
    }
}

package dev.quarry.benchmarks.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

final class ChildRunnerTest {

    @TempDir private Path folder;
    private ChildRunner runner;

    @BeforeEach
    void makeRunner() {
        runner = new ChildRunner(folder);
    }

    @Test
    void sleepingTakesTimeButNoProcessor() throws Exception {
        Usage usage = runner.run(Invocation.of("sleep", "0.3"));
        assertTrue(usage.wallSeconds() >= 0.3, usage::toString);
        assertTrue(usage.cpuSeconds() < 0.2, usage::toString);
    }

    @Test
    void countingTakesProcessorTime() throws Exception {
        Usage usage =
                runner.run(
                        Invocation.of("bash", "-c", "for ((i = 0; i < 200000; i++)); do :; done"));
        assertTrue(usage.cpuSeconds() > 0.05, usage::toString);
    }

    @Test
    void anonymousMemoryIsSeenAtItsPeak() throws Exception {
        // The shell keeps 64 MB in a variable, and then lets go of it.
        Usage usage =
                runner.run(
                        Invocation.of(
                                "bash",
                                "-c",
                                "x=$(head -c 64000000 /dev/zero | tr '\\0' x); sleep 0.3; x=; :"));
        assertTrue(usage.anonymousBytes() > 60_000_000, usage::toString);
    }

    @Test
    void timesAddUpAndOfMemoryTheLargerCounts() throws Exception {
        Usage sum = new Usage(1, 2, 5).then(new Usage(10, 20, 3));
        assertEquals(new Usage(11, 22, 5), sum);
    }

    @Test
    void programsGetTheirVariablesAndWhatTheySayCanBeRead() throws Exception {
        Invocation echo = Invocation.of("bash", "-c", "echo $GREETING");
        runner.run(List.of(echo, echo.with(Map.of("GREETING", "good day"))));
        assertEquals("good day\n", runner.stdout());
    }
}

package dev.quarry.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.benchmarks.process.ChildFailedException;
import dev.quarry.benchmarks.process.Invocation;
import dev.quarry.benchmarks.process.WorkFolder;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

final class JobRunnerTest {

    private static final PrintStream NOWHERE =
            new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);

    @TempDir private Path parent;

    private final List<String> events = new ArrayList<>();

    /** Writes a file of as many bytes as its name has letters. */
    private final class Recorder implements Contender {
        private final String name;
        private final int roundsMax;

        Recorder(String name, int roundsMax) {
            this.name = name;
            this.roundsMax = roundsMax;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public int roundsMax() {
            return roundsMax;
        }

        @Override
        public void prepare(Path folder) throws IOException {
            Files.createDirectory(folder.resolve("store"));
            events.add(name);
        }

        @Override
        public List<Invocation> invocations(Path folder) {
            return List.of(
                    Invocation.of(
                            "bash", "-c", "printf " + name + " >" + folder.resolve("store/out")));
        }

        @Override
        public void verify(Path folder) throws IOException {
            assertEquals(name, Files.readString(folder.resolve("store/out")));
            events.add(name + " verified");
        }

        @Override
        public long outputBytes(Path folder) throws IOException {
            return FileSizes.ofAll(folder);
        }
    }

    private JobResult run(int rounds, Contender... contenders)
            throws IOException, InterruptedException {
        try (WorkFolder work = new WorkFolder(parent)) {
            JobRunner runner = new JobRunner(work, rounds, NOWHERE);
            return runner.run(new Job("job", List.of(contenders), List.of()));
        }
    }

    @Test
    void contendersTakeTurnsAfterOneRoundThatIsCheckedAndDoesNotCount() throws Exception {
        JobResult result =
                run(2, new Recorder("quarry", Contender.ROUNDS_UNLIMITED), new Recorder("slow", 1));
        assertEquals(
                List.of("quarry", "quarry verified", "quarry", "slow", "slow verified", "quarry"),
                events);
        assertEquals(2, result.results().get(0).wallSeconds().count());
        assertEquals(1, result.results().get(1).wallSeconds().count());
    }

    @Test
    void outputIsCountedAndCommandsAreShownWithoutTemporaryNames() throws Exception {
        Result result = run(1, new Recorder("quarry", 1)).results().getFirst();
        assertEquals(6, result.outputBytes());
        assertEquals(List.of("bash -c printf quarry >$ROUND/store/out"), result.commands());
    }

    @Test
    void aProgramThatFailsEndsTheRunAndLeavesNothingBehind() throws Exception {
        Contender failing =
                new Contender() {
                    @Override
                    public String name() {
                        return "failing";
                    }

                    @Override
                    public List<Invocation> invocations(Path folder) {
                        return List.of(Invocation.of("bash", "-c", "echo oh no >&2; exit 3"));
                    }
                };
        ChildFailedException failure =
                assertThrows(ChildFailedException.class, () -> run(1, failing));
        assertTrue(failure.toString().contains("exit code 3"), failure::toString);
        assertTrue(failure.toString().contains("oh no"), failure::toString);
        try (Stream<Path> left = Files.list(parent)) {
            assertEquals(List.of(), left.toList());
        }
    }
}

package dev.quarry.benchmarks.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.benchmarks.compare.Series;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

final class RunComparisonTest {

    private static final double[] STEADY = {1.0, 1.01, 0.99, 1.0, 1.02};

    private static Run run(double[] own, double[] peer, double ownBytes) {
        return new Run(
                "main-job",
                "abc",
                "2026-01-01T00:00:00Z",
                "a processor",
                2,
                List.of(
                        new Run.Job(
                                "import",
                                List.of(
                                        new Run.Result("quarry", new Series(own), 1, 0, ownBytes),
                                        new Run.Result("peer", new Series(peer), 1, 0, 100)),
                                List.of())),
                List.of(),
                List.of());
    }

    private static double[] times(double[] figures, double factor) {
        return java.util.Arrays.stream(figures).map(each -> each * factor).toArray();
    }

    private static Run figure(double ofLimit, double error) {
        return new Run(
                "micro",
                "abc",
                "2026-01-01T00:00:00Z",
                "a processor",
                2,
                List.of(),
                List.of(new Run.Figure("encode", 10, ofLimit, 1e6, error, 16)),
                List.of());
    }

    private static List<RunComparison.Change> worse(Run before, Run after) {
        return RunComparison.of(before, after).changes().stream()
                .filter(RunComparison.Change::isWorse)
                .toList();
    }

    @Test
    void aSlowerMachineIsNoChange() {
        Run before = run(STEADY, times(STEADY, 2), 50);
        Run after = run(times(STEADY, 3), times(STEADY, 6), 50);
        assertTrue(
                RunComparison.of(before, after).changes().stream()
                        .noneMatch(RunComparison.Change::isReal));
    }

    @Test
    void aSlowerProgramIsWorse() {
        Run before = run(STEADY, times(STEADY, 2), 50);
        Run after = run(times(STEADY, 1.2), times(STEADY, 2), 50);
        List<RunComparison.Change> worse = worse(before, after);
        assertEquals(1, worse.size());
        assertEquals("import / peer, wall", worse.getFirst().name());
        assertEquals(0.2, worse.getFirst().part(), 1e-9);
        assertEquals(List.of(), worse(after, before));
    }

    @Test
    void whatVariesAsMuchFromRoundToRoundIsNoise() {
        double[] wild = {0.7, 1.0, 1.3, 0.8, 1.2};
        Run before = run(wild, STEADY, 50);
        Run after = run(times(wild, 1.2), STEADY, 50);
        assertEquals(List.of(), worse(before, after));
    }

    @Test
    void aLargerStoreIsWorseHoweverLittle() {
        List<RunComparison.Change> worse =
                worse(run(STEADY, STEADY, 50), run(STEADY, STEADY, 50.5));
        assertEquals("import / peer, output", worse.getFirst().name());
    }

    @Test
    void aPartOfALimitIsBetterWhenItGrows() {
        assertFalse(worse(figure(0.9, 0.01), figure(0.7, 0.01)).isEmpty());
        assertEquals(List.of(), worse(figure(0.7, 0.01), figure(0.9, 0.01)));
        assertEquals(List.of(), worse(figure(0.9, 0.2), figure(0.7, 0.2)));
    }

    @Test
    void aLineThatIsNoneIsNamed(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("history.ndjson"), "\n{\"kind\":7}\n");
        IOException refused = assertThrows(IOException.class, () -> History.read(List.of(file)));
        assertTrue(
                String.valueOf(refused.getMessage()).contains("history.ndjson, line 2"),
                refused::getMessage);
    }
}

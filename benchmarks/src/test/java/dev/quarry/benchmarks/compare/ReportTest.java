package dev.quarry.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.quarry.benchmarks.Machine;
import dev.quarry.benchmarks.history.Run;
import dev.quarry.benchmarks.process.Invocation;
import dev.quarry.benchmarks.process.Usage;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;

final class ReportTest {

    private static Contender named(String name) {
        return new Contender() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public List<Invocation> invocations(Path folder) {
                return List.of();
            }
        };
    }

    @Test
    void whatIsRecordedIsReadAgain() throws IOException {
        Job job =
                new Job(
                        "import",
                        List.of(named("quarry"), named("peer")),
                        List.of(Floor.wall("quarry", "peer", 0.5, 0)));
        List<Usage> own = List.of(new Usage(1.5, 2, 100), new Usage(1.25, 2, 200));
        List<Usage> other = List.of(new Usage(2, 2, 100), new Usage(2, 2, 100));
        JobResult result =
                new JobResult(
                        job,
                        List.of(
                                Result.of("quarry", List.of("quarry import"), own, 7),
                                Result.of("peer", List.of("peer add"), other, 9)));
        Report report =
                new Report(
                        "main-job",
                        "abc",
                        Instant.EPOCH,
                        Machine.here(),
                        new DataSet(List.of()),
                        Map.of(),
                        List.of(result));
        Run run = Run.parse(report.toJson());
        Run.Job read = run.jobs().getFirst();
        assertEquals("import", read.name());
        assertArrayEquals(new double[] {1.5, 1.25}, read.own().wallSeconds().all());
        assertEquals(200, read.own().anonymousBytes());
        assertEquals(9, read.of("peer").orElseThrow().outputBytes());
        assertEquals(List.of(new Run.Floor("wall <= 0.50 x of peer", false)), read.floors());
    }
}

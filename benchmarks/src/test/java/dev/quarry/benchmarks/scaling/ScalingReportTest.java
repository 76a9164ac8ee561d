package dev.quarry.benchmarks.scaling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.benchmarks.Machine;
import dev.quarry.benchmarks.history.Run;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Instant;
import java.util.List;

final class ScalingReportTest {

    @Test
    void whatIsRecordedIsReadAgain() throws IOException {
        CurveBuilder curve = new CurveBuilder("Time over data", "MiB", "s");
        curve.add("import", 1, 0.5);
        curve.add("launch", 1, 0.25);
        curve.add("import", 2, 1.00049);
        curve.add("launch", 2, 0.5);
        ScalingReport report =
                new ScalingReport("abc", Instant.EPOCH, Machine.here(), List.of(curve.build()));
        Run run = Run.parse(report.toJson());
        assertEquals(ScalingReport.KIND, run.kind());
        Run.Curve read = run.curves().getFirst();
        assertEquals("Time over data", read.title());
        assertArrayEquals(new double[] {1, 2}, read.lines().getFirst().xs());
        assertArrayEquals(new double[] {0.5, 1}, read.lines().getFirst().ys());
        assertTrue(report.toText().contains("launch"), report::toText);
    }
}

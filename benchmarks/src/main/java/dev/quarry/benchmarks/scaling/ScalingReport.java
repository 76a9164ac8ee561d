package dev.quarry.benchmarks.scaling;

import dev.quarry.benchmarks.Machine;
import dev.quarry.benchmarks.Project;
import dev.quarry.benchmarks.TextTable;
import dev.quarry.benchmarks.history.Run;
import dev.quarry.json.JsonTree;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.DoubleStream;

/**
 * Curves of a run.
 *
 * @param commit that was measured
 * @param time when
 * @param machine where
 */
public record ScalingReport(String commit, Instant time, Machine machine, List<Run.Curve> curves) {

    /** Names these curves in recorded results. */
    public static final String KIND = "scaling";

    public ScalingReport {
        curves = List.copyOf(curves);
    }

    static ScalingReport of(Project project, List<Run.Curve> curves) {
        return new ScalingReport(
                project.commit(),
                Instant.now().truncatedTo(ChronoUnit.SECONDS),
                Machine.here(),
                curves);
    }

    /** For people. */
    public String toText() {
        StringBuilder text = new StringBuilder();
        text.append(KIND).append(" of commit ").append(commit).append(", ").append(time);
        text.append("\nmachine   ").append(machine).append('\n');
        for (Run.Curve curve : curves) {
            text.append('\n').append(curve.title()).append(", in ").append(curve.y());
            text.append('\n').append(table(curve));
        }
        return text.toString();
    }

    private static String table(Run.Curve curve) {
        List<String> heads = new ArrayList<>(List.of(curve.x()));
        curve.lines().forEach(line -> heads.add(line.name()));
        TextTable table = new TextTable(heads.toArray(new String[0]));
        double[] xs = curve.lines().getFirst().xs();
        for (int i = 0; i < xs.length; i++) {
            List<String> cells =
                    new ArrayList<>(List.of(String.format(Locale.ROOT, "%.0f", xs[i])));
            for (Run.Line line : curve.lines()) {
                cells.add(String.format(Locale.ROOT, "%.3f", line.ys()[i]));
            }
            table.add(cells.toArray(new String[0]));
        }
        return table.toString();
    }

    /** For programs, in one line. */
    public String toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("kind", KIND);
        json.put("commit", commit);
        json.put("date", time.toString());
        json.put("machine", machine.toJson());
        json.put("curves", curves.stream().map(ScalingReport::toJson).toList());
        return JsonTree.line(json);
    }

    private static Map<String, Object> toJson(Run.Curve curve) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("title", curve.title());
        json.put("x", curve.x());
        json.put("y", curve.y());
        List<Object> lines = new ArrayList<>();
        for (Run.Line line : curve.lines()) {
            Map<String, Object> each = new LinkedHashMap<>();
            each.put("name", line.name());
            each.put("xs", DoubleStream.of(line.xs()).boxed().toList());
            each.put("ys", DoubleStream.of(line.ys()).boxed().toList());
            lines.add(each);
        }
        json.put("lines", lines);
        return json;
    }
}

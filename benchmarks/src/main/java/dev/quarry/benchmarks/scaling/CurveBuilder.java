package dev.quarry.benchmarks.scaling;

import dev.quarry.benchmarks.history.Run;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Gathers the points of a curve, one x after the other. */
final class CurveBuilder {

    private final String title;
    private final String x;
    private final String y;
    private final Map<String, List<double[]>> lines = new LinkedHashMap<>();

    /**
     * @param x what grows, with its unit
     * @param y what is measured, with its unit
     */
    CurveBuilder(String title, String x, String y) {
        this.title = title;
        this.x = x;
        this.y = y;
    }

    /** Adds a point to a line; each line has the same xs, ascending. */
    void add(String line, double xValue, double yValue) {
        double rounded = Math.round(yValue * 1000) / 1000.0;
        lines.computeIfAbsent(line, name -> new ArrayList<>()).add(new double[] {xValue, rounded});
    }

    Run.Curve build() {
        List<Run.Line> built = new ArrayList<>();
        lines.forEach((name, points) ->
                built.add(
                        new Run.Line(
                                name,
                                points.stream().mapToDouble(point -> point[0]).toArray(),
                                points.stream().mapToDouble(point -> point[1]).toArray())));
        return new Run.Curve(title, x, y, built);
    }
}

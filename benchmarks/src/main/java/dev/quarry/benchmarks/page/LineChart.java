package dev.quarry.benchmarks.page;

import dev.quarry.benchmarks.history.Run;

import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * Lines over an axis whose values stand at their logarithms, or in steps of one where they have
 * names. The other axis begins at zero.
 */
final class LineChart {

    private static final int WIDTH = 720;
    private static final int HEIGHT = 320;
    private static final int LEFT = 64;
    private static final int RIGHT = 24;
    private static final int TOP = 54;
    private static final int BOTTOM = 46;
    private static final int TICKS = 5;
    private static final int COLORS = 6;

    private final String x;
    private final String y;
    private final List<Run.Line> lines;
    private final List<String> names;

    /**
     * @param names of the values 0, 1, 2 … of x; none if these are numbers
     */
    LineChart(String x, String y, List<Run.Line> lines, List<String> names) {
        this.x = x;
        this.y = y;
        this.lines = lines;
        this.names = names;
    }

    String svg(String label) {
        Svg svg = new Svg(WIDTH, HEIGHT);
        double top = niceTop(values(false).max().orElse(1));
        for (int i = 0; i <= TICKS; i++) {
            double value = top * i / TICKS;
            double at = vertical(value, top);
            svg.line("grid", LEFT, at, WIDTH - RIGHT, at);
            svg.text("tick", LEFT - 8, at + 4, Svg.Anchor.END, tick(value));
        }
        double[] xs = values(true).distinct().sorted().toArray();
        for (double value : xs) {
            svg.text(
                    "tick",
                    horizontal(value, xs),
                    HEIGHT - BOTTOM + 18,
                    Svg.Anchor.MIDDLE,
                    xTick(value));
        }
        svg.text("axis", (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 8, Svg.Anchor.MIDDLE, x);
        svg.text("axis", 8, TOP - 36, Svg.Anchor.START, y);
        double legend = LEFT + 8;
        for (int i = 0; i < lines.size(); i++) {
            Run.Line line = lines.get(i);
            String color = "c" + i % COLORS;
            double[] px = DoubleStream.of(line.xs()).map(value -> horizontal(value, xs)).toArray();
            double[] py = DoubleStream.of(line.ys()).map(value -> vertical(value, top)).toArray();
            svg.path("line " + color, px, py);
            for (int p = 0; p < px.length; p++) {
                svg.point(
                        "point " + color,
                        px[p],
                        py[p],
                        line.name() + ", " + xTick(line.xs()[p]) + ": " + tick(line.ys()[p]));
            }
            svg.rectangle("key " + color, legend, TOP - 25, 10, 10, "");
            svg.text("name", legend + 15, TOP - 16, Svg.Anchor.START, line.name());
            legend += 30 + 7.2 * line.name().length();
        }
        return svg.build(label);
    }

    private DoubleStream values(boolean isX) {
        return lines.stream().flatMapToDouble(line -> DoubleStream.of(isX ? line.xs() : line.ys()));
    }

    private double place(double value) {
        return names.isEmpty() ? Math.log(value) : value;
    }

    private double horizontal(double value, double[] xs) {
        double from = place(xs[0]);
        double width = place(xs[xs.length - 1]) - from;
        double part = width == 0 ? 0.5 : (place(value) - from) / width;
        return LEFT + 16 + part * (WIDTH - LEFT - RIGHT - 48);
    }

    private static double vertical(double value, double top) {
        return HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM);
    }

    /** The least of 1, 2, 2.5, 5 and 10 times a power of ten that is not below a value. */
    static double niceTop(double value) {
        if (value <= 0) {
            return 1;
        }
        double power = Math.pow(10, Math.floor(Math.log10(value)));
        for (double factor : new double[] {1, 2, 2.5, 5}) {
            if (value <= factor * power) {
                return factor * power;
            }
        }
        return 10 * power;
    }

    private String xTick(double value) {
        if (!names.isEmpty()) {
            return names.get((int) value);
        }
        for (int i = 2; i >= 1; i--) {
            double unit = Math.pow(1024, i);
            if (value >= unit && x.contains("MiB")) {
                return tick(value / unit) + (i == 1 ? " Gi" : " Ti");
            }
        }
        return tick(value);
    }

    private static String tick(double value) {
        String text =
                value >= 100
                        ? String.format(Locale.ROOT, "%.0f", value)
                        : value >= 10
                                ? String.format(Locale.ROOT, "%.1f", value)
                                : String.format(Locale.ROOT, "%.2f", value);
        return text.contains(".") ? text.replaceFirst("\\.?0+$", "") : text;
    }
}

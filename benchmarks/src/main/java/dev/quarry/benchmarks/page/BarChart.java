package dev.quarry.benchmarks.page;

import java.util.ArrayList;
import java.util.List;

/** Horizontal bars from a common zero, with a name on the left and a figure at the end. */
final class BarChart {

    private static final int WIDTH = 720;
    private static final int CHARACTER_WIDTH = 7;
    private static final int FIGURE_WIDTH = 190;
    private static final int BAR_HEIGHT = 16;
    private static final int STEP = 24;
    private static final int MARGIN = 4;

    private final List<Bar> bars = new ArrayList<>();
    private final double longest;

    /**
     * @param longest bars that would be longer than this value are cut; their figures say the rest
     */
    BarChart(double longest) {
        this.longest = longest;
    }

    /**
     * A bar.
     *
     * @param figure what stands behind it
     * @param low where its whisker begins, as long as {@code value} if there is none
     * @param high where that ends
     */
    private record Bar(
            String name, double value, double low, double high, String figure, boolean isOwn) {}

    void add(String name, double value, double low, double high, String figure) {
        bars.add(new Bar(name, value, low, high, figure, bars.isEmpty()));
    }

    String svg(String label) {
        Svg svg = new Svg(WIDTH, bars.size() * STEP + 2 * MARGIN);
        int names = bars.stream().mapToInt(bar -> bar.name().length()).max().orElse(0);
        int left = names * CHARACTER_WIDTH + 16;
        double most = Math.min(longest, bars.stream().mapToDouble(Bar::high).max().orElse(1));
        double scale = (WIDTH - left - FIGURE_WIDTH) / most;
        for (int i = 0; i < bars.size(); i++) {
            Bar bar = bars.get(i);
            double top = MARGIN + i * STEP;
            double middle = top + BAR_HEIGHT / 2.0;
            String hint = bar.name() + ": " + bar.figure();
            svg.text("name", left - 8, middle + 4, Svg.Anchor.END, bar.name());
            svg.rectangle(
                    bar.isOwn() ? "own" : "peer",
                    left,
                    top,
                    Math.min(bar.value(), most) * scale,
                    BAR_HEIGHT,
                    hint);
            if (bar.high() > bar.low()) {
                svg.line(
                        "whisker",
                        left + Math.clamp(bar.low(), 0, most) * scale,
                        middle,
                        left + Math.min(bar.high(), most) * scale,
                        middle);
            }
            svg.text(
                    "figure",
                    left + Math.min(most, Math.max(bar.value(), bar.high())) * scale + 8,
                    middle + 4,
                    Svg.Anchor.START,
                    bar.figure());
        }
        return svg.build(label);
    }
}

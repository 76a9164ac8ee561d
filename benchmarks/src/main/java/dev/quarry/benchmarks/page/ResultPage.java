package dev.quarry.benchmarks.page;

import dev.quarry.benchmarks.compare.Series;
import dev.quarry.benchmarks.history.History;
import dev.quarry.benchmarks.history.Run;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The last run of each kind, and how ratios moved over all runs, as one page of HTML that loads
 * nothing: to be put anywhere and sent to anybody.
 */
public final class ResultPage {

    private static final int COMMIT_CHARACTERS = 7;

    /**
     * Finding the first byte that is not zero is no part of copying all of them, but many times.
     */
    private static final double PART_MAX = 1.25;

    private static final String STYLE =
            """
            :root { color-scheme: light dark; --ink: #1c2430; --dim: #5b6676; --paper: #fff;
              --rule: #dfe3ea; --own: #2563eb; --peer: #aab4c3; --bad: #b42318; --good: #067647;
              --c0: #2563eb; --c1: #d97706; --c2: #059669; --c3: #c026d3; --c4: #dc2626; --c5: #64748b }
            @media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --dim: #9aa6b6;
              --paper: #11151b; --rule: #2b333f; --own: #60a5fa; --peer: #4b5768; --bad: #f97066;
              --good: #47cd89; --c0: #60a5fa; --c1: #fbbf24; --c2: #34d399; --c3: #e879f9;
              --c4: #f87171; --c5: #94a3b8 } }
            body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
              max-width: 780px; margin: 2rem auto; padding: 0 1rem }
            h1 { font-size: 1.6rem; margin-bottom: 0 } h2 { margin-top: 2.5rem; font-size: 1.25rem;
              border-bottom: 1px solid var(--rule); padding-bottom: .2rem }
            h3 { font-size: 1rem; margin: 1.4rem 0 .2rem } p, .run { color: var(--dim) }
            .run { margin: 0 0 .8rem; font-size: 13px }
            svg { max-width: 100%; height: auto; display: block }
            svg text { fill: var(--ink); font: 12px system-ui, sans-serif }
            svg text.tick, svg text.axis, svg text.figure { fill: var(--dim) }
            .own { fill: var(--own) } .peer { fill: var(--peer) }
            .whisker { stroke: var(--ink); stroke-width: 1.5; opacity: .55 }
            .grid { stroke: var(--rule) } .line { fill: none; stroke-width: 2 }
            .c0 { stroke: var(--c0) } .c1 { stroke: var(--c1) } .c2 { stroke: var(--c2) }
            .c3 { stroke: var(--c3) } .c4 { stroke: var(--c4) } .c5 { stroke: var(--c5) }
            .point, .key { stroke: none } .c0.point, .c0.key { fill: var(--c0) }
            .c1.point, .c1.key { fill: var(--c1) } .c2.point, .c2.key { fill: var(--c2) }
            .c3.point, .c3.key { fill: var(--c3) } .c4.point, .c4.key { fill: var(--c4) }
            .c5.point, .c5.key { fill: var(--c5) }
            ul.floors { list-style: none; padding: 0; margin: .2rem 0; font-size: 13px }
            .kept::before { content: "kept "; color: var(--good); font-weight: 600 }
            .missed::before { content: "missed "; color: var(--bad); font-weight: 600 }
            """;

    private final History history;
    private final StringBuilder html = new StringBuilder();

    private ResultPage(History history) {
        this.history = history;
    }

    /** Draws a history. */
    public static String of(History history) {
        return new ResultPage(history).build();
    }

    private String build() {
        html.append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n");
        html.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        html.append("<title>Quarry: measurements</title>\n<style>\n").append(STYLE);
        html.append("</style></head><body>\n<h1>Quarry: measurements</h1>\n");
        html.append(
                "<p>Medians of rounds that ran in turns; the thin line spans the fastest and the"
                        + " slowest round. Less is better unless it is said otherwise.</p>\n");
        for (String kind : history.kinds()) {
            Run run = history.last(kind).orElseThrow();
            html.append("<h2>").append(Svg.escape(kind)).append("</h2>\n");
            html.append("<div class=\"run\">commit ").append(Svg.escape(run.commit()));
            html.append(", ").append(Svg.escape(run.date())).append(", ");
            html.append(run.processors()).append(" &times; ");
            html.append(Svg.escape(run.processor())).append("</div>\n");
            run.jobs().forEach(this::job);
            figures(run);
            run.curves().forEach(this::curve);
            if (!run.jobs().isEmpty()) {
                overCommits(history.of(kind));
            }
        }
        return html.append("</body></html>\n").toString();
    }

    private void heading(String text) {
        html.append("<h3>").append(Svg.escape(text)).append("</h3>\n");
    }

    private void job(Run.Job job) {
        heading(job.name());
        BarChart times = new BarChart(Double.MAX_VALUE);
        BarChart sizes = new BarChart(Double.MAX_VALUE);
        Run.Result own = job.own();
        boolean sized = false;
        for (Run.Result each : job.results()) {
            Series wall = each.wallSeconds();
            String figure = format("%.2f s", wall.median());
            String size = format("%.0f MB", each.outputBytes() / 1e6);
            if (!each.equals(own)) {
                figure += format(" (%.2f\u00d7 of it)", own.wallSeconds().median() / wall.median());
                if (each.outputBytes() > 0) {
                    size += format(" (%.2f\u00d7 of it)", own.outputBytes() / each.outputBytes());
                }
            }
            times.add(each.contender(), wall.median(), wall.min(), wall.max(), figure);
            if (each.outputBytes() > 0) {
                sized |= !each.equals(own);
                double bytes = each.outputBytes();
                sizes.add(each.contender(), bytes, bytes, bytes, size);
            }
        }
        html.append(times.svg(job.name() + ", time"));
        if (sized && own.outputBytes() > 0) {
            html.append("<div class=\"run\">and what came of it, all files counted</div>\n");
            html.append(sizes.svg(job.name() + ", size"));
        }
        html.append("<ul class=\"floors\">");
        for (Run.Floor floor : job.floors()) {
            html.append("<li class=\"").append(floor.isKept() ? "kept" : "missed").append("\">");
            html.append(Svg.escape(floor.text())).append("</li>");
        }
        html.append("</ul>\n");
    }

    private void figures(Run run) {
        BarChart parts = new BarChart(PART_MAX);
        boolean some = false;
        for (Run.Figure figure : run.figures()) {
            if (figure.ofLimit() > 0) {
                some = true;
                double error = figure.errorPart() * figure.ofLimit();
                parts.add(
                        shortName(figure.name()),
                        figure.ofLimit(),
                        figure.ofLimit() - error,
                        figure.ofLimit() + error,
                        format("%.2f", figure.ofLimit())
                                + format(
                                        " of the limit, %.0f MB/s", figure.bytesPerSecond() / 1e6));
            }
        }
        if (some) {
            heading("Parts of the engine, against the machine\u2019s own limit (more is better)");
            html.append(parts.svg("parts of limits"));
        }
    }

    private static String shortName(String name) {
        return name.replaceFirst("^\\w+\\.", "")
                .replace("Benchmark", "")
                .replaceAll(" folder=\\S+", "");
    }

    private void curve(Run.Curve curve) {
        heading(curve.title());
        html.append(
                new LineChart(curve.x(), curve.y(), curve.lines(), List.of()).svg(curve.title()));
    }

    /** How Quarry's time divided by the first peer's moved from run to run. */
    private void overCommits(List<Run> runs) {
        if (runs.size() < 2) {
            return;
        }
        List<Run.Line> lines = new ArrayList<>();
        for (Run.Job job : runs.getLast().jobs()) {
            if (job.results().size() > 1) {
                String peer = job.results().get(1).contender();
                List<double[]> points = new ArrayList<>();
                for (int i = 0; i < runs.size(); i++) {
                    Optional<Double> ratio = ratio(runs.get(i), job.name(), peer);
                    if (ratio.isPresent()) {
                        points.add(new double[] {i, ratio.get()});
                    }
                }
                lines.add(
                        new Run.Line(
                                job.name() + " / " + peer,
                                points.stream().mapToDouble(each -> each[0]).toArray(),
                                points.stream().mapToDouble(each -> each[1]).toArray()));
            }
        }
        List<String> commits =
                runs.stream()
                        .map(Run::commit)
                        .map(id -> id.substring(0, Math.min(COMMIT_CHARACTERS, id.length())))
                        .toList();
        for (Run.Line line : lines) {
            heading(line.name() + " over commits");
            html.append(new LineChart("commit", "ratio", List.of(line), commits).svg(line.name()));
        }
    }

    private static Optional<Double> ratio(Run run, String job, String peer) {
        return run.jobs().stream()
                .filter(each -> each.name().equals(job))
                .findFirst()
                .flatMap(each ->
                        each.of(peer)
                                .map(other ->
                                        each.own().wallSeconds().median()
                                                / other.wallSeconds().median()));
    }

    private static String format(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}

package dev.quarry.benchmarks.history;

import dev.quarry.benchmarks.compare.Series;
import dev.quarry.json.JsonTree;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A recorded run of benchmarks. It has jobs, single figures or curves, as its kind says.
 *
 * @param kind names the set of benchmarks
 * @param commit that was measured
 * @param date as ISO 8601 has it
 * @param processor of the machine
 * @param processors that it has
 * @param jobs comparisons of whole processes
 * @param figures of single parts
 * @param curves over something
 */
public record Run(
        String kind,
        String commit,
        String date,
        String processor,
        int processors,
        List<Job> jobs,
        List<Figure> figures,
        List<Curve> curves) {

    public Run {
        jobs = List.copyOf(jobs);
        figures = List.copyOf(figures);
        curves = List.copyOf(curves);
    }

    /**
     * A job with those who did it.
     *
     * @param results Quarry's own comes first
     * @param floors what was promised, and whether it was kept
     */
    public record Job(String name, List<Result> results, List<Floor> floors) {

        public Job {
            results = List.copyOf(results);
            floors = List.copyOf(floors);
        }

        /** Quarry's result. */
        public Result own() {
            return results.getFirst();
        }

        /** The result of a contender. */
        public Optional<Result> of(String contender) {
            return results.stream().filter(each -> each.contender().equals(contender)).findFirst();
        }
    }

    /**
     * How one contender did.
     *
     * @param wallSeconds of each round
     * @param cpuSeconds the median
     * @param anonymousBytes at most
     * @param outputBytes what came out; 0 if that says nothing
     */
    public record Result(
            String contender,
            Series wallSeconds,
            double cpuSeconds,
            double anonymousBytes,
            double outputBytes) {}

    /**
     * Something promised.
     *
     * @param text such as "wall <= 0.55 x of qemu-img"
     */
    public record Floor(String text, boolean isKept) {}

    /**
     * One benchmark with its parameters.
     *
     * @param ofLimit what part of the machine's limit it reached, 0 if it has none
     * @param bytesPerSecond 0 likewise
     * @param errorPart half of its confidence interval as a part of the figure
     * @param allocatedBytes on the heap, for an operation
     */
    public record Figure(
            String name,
            double operationsPerSecond,
            double ofLimit,
            double bytesPerSecond,
            double errorPart,
            double allocatedBytes) {}

    /**
     * Figures over something that grows.
     *
     * @param x what grows
     * @param y what is measured
     */
    public record Curve(String title, String x, String y, List<Line> lines) {

        public Curve {
            lines = List.copyOf(lines);
        }
    }

    /**
     * Points of a curve.
     *
     * @param xs ascending
     * @param ys as many
     */
    public record Line(String name, double[] xs, double[] ys) {}

    /**
     * Reads a line of a history.
     *
     * @throws IOException if it is none
     */
    public static Run parse(String line) throws IOException {
        Fields json = new Fields(JsonTree.readObject(line));
        Fields machine = json.object("machine");
        List<Job> jobs = new ArrayList<>();
        for (Fields job : json.objects("jobs")) {
            jobs.add(job(job));
        }
        List<Figure> figures = new ArrayList<>();
        for (Fields result : json.objects("results")) {
            figures.add(figure(result));
        }
        List<Curve> curves = new ArrayList<>();
        for (Fields curve : json.objects("curves")) {
            curves.add(curve(curve));
        }
        return new Run(
                json.text("kind"),
                json.text("commit"),
                json.text("date"),
                machine.text("processor"),
                (int) machine.number("processors"),
                jobs,
                figures,
                curves);
    }

    private static Job job(Fields json) throws IOException {
        List<Result> results = new ArrayList<>();
        for (Fields result : json.objects("results")) {
            results.add(
                    new Result(
                            result.text("contender"),
                            new Series(result.object("wallSeconds").numbers("all")),
                            result.object("cpuSeconds").number("median"),
                            result.number("anonymousBytesMax"),
                            result.number("outputBytes")));
        }
        if (results.isEmpty()) {
            throw new IOException("nobody did the job " + json.text("job"));
        }
        List<Floor> floors = new ArrayList<>();
        for (Fields floor : json.objects("floors")) {
            floors.add(
                    new Floor(
                            floor.text("measure")
                                    + " "
                                    + floor.text("floor")
                                    + " of "
                                    + floor.text("peer"),
                            floor.number("figure") <= floor.number("limit")));
        }
        return new Job(json.text("job"), results, floors);
    }

    private static Figure figure(Fields json) throws IOException {
        String parameters =
                json.object("parameters").texts().entrySet().stream()
                        .map(each -> " " + each.getKey() + "=" + each.getValue())
                        .collect(Collectors.joining());
        double operations = json.number("operationsPerSecond");
        return new Figure(
                json.text("benchmark") + parameters,
                operations,
                json.numberOrZero("fractionOfLimit"),
                json.numberOrZero("bytesPerSecond"),
                json.numberOrZero("error") / operations,
                json.number("allocatedBytesPerOperation"));
    }

    private static Curve curve(Fields json) throws IOException {
        List<Line> lines = new ArrayList<>();
        for (Fields line : json.objects("lines")) {
            double[] xs = line.numbers("xs");
            double[] ys = line.numbers("ys");
            if (xs.length != ys.length || xs.length == 0) {
                throw new IOException("a line of no points: " + line.text("name"));
            }
            lines.add(new Line(line.text("name"), xs, ys));
        }
        return new Curve(json.text("title"), json.text("x"), json.text("y"), lines);
    }
}

package dev.quarry.benchmarks.compare;

import dev.quarry.benchmarks.Machine;
import dev.quarry.benchmarks.Project;
import dev.quarry.benchmarks.TextTable;
import dev.quarry.json.JsonTree;

import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What came of a run of comparisons.
 *
 * @param kind names the set of jobs, so that later runs are compared with their like
 * @param commit that was measured
 * @param time when
 * @param machine where
 * @param data what on
 * @param versions of the programs, by their names
 * @param jobs with their results
 */
public record Report(
        String kind,
        String commit,
        Instant time,
        Machine machine,
        DataSet data,
        Map<String, String> versions,
        List<JobResult> jobs) {

    private static final int NAME_WIDTH = 10;

    public Report {
        versions = new LinkedHashMap<>(versions);
        jobs = List.copyOf(jobs);
    }

    static Report of(
            String kind,
            Project project,
            DataSet data,
            Map<String, String> versions,
            List<JobResult> jobs) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        return new Report(kind, project.commit(), now, Machine.here(), data, versions, jobs);
    }

    /** Floors that were missed. */
    public long missed() {
        return jobs.stream()
                .flatMap(job -> job.verdicts().stream())
                .filter(verdict -> !verdict.isKept())
                .count();
    }

    /** For people. */
    public String toText() {
        StringBuilder text = new StringBuilder();
        line(text, kind + " of commit " + commit + ", " + time);
        line(text, "machine   " + machine);
        line(text, "JVM       " + machine.jvm());
        line(text, "data      " + data);
        versions.forEach((name, version) -> line(text, padded(name, NAME_WIDTH) + version));
        line(text, "");
        text.append(table());
        line(text, "");
        line(
                text,
                "Seconds are medians, cpu is user and system time, memory is the most anonymous");
        line(
                text,
                "memory of any round; MB is 10^6 bytes. A ratio is quarry's figure divided by"
                        + " this");
        line(text, "line's.");
        line(text, "");
        for (JobResult job : jobs) {
            line(text, job.job().name());
            for (Result result : job.results()) {
                result.commands().forEach(command -> line(text, "    " + command));
            }
        }
        line(text, "");
        jobs.forEach(job -> verdicts(text, job));
        return text.toString();
    }

    private static void line(StringBuilder text, String line) {
        text.append(line.stripTrailing()).append('\n');
    }

    private static String padded(String word, int width) {
        return word + " ".repeat(Math.max(1, width - word.length()));
    }

    private String table() {
        TextTable table =
                new TextTable(
                        "job",
                        "contender",
                        "rounds",
                        "wall s",
                        "min - max",
                        "cpu s",
                        "memory MB",
                        "output MB",
                        "wall ratio",
                        "output ratio",
                        "floor");
        for (JobResult job : jobs) {
            Result first = job.results().getFirst();
            for (Result each : job.results()) {
                boolean own = each.contender().equals(first.contender());
                table.add(
                        own ? job.job().name() : "",
                        each.contender(),
                        Integer.toString(each.wallSeconds().count()),
                        number("%.3f", each.wallSeconds().median()),
                        number("%.3f", each.wallSeconds().min())
                                + " - "
                                + number("%.3f", each.wallSeconds().max()),
                        number("%.3f", each.cpuSeconds().median()),
                        megabytes(each.anonymousBytes()),
                        megabytes(each.outputBytes()),
                        own ? "" : ratio(first, each, Floor.Measure.WALL),
                        own ? "" : ratio(first, each, Floor.Measure.OUTPUT),
                        floors(job, each));
            }
        }
        return table.toString();
    }

    private static String ratio(Result first, Result other, Floor.Measure measure) {
        double peer = other.figure(measure);
        return peer == 0 ? "" : number("%.3f", first.figure(measure) / peer);
    }

    private static String floors(JobResult job, Result peer) {
        List<String> words = new ArrayList<>();
        for (JobResult.Verdict verdict : job.verdicts()) {
            Floor floor = verdict.floor();
            if (floor.peer().equals(peer.contender())) {
                words.add(
                        name(floor.measure())
                                + " "
                                + floor
                                + (verdict.isKept() ? " kept" : " MISSED"));
            }
        }
        return String.join(", ", words);
    }

    private static void verdicts(StringBuilder text, JobResult job) {
        for (JobResult.Verdict verdict : job.verdicts()) {
            boolean time = verdict.floor().measure() == Floor.Measure.WALL;
            String unit = time ? "%.3f s" : "%.1f MB";
            double scale = time ? 1 : 1e6;
            line(
                    text,
                    (verdict.isKept() ? "kept    " : "MISSED  ")
                            + job.job().name()
                            + ": "
                            + number(unit, verdict.figure() / scale)
                            + " of "
                            + name(verdict.floor().measure())
                            + ", at most "
                            + number(unit, verdict.limit() / scale)
                            + " ("
                            + verdict.floor()
                            + " of "
                            + verdict.floor().peer()
                            + ")");
        }
    }

    private static String name(Floor.Measure measure) {
        return measure.name().toLowerCase(Locale.ROOT);
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    private static String megabytes(long bytes) {
        return bytes == 0 ? "" : number("%.1f", bytes / 1e6);
    }

    /** For programs, in one line. */
    public String toJson() throws IOException {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("kind", kind);
        json.put("commit", commit);
        json.put("date", time.toString());
        json.put("machine", machine.toJson());
        json.put("dataSet", data.toJson());
        json.put("versions", versions);
        List<Object> all = new ArrayList<>();
        for (JobResult job : jobs) {
            Map<String, Object> each = new LinkedHashMap<>();
            each.put("job", job.job().name());
            each.put("results", job.results().stream().map(Result::toJson).toList());
            each.put("floors", job.verdicts().stream().map(Report::toJson).toList());
            all.add(each);
        }
        json.put("jobs", all);
        return JsonTree.line(json);
    }

    private static Map<String, Object> toJson(JobResult.Verdict verdict) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("measure", name(verdict.floor().measure()));
        json.put("peer", verdict.floor().peer());
        json.put("floor", verdict.floor().toString());
        json.put("figure", verdict.figure());
        json.put("limit", verdict.limit());
        json.put("kept", verdict.isKept());
        return json;
    }
}

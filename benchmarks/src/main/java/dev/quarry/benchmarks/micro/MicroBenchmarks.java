package dev.quarry.benchmarks.micro;

import dev.quarry.benchmarks.Machine;
import dev.quarry.benchmarks.Project;
import dev.quarry.benchmarks.TextTable;
import dev.quarry.json.JsonTree;

import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The JMH benchmarks of a run and what became of them.
 *
 * @param kind names the set of benchmarks in recorded results
 * @param commit that was measured
 * @param time when
 * @param machine where
 * @param results of all benchmarks that ran
 */
public record MicroBenchmarks(
        String kind, String commit, Instant time, Machine machine, List<MicroResult> results) {

    /** All benchmarks, as far as they were asked for. */
    public static final String MICRO = "micro";

    /** A few of them, shortly, to find a part that has become much slower. */
    public static final String SMOKE = "smoke";

    public MicroBenchmarks {
        results = List.copyOf(results);
    }

    /**
     * Runs the benchmarks, each in a fork that also measures its limit and what it allocates.
     *
     * @param kind names them in recorded results
     * @param jmhArguments as JMH's own command line takes them
     * @throws IllegalArgumentException if JMH does not understand them
     * @throws IOException if a benchmark fails
     */
    public static MicroBenchmarks run(Project project, String kind, List<String> jmhArguments)
            throws IOException {
        CommandLineOptions arguments;
        try {
            arguments = new CommandLineOptions(jmhArguments.toArray(new String[0]));
        } catch (CommandLineOptionException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        try {
            Runner runner =
                    new Runner(
                            new OptionsBuilder()
                                    .parent(arguments)
                                    .shouldFailOnError(true)
                                    .addProfiler(GCProfiler.class)
                                    .addProfiler(LimitProfiler.class)
                                    .build());
            return new MicroBenchmarks(
                    kind,
                    project.commit(),
                    Instant.now().truncatedTo(ChronoUnit.SECONDS),
                    Machine.here(),
                    runner.run().stream().map(MicroResult::of).toList());
        } catch (RunnerException e) {
            throw new IOException("a benchmark failed: " + e.getMessage(), e);
        }
    }

    /** For people. */
    public String toText() {
        TextTable table =
                new TextTable(
                        "benchmark",
                        "parameters",
                        "op/s",
                        "+- %",
                        "MB/s",
                        "limit",
                        "limit MB/s",
                        "of limit",
                        "B/op on the heap");
        for (MicroResult each : results) {
            boolean limited = !each.limit().isEmpty();
            table.add(
                    each.benchmark(),
                    each.parameterText(),
                    number("%.1f", each.operationsPerSecond()),
                    Double.isFinite(each.error())
                            ? number("%.1f", 100 * each.error() / each.operationsPerSecond())
                            : "",
                    limited ? number("%.0f", each.bytesPerSecond() / 1e6) : "",
                    each.limit(),
                    limited ? number("%.0f", each.limitBytesPerSecond() / 1e6) : "",
                    limited ? number("%.2f", each.fraction()) : "",
                    number("%.0f", each.allocatedBytes()));
        }
        return kind
                + " of commit "
                + commit
                + ", "
                + time
                + "\nmachine   "
                + machine
                + "\nJVM       "
                + machine.jvm()
                + "\n\n"
                + table;
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    /** For programs, in one line. */
    public String toJson() throws IOException {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("kind", kind);
        json.put("commit", commit);
        json.put("date", time.toString());
        json.put("machine", machine.toJson());
        json.put("results", results.stream().map(MicroResult::toJson).toList());
        return JsonTree.line(json);
    }
}

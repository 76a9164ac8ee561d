package dev.quarry.benchmarks;

import dev.quarry.benchmarks.history.History;
import dev.quarry.benchmarks.history.Run;
import dev.quarry.benchmarks.history.RunComparison;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code quarry bench compare}: says what changed between recorded runs, beyond noise. */
@Command(
        name = "compare",
        mixinStandardHelpOptions = true,
        description = {
            "Compares recorded runs of benchmarks, by ratios to what was measured beside Quarry in"
                    + " the same run, and says what changed beyond noise.",
            "Without commits, the last run of each kind is compared with the one before it."
        })
final class CompareCommand implements Callable<Integer> {

    private static final int EXIT_WORSE = 1;

    @Spec private CommandSpec spec;

    @Option(
            names = "--in",
            arity = "1..*",
            paramLabel = "FILE",
            description =
                    "Files of results, one a line, oldest first. Default:"
                            + " benchmarks/results/history.ndjson.")
    private List<Path> files = List.of();

    @Option(names = "--kind", paramLabel = "KIND", description = "Only runs of this kind.")
    private String kind = "";

    @Option(names = "--check", description = "Exit with 1 if something is worse.")
    private boolean check;

    @Parameters(
            arity = "0..2",
            paramLabel = "COMMIT",
            description = "Begin of the commit of the earlier run, and of the later one.")
    private List<String> commits = List.of();

    CompareCommand() {}

    @Override
    public Integer call() throws IOException {
        List<Path> sources = files.isEmpty() ? List.of(Project.find().history()) : files;
        History history = History.read(sources);
        boolean worse = false;
        boolean some = false;
        for (String each : kind.isEmpty() ? history.kinds() : List.of(kind)) {
            List<Run> runs = chosen(history.of(each));
            if (runs.size() == 2) {
                RunComparison comparison = RunComparison.of(runs.getFirst(), runs.getLast());
                System.out.print((some ? "\n" : "") + comparison.toText());
                worse |= comparison.changes().stream().anyMatch(RunComparison.Change::isWorse);
                some = true;
            }
        }
        if (!some) {
            throw new ParameterException(
                    spec.commandLine(), "there are no two such runs of one kind in " + sources);
        }
        return check && worse ? EXIT_WORSE : 0;
    }

    private List<Run> chosen(List<Run> runs) {
        List<Run> chosen = new ArrayList<>();
        if (commits.isEmpty()) {
            return runs.subList(Math.max(0, runs.size() - 2), runs.size());
        }
        for (String commit : commits) {
            runs.stream()
                    .filter(run -> run.commit().startsWith(commit))
                    .reduce((first, second) -> second)
                    .ifPresent(chosen::add);
        }
        if (commits.size() == 1 && !chosen.isEmpty() && !chosen.contains(runs.getLast())) {
            chosen.add(runs.getLast());
        }
        return chosen;
    }
}

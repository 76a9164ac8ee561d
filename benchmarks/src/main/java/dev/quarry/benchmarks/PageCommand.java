package dev.quarry.benchmarks;

import dev.quarry.benchmarks.history.History;
import dev.quarry.benchmarks.page.ResultPage;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code quarry bench page}: draws recorded results. */
@Command(
        name = "page",
        mixinStandardHelpOptions = true,
        description = {
            "Draws recorded results as one page of HTML that loads nothing: the last run of each"
                    + " kind, and how ratios moved over all of them."
        })
final class PageCommand implements Callable<Integer> {

    @Option(
            names = "--out",
            paramLabel = "FILE",
            defaultValue = "quarry-bench.html",
            description = "Where the page goes. Default: quarry-bench.html.")
    private Path out = Path.of("quarry-bench.html");

    @Parameters(
            arity = "0..*",
            paramLabel = "FILE",
            description =
                    "Files of results, one a line, oldest first. Default:"
                            + " benchmarks/results/history.ndjson.")
    private List<Path> files = List.of();

    PageCommand() {}

    @Override
    public Integer call() throws IOException {
        List<Path> sources = files.isEmpty() ? List.of(Project.find().history()) : files;
        History history = History.read(sources);
        if (history.runs().isEmpty()) {
            throw new IOException("no results in " + sources);
        }
        Files.writeString(out, ResultPage.of(history));
        return 0;
    }
}

package dev.quarry.benchmarks;

import dev.quarry.benchmarks.compare.Report;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;

/** What becomes of a report of jobs that have floors. */
final class FloorOptions {

    private static final int EXIT_FLOOR_MISSED = 1;

    @Mixin private RecordOptions records = new RecordOptions();

    @Option(names = "--check", description = "Exit with 1 if a floor was missed.")
    private boolean check;

    FloorOptions() {}

    /**
     * Prints a report, and records it if that was asked for.
     *
     * @return the exit code
     */
    int finish(Project project, Report report) throws IOException {
        System.out.print(report.toText());
        records.write(project, report.toJson());
        return check && report.missed() > 0 ? EXIT_FLOOR_MISSED : 0;
    }
}

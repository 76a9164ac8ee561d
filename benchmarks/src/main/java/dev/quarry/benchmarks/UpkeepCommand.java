package dev.quarry.benchmarks;

import dev.quarry.benchmarks.compare.Report;
import dev.quarry.benchmarks.compare.UpkeepJob;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code quarry bench upkeep}: compares verification and collection, as whole processes. */
@Command(
        name = "upkeep",
        mixinStandardHelpOptions = true,
        description = {
            "Verifies a store, deletes an image and collects what is free, in turns with restic and"
                    + " borg, as far as they are installed, and with the least that the work takes;"
                    + " prints one table."
        })
final class UpkeepCommand implements Callable<Integer> {

    @Option(
            names = "--images",
            arity = "2..*",
            required = true,
            paramLabel = "RAW",
            description = "Raw images; the second is deleted.")
    private List<Path> images = List.of();

    @Mixin private RunsOption runs = new RunsOption();

    @Mixin private WorkOption work = new WorkOption();

    @Option(
            names = "--parts",
            split = ",",
            paramLabel = "PART",
            description = "Some of ${COMPLETION-CANDIDATES}, separated by commas; default: all.")
    private List<UpkeepJob.Part> parts = List.of(UpkeepJob.Part.values());

    @Mixin private FloorOptions floors = new FloorOptions();

    UpkeepCommand() {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        Project project = Project.find();
        Report report =
                UpkeepJob.run(project, images, parts, runs.count(), work.folder(), System.err);
        return floors.finish(project, report);
    }
}

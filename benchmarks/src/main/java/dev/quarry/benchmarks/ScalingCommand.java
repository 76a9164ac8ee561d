package dev.quarry.benchmarks;

import dev.quarry.benchmarks.scaling.ScalingJob;
import dev.quarry.benchmarks.scaling.ScalingReport;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code quarry bench scaling}: measures how time and memory grow. */
@Command(
        name = "scaling",
        mixinStandardHelpOptions = true,
        description = {
            "Measures time and memory over the size of a disk, the amount of data, the number of"
                    + " images in a store, the size of chunks and the number of processors."
        })
final class ScalingCommand implements Callable<Integer> {

    @Option(
            names = "--images",
            arity = "1..*",
            required = true,
            paramLabel = "RAW",
            description = "Raw images with at least 1 GiB of data in all.")
    private List<Path> images = List.of();

    @Mixin private RunsOption runs = new RunsOption();

    @Option(
            names = "--parts",
            split = ",",
            paramLabel = "PART",
            description = "Some of ${COMPLETION-CANDIDATES}, separated by commas; default: all.")
    private List<ScalingJob.Part> parts = List.of(ScalingJob.Part.values());

    @Mixin private WorkOption work = new WorkOption();

    @Mixin private RecordOptions records = new RecordOptions();

    ScalingCommand() {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        Project project = Project.find();
        ScalingReport report =
                ScalingJob.run(project, images, parts, runs.count(), work.folder(), System.err);
        System.out.print(report.toText());
        records.write(project, report.toJson());
        return 0;
    }
}

package dev.quarry.benchmarks;

import dev.quarry.benchmarks.scaling.ScalingJob;
import dev.quarry.benchmarks.scaling.ScalingReport;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

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

    @Spec private CommandSpec spec;

    @Option(
            names = "--images",
            arity = "1..*",
            required = true,
            paramLabel = "RAW",
            description = "Raw images with at least 1 GiB of data in all.")
    private List<Path> images = List.of();

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "3",
            description = "Rounds of which the median counts. Default: 3.")
    private int runs = 3;

    @Option(
            names = "--parts",
            split = ",",
            paramLabel = "PART",
            description = "Some of ${COMPLETION-CANDIDATES}, separated by commas; default: all.")
    private List<ScalingJob.Part> parts = List.of(ScalingJob.Part.values());

    @Option(
            names = "--work",
            paramLabel = "DIR",
            description = "Where temporary files go; default: /dev/shm, in memory.")
    private Path work = Path.of("/dev/shm");

    @Mixin private RecordOptions records = new RecordOptions();

    ScalingCommand() {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (runs < 1) {
            throw new ParameterException(spec.commandLine(), "--runs is at least 1");
        }
        Project project = Project.find();
        ScalingReport report = ScalingJob.run(project, images, parts, runs, work, System.err);
        System.out.print(report.toText());
        records.write(project, report.toJson());
        return 0;
    }
}

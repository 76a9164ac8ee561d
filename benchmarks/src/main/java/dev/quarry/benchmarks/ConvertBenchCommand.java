package dev.quarry.benchmarks;

import dev.quarry.benchmarks.compare.ConvertJob;
import dev.quarry.benchmarks.compare.Report;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code quarry bench convert}: compares conversions with qemu-img's, as whole processes. */
@Command(
        name = "convert",
        mixinStandardHelpOptions = true,
        description = {
            "Converts an image between formats in turns with qemu-img, with and without its"
                    + " threads, and prints one table.",
            "Sources are read once before, so that all find them in the page cache."
        })
final class ConvertBenchCommand implements Callable<Integer> {

    @Option(
            names = "--image",
            required = true,
            paramLabel = "RAW",
            description = "A raw image; testdata/images/debian-images.sh makes some.")
    private Path image = Path.of("");

    @Mixin private RunsOption runs = new RunsOption();

    @Mixin private WorkOption work = new WorkOption();

    @Option(
            names = "--parts",
            split = ",",
            paramLabel = "PART",
            description = "Some of ${COMPLETION-CANDIDATES}, separated by commas; default: all.")
    private List<ConvertJob.Part> parts = List.of(ConvertJob.Part.values());

    @Mixin private FloorOptions floors = new FloorOptions();

    ConvertBenchCommand() {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        Project project = Project.find();
        Report report =
                ConvertJob.run(project, image, parts, runs.count(), work.folder(), System.err);
        return floors.finish(project, report);
    }
}

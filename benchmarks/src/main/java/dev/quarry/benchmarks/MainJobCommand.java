package dev.quarry.benchmarks;

import dev.quarry.benchmarks.compare.MainJob;
import dev.quarry.benchmarks.compare.MemoryJob;
import dev.quarry.benchmarks.compare.Report;

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

/** {@code quarry bench main-job}: compares whole processes, and says which floors were missed. */
@Command(
        name = "main-job",
        mixinStandardHelpOptions = true,
        description = {
            "Imports, launches, exports and imports again, in turns with qemu-img, restic, borg and"
                    + " casync, as far as they are installed, and prints one table.",
            "The images are read once before, so that all find them in the page cache."
        })
final class MainJobCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Option(
            names = "--images",
            arity = "1..*",
            paramLabel = "RAW",
            description = "Raw images; the first two are launched.")
    private List<Path> images = List.of();

    @Mixin private RunsOption runs = new RunsOption();

    @Mixin private WorkOption work = new WorkOption();

    @Option(
            names = "--jobs",
            split = ",",
            paramLabel = "JOB",
            description = "Some of ${COMPLETION-CANDIDATES}, separated by commas; default: all.")
    private List<MainJob.Part> jobs = List.of(MainJob.Part.values());

    @Option(
            names = "--memory",
            description =
                    "Instead, look at the memory of importing 64 GiB with 8 GiB of random data:"
                            + " takes minutes, and 17 GB in the folder of --disk.")
    private boolean memory;

    @Option(
            names = "--disk",
            paramLabel = "DIR",
            description = "Where --memory makes its files; default: /var/tmp.")
    private Path disk = Path.of("/var/tmp");

    @Mixin private FloorOptions floors = new FloorOptions();

    MainJobCommand() {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (images.isEmpty() && !memory) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--images is missing; testdata/images/debian-images.sh makes some");
        }
        Project project = Project.find();
        Report report =
                memory
                        ? MemoryJob.run(project, disk, System.err)
                        : MainJob.run(
                                project, images, jobs, runs.count(), work.folder(), System.err);
        return floors.finish(project, report);
    }
}

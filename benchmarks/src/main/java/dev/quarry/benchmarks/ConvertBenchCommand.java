package dev.quarry.benchmarks;

import dev.quarry.benchmarks.compare.ConvertJob;
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

    private static final int EXIT_FLOOR_MISSED = 1;

    @Spec private CommandSpec spec;

    @Option(
            names = "--image",
            required = true,
            paramLabel = "RAW",
            description = "A raw image; testdata/images/debian-images.sh makes some.")
    private Path image = Path.of("");

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "7",
            description = "Rounds of each program that count; slow ones take fewer. Default: 7.")
    private int runs = 7;

    @Option(
            names = "--work",
            paramLabel = "DIR",
            description = "Where temporary files go; default: /dev/shm, in memory.")
    private Path work = Path.of("/dev/shm");

    @Option(
            names = "--parts",
            split = ",",
            paramLabel = "PART",
            description = "Some of ${COMPLETION-CANDIDATES}, separated by commas; default: all.")
    private List<ConvertJob.Part> parts = List.of(ConvertJob.Part.values());

    @Mixin private RecordOptions records = new RecordOptions();

    @Option(names = "--check", description = "Exit with 1 if a floor was missed.")
    private boolean check;

    ConvertBenchCommand() {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (runs < 1) {
            throw new ParameterException(spec.commandLine(), "--runs is at least 1");
        }
        Project project = Project.find();
        Report report = ConvertJob.run(project, image, parts, runs, work, System.err);
        System.out.print(report.toText());
        records.write(project, report.toJson());
        return check && report.missed() > 0 ? EXIT_FLOOR_MISSED : 0;
    }
}

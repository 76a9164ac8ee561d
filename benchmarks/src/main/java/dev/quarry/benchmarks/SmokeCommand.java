package dev.quarry.benchmarks;

import dev.quarry.benchmarks.history.History;
import dev.quarry.benchmarks.history.Run;
import dev.quarry.benchmarks.history.RunComparison;
import dev.quarry.benchmarks.micro.MicroBenchmarks;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;

/** {@code quarry bench smoke}: fails if a part of the engine has become much slower. */
@Command(
        name = "smoke",
        mixinStandardHelpOptions = true,
        description = {
            "Runs a few of the JMH benchmarks, half a minute in all, and compares what part of the"
                    + " machine's own limit each reaches with the last such run that was recorded.",
            "Exits with 1 if one has fallen by more than the tolerance."
        })
final class SmokeCommand implements Callable<Integer> {

    private static final int EXIT_FALLEN = 1;

    /**
     * What the data path consists of, with the store's own parameters; each has a limit that does
     * the same work, so that its part of it depends little on the machine.
     */
    private static final List<String> BENCHMARKS =
            List.of(
                    "HashBenchmark.blocks",
                    "CodecBenchmark",
                    "SnapshotBenchmark",
                    "-p",
                    "codec=zstd-1",
                    "-p",
                    "frameKiB=256",
                    "-f",
                    "1",
                    "-wi",
                    "4",
                    "-w",
                    "300ms",
                    "-i",
                    "4",
                    "-r",
                    "300ms",
                    "-v",
                    "SILENT");

    @Spec private CommandSpec spec;

    @Option(
            names = "--tolerance",
            paramLabel = "PART",
            defaultValue = "0.5",
            description =
                    "By what part a figure may fall. Default: 0.5, because runs are short and"
                            + " machines differ in what they do fast.")
    private double tolerance = 0.5;

    @Mixin private RecordOptions records = new RecordOptions();

    SmokeCommand() {}

    @Override
    public Integer call() throws IOException {
        if (!(tolerance > 0 && tolerance < 1)) {
            throw new ParameterException(spec.commandLine(), "--tolerance is between 0 and 1");
        }
        Project project = Project.find();
        Optional<Run> recorded =
                History.read(List.of(project.history())).last(MicroBenchmarks.SMOKE);
        MicroBenchmarks now = MicroBenchmarks.run(project, MicroBenchmarks.SMOKE, BENCHMARKS);
        System.out.print(now.toText());
        records.write(project, now.toJson());
        if (recorded.isEmpty()) {
            System.out.println("Nothing is recorded to compare with.");
            return 0;
        }
        List<RunComparison.Change> fallen =
                RunComparison.of(recorded.get(), Run.parse(now.toJson())).changes().stream()
                        .filter(change -> !change.isLessBetter() && change.part() < -tolerance)
                        .toList();
        for (RunComparison.Change change : fallen) {
            System.out.printf(
                    Locale.ROOT,
                    "FALLEN  %s: %.3f, recorded %.3f at %s%n",
                    change.name(),
                    change.after(),
                    change.before(),
                    recorded.get().commit());
        }
        return fallen.isEmpty() ? 0 : EXIT_FALLEN;
    }
}

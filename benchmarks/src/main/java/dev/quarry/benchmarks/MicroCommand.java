package dev.quarry.benchmarks;

import dev.quarry.benchmarks.micro.MicroBenchmarks;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code quarry bench micro}: runs the JMH benchmarks. */
@Command(
        name = "micro",
        mixinStandardHelpOptions = true,
        description = {
            "Runs the JMH benchmarks of the engine's parts, and says what part of the machine's own"
                    + " limit each reaches.",
            "JMH's own options stand behind --, such as: quarry bench micro -- -h, or"
                    + " quarry bench micro -- Codec -p frameKiB=256"
        })
final class MicroCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Mixin private RecordOptions records = new RecordOptions();

    @Parameters(paramLabel = "JMH-ARGUMENT", description = "Goes to JMH as it is.")
    private List<String> jmhArguments = List.of();

    MicroCommand() {}

    @Override
    public Integer call() throws IOException {
        Project project = Project.find();
        MicroBenchmarks benchmarks;
        try {
            benchmarks = MicroBenchmarks.run(project, MicroBenchmarks.MICRO, jmhArguments);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
        System.out.print("\n" + benchmarks.toText());
        records.write(project, benchmarks.toJson());
        return 0;
    }
}

package dev.quarry.benchmarks;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code quarry bench}: holds the ways to measure. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Measures Quarry.",
        subcommands = {
            CatalogBenchCommand.class,
            CollectionCommand.class,
            CompareCommand.class,
            CompressionCommand.class,
            ConvertBenchCommand.class,
            IndexCommand.class,
            MainJobCommand.class,
            MicroCommand.class,
            PageCommand.class,
            ScalingCommand.class,
            SmokeCommand.class,
            SoakCommand.class,
            UpkeepCommand.class
        })
final class BenchCommand implements Runnable {

    @Spec private CommandSpec spec;

    BenchCommand() {}

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "say what to measure");
    }
}

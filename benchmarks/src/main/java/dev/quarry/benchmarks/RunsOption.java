package dev.quarry.benchmarks;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How often each program runs. */
final class RunsOption {

    private static final int USUAL = 7;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--runs",
            paramLabel = "N",
            description =
                    "Rounds of each program that count, after one that warms up; slow programs take"
                            + " fewer. Default: 7.")
    private int count = USUAL;

    RunsOption() {}

    /** At least 1. */
    int count() {
        if (count < 1) {
            throw new ParameterException(command.commandLine(), "--runs is at least 1");
        }
        return count;
    }
}

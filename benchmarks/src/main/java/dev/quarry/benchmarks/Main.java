package dev.quarry.benchmarks;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Path;

/** Starts what {@code quarry bench} and {@code quarry demo} ask for. */
@Command(
        name = "quarry",
        mixinStandardHelpOptions = true,
        description = "Measures and shows what Quarry does.",
        subcommands = {BenchCommand.class, DemoCommand.class})
public final class Main implements Runnable {

    private static final int EXIT_FAILED = 1;

    @Spec private CommandSpec spec;

    Main() {}

    /** Runs the command and ends the JVM with its exit code. */
    public static void main(String[] args) {
        System.exit(execute(args));
    }

    /**
     * Runs the command in this JVM.
     *
     * @return 0 if it did what was asked for, 1 if it failed, 2 if it was not understood
     */
    static int execute(String... args) {
        return new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                // The launcher keeps picocli from loading its own for all of java.*.
                .registerConverter(Path.class, Path::of)
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    if (failure instanceof IOException) {
                        command.getErr().println("quarry: " + failure.getMessage());
                    } else {
                        failure.printStackTrace(command.getErr());
                    }
                    return EXIT_FAILED;
                })
                .execute(args);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a subcommand is missing");
    }
}

package dev.quarry.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command itself: holds the subcommands and does nothing without one. */
@Command(
        name = "quarry",
        version = "quarry " + Main.VERSION,
        mixinStandardHelpOptions = true,
        description = "Converts disk images and builds volumes from them.")
public final class Main implements Runnable {

    static final String VERSION = "0.1.0-SNAPSHOT";

    @Spec private CommandSpec spec;

    Main() {}

    /** Runs the command and ends the JVM with its exit code. */
    public static void main(String[] args) {
        System.exit(execute(args));
    }

    /**
     * Runs the command in this JVM.
     *
     * @return the exit code
     */
    static int execute(String... args) {
        return new CommandLine(new Main()).execute(args);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a subcommand is missing");
    }
}

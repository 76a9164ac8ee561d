package dev.quarry.cli;

import dev.quarry.cli.command.Formats;
import dev.quarry.cli.frame.Console;
import dev.quarry.cli.frame.Failure;
import dev.quarry.cli.frame.Interruption;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.Messages;
import dev.quarry.cli.frame.OutputOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.cli.frame.UsageException;
import dev.quarry.image.ImageFormats;
import dev.quarry.job.CancelToken;
import dev.quarry.job.CancelledException;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

import java.io.IOException;

/** The command itself: finds the subcommand and runs it. */
public final class Main {

    static final String NAME = "quarry";
    static final String VERSION = "0.1.0-SNAPSHOT";

    private static final String HELP = "help";
    private static final String DEBUG_VARIABLE = "QUARRY_DEBUG";

    private final Console console;
    private final String[] args;

    private Main(Console console, String... args) {
        this.console = console;
        this.args = args;
    }

    /** Runs the command and ends the JVM with its exit code. */
    public static void main(String[] args) {
        ImageFormats.install(Formats.all());
        int exitCode = run(Console.ofProcess(), args);
        if (exitCode != Subcommand.DONE) {
            // Not for 0, which a JVM exits with anyway: exit() sets up logging, which takes 50 ms.
            System.exit(exitCode);
        }
    }

    /**
     * Runs the command in this JVM.
     *
     * @return the exit code
     */
    static int run(Console console, String... args) {
        Main main = new Main(console, helpAsOption(args));
        int exitCode = main.run();
        IOException failure = console.finish();
        if (failure != null) {
            main.messages(null).error(Failure.of(failure, "standard output"));
        }
        if (console.out().checkError() && exitCode == Subcommand.DONE) {
            // A full disk, or a reader that has seen enough: the result is not all there.
            return Subcommand.FAILED;
        }
        return exitCode;
    }

    /** {@code quarry help COMMAND} is {@code quarry COMMAND --help}. */
    private static String[] helpAsOption(String... args) {
        if (args.length == 0 || !args[0].equals(HELP)) {
            return args;
        }
        return args.length == 1 ? new String[] {"--help"} : new String[] {args[1], "--help"};
    }

    private int run() {
        String name = subcommandName();
        Subcommand subcommand = name == null ? null : CommandTable.create(name);
        if (name != null && subcommand == null) {
            return unfit("unknown command '" + name + "'", null, null);
        }
        CommandLine line = Specs.commandLine(describe());
        if (name != null && subcommand != null) {
            line.addSubcommand(name, Specs.commandLine(subcommand.describe()));
        }
        try {
            return run(line.parseArgs(args), subcommand);
        } catch (ParameterException e) {
            return unfit(sentence(String.valueOf(e.getMessage())), name, subcommand);
        }
    }

    private int run(ParseResult parsed, @Nullable Subcommand subcommand) {
        ParseResult own = parsed.hasSubcommand() ? parsed.subcommand() : parsed;
        if (own.isUsageHelpRequested()) {
            CommandLine line = subcommand == null ? describeAll() : own.commandSpec().commandLine();
            console.out().print(line.getUsageMessage());
            return Subcommand.DONE;
        }
        if (parsed.isVersionHelpRequested()) {
            console.out().print(NAME + " " + VERSION + "\n");
            return Subcommand.DONE;
        }
        if (subcommand == null) {
            return unfit("a command is missing", null, null);
        }
        return run(parsed, own, subcommand);
    }

    private int run(ParseResult global, ParseResult own, Subcommand subcommand) {
        // What went wrong is said before the interruption is closed: a process that was told to end
        // is gone a moment later.
        try (Interruption interruption = Interruption.begin()) {
            return run(global, own, subcommand, interruption.token());
        }
    }

    private int run(
            ParseResult global, ParseResult own, Subcommand subcommand, CancelToken cancel) {
        Invocation invocation = null;
        try {
            invocation = new Invocation(global, own, console, cancel);
            return subcommand.run(invocation);
        } catch (UsageException e) {
            return unfit(Failure.of(e, null).message(), own.commandSpec().name(), subcommand);
        } catch (Throwable t) {
            // Whatever it is, its user gets a sentence and not a stack trace.
            boolean debug = console.variable(DEBUG_VARIABLE) != null;
            // A class that could not be loaded because the process was told to end.
            boolean isCancelled = cancel.isCancelled() && t instanceof LinkageError;
            Throwable reason = isCancelled ? new CancelledException() : t;
            Failure failure =
                    invocation == null ? Failure.of(reason, null) : invocation.failure(reason);
            messages(invocation).error(failure);
            if (debug) {
                t.printStackTrace(console.err());
            }
            return Subcommand.FAILED;
        }
    }

    private Messages messages(@Nullable Invocation invocation) {
        return invocation == null
                ? new Messages(console.err(), OutputOptions.isJsonAsked(args))
                : invocation.messages();
    }

    private int unfit(String message, @Nullable String name, @Nullable Subcommand subcommand) {
        String help = name == null ? "quarry --help" : "quarry " + name + " --help";
        UsageException usage = new UsageException(message + " (see " + help + ")");
        messages(null).error(Failure.of(usage, null));
        return subcommand == null ? Subcommand.USAGE : subcommand.usageExitCode();
    }

    /** picocli's sentences begin with a capital letter, and some have lines below. */
    private static String sentence(String message) {
        int end = message.indexOf('\n');
        String line = end < 0 ? message : message.substring(0, end);
        return Character.toLowerCase(line.charAt(0)) + line.substring(1).stripTrailing();
    }

    /** The first argument that is neither an option nor the value of one. */
    private @Nullable String subcommandName() {
        for (int i = 0; i < args.length; i++) {
            if (StoreOptions.takesNext(args[i])) {
                i++;
            } else if (!args[i].startsWith("-")) {
                return args[i];
            }
        }
        return null;
    }

    /** The command with all its subcommands: for help. */
    static CommandLine describeAll() {
        CommandLine line = Specs.commandLine(describe());
        for (String name : CommandTable.NAMES) {
            line.addSubcommand(name, Specs.commandLine(CommandTable.require(name).describe()));
        }
        return line;
    }

    private static CommandSpec describe() {
        CommandSpec spec =
                StoreOptions.addTo(
                        Specs.named(
                                NAME,
                                "Keeps disk images as machine images, builds volumes from them, and"
                                        + " converts them.",
                                "quarry import disk.qcow2 --name debian-12",
                                "quarry launch ami-0123456789abcdef0 --out volumes",
                                "quarry convert -O raw disk.qcow2 disk.raw"));
        spec.usageMessage().commandListHeading("%nCommands:%n");
        return spec.addOption(
                Specs.flag("-V", "--version")
                        .versionHelp(true)
                        .description("Print the version.")
                        .build());
    }
}

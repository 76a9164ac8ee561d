package dev.quarry.cli.frame;

import picocli.CommandLine.Model.CommandSpec;

/**
 * One subcommand: what it takes, and what it does.
 *
 * <p>Described by calls and not by picocli's annotations: reading those defines a proxy class for
 * each, which no AOT cache holds, and takes longer than most of what a subcommand does.
 */
public interface Subcommand {

    /** Done as asked. */
    int DONE = 0;

    /** Something stopped it; standard error says what. */
    int FAILED = 1;

    /** The arguments do not fit the description. */
    int USAGE = 2;

    /**
     * Describes the arguments and the help text, starting from {@link Specs#named}. Called at most
     * once.
     */
    CommandSpec describe();

    /** Exit code for arguments that do not fit: 1 where qemu-img has the verb and exits so. */
    default int usageExitCode() {
        return USAGE;
    }

    /**
     * Runs it.
     *
     * @return the exit code
     * @throws Exception whatever stops it; {@link Failure} says it in words, and the exit code is 1
     */
    int run(Invocation invocation) throws Exception;
}

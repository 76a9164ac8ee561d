package dev.quarry.cli;

import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.Subcommand;

import picocli.AutoComplete;
import picocli.CommandLine.Model.CommandSpec;

/** {@code quarry generate-completion}: completion of commands and options for bash and zsh. */
final class GenerateCompletionCommand implements Subcommand {

    @Override
    public CommandSpec describe() {
        return Specs.named(
                "generate-completion",
                "Prints a script that completes commands and options in bash and zsh.",
                "source <(quarry generate-completion)");
    }

    @Override
    public int run(Invocation invocation) {
        invocation.printText(AutoComplete.bash(Main.NAME, Main.describeAll()));
        return DONE;
    }
}

package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;

/** {@code quarry deregister}: takes an image out of the catalogue; its snapshots stay. */
public final class DeregisterCommand implements Subcommand {

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "deregister",
                                "Deregisters an image. Its snapshots stay, and so do volumes that"
                                        + " were launched from it.",
                                "quarry deregister ami-0123456789abcdef0")
                        .addPositional(
                                Specs.argument(0, "IMAGE")
                                        .description("The image: ami-….")
                                        .build());
        return StoreOptions.addTo(spec);
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        try (Quarry quarry = Stores.open(invocation)) {
            quarry.catalog().deregister(invocation.argument(0));
        }
        return DONE;
    }
}

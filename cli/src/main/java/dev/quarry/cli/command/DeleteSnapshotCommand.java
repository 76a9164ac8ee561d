package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;

/** {@code quarry delete-snapshot}: takes a snapshot out of the catalogue. */
public final class DeleteSnapshotCommand implements Subcommand {

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "delete-snapshot",
                                "Deletes a snapshot. Refused while a registered image has it as its"
                                        + " root.",
                                "quarry delete-snapshot snap-0123456789abcdef0")
                        .addPositional(
                                Specs.argument(0, "SNAPSHOT")
                                        .description("The snapshot: snap-….")
                                        .build());
        return StoreOptions.addTo(spec);
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        try (Quarry quarry = Stores.open(invocation)) {
            quarry.catalog().deleteSnapshot(invocation.argument(0));
        }
        return DONE;
    }
}

package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.catalog.Views;
import dev.quarry.catalog.model.CatalogObject;
import dev.quarry.cli.frame.FactList;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.OutputOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.util.List;

/** {@code quarry show}: everything about one object. */
public final class ShowCommand implements Subcommand {

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "show",
                                "Shows all about an image, snapshot, volume or launch.",
                                "quarry show ami-0123456789abcdef0")
                        .addPositional(
                                Specs.argument(0, "ID")
                                        .description("ami-…, snap-…, vol-… or i-….")
                                        .build());
        return StoreOptions.addTo(OutputOptions.addTo(spec));
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        try (Quarry quarry = Stores.open(invocation)) {
            CatalogObject object = quarry.catalog().show(invocation.argument(0));
            if (invocation.json()) {
                invocation.print(
                        Listing.of(Views.listName(object), List.of(object), quarry.catalog()));
            } else {
                FactList.print(invocation, quarry.catalog().view(object), 0);
            }
        }
        return DONE;
    }
}

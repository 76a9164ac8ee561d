package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.rule.ImageQuery;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.OutputOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.util.List;

/** {@code quarry latest}: the newest image of a family. */
public final class LatestCommand implements Subcommand {

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "latest",
                                "Finds the newest available image of a family: those whose names"
                                        + " fit a pattern, or that fit filters. Only the account's"
                                        + " own unless told. Prints its id.",
                                "quarry latest 'debian-12-*'",
                                "quarry latest --filter tag:family=debian-12 --owner 111111111111")
                        .addPositional(
                                Specs.optionalArguments(0, "NAME")
                                        .description("Pattern for names; * and ? as for filters.")
                                        .build());
        QueryOptions.addTo(spec);
        return StoreOptions.addTo(OutputOptions.addTo(spec));
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        ImageQuery query = QueryOptions.query(invocation);
        List<String> names = invocation.optionalArguments(0);
        if (!names.isEmpty()) {
            query = query.withFilter("name", names);
        }
        try (Quarry quarry = Stores.open(invocation)) {
            MachineImage image = quarry.catalog().latest(query);
            if (invocation.json()) {
                invocation.print(Listing.of("Images", List.of(image), quarry.catalog()));
            } else {
                invocation.print(image.id());
            }
        }
        return DONE;
    }
}

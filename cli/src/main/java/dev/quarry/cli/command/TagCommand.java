package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.util.Map;

/** {@code quarry tag}: gives an object tags. */
public final class TagCommand implements Subcommand {

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "tag",
                                "Gives an image, snapshot, volume or launch tags, or those that it"
                                        + " has new values.",
                                "quarry tag ami-0123456789abcdef0 stage=production")
                        .addPositional(
                                Specs.argument(0, "ID")
                                        .description("ami-…, snap-…, vol-… or i-….")
                                        .build())
                        .addPositional(
                                Specs.arguments(1, "KEY=VALUE").description("The tags.").build());
        return StoreOptions.addTo(spec);
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        Map<String, String> tags = TagOptions.parse(invocation.arguments(1));
        try (Quarry quarry = Stores.open(invocation)) {
            quarry.catalog().tag(invocation.argument(0), tags);
        }
        return DONE;
    }
}

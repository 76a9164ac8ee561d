package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** {@code quarry untag}: takes tags from an object. */
public final class UntagCommand implements Subcommand {

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "untag",
                                "Takes tags from an image, snapshot, volume or launch.",
                                "quarry untag ami-0123456789abcdef0 stage")
                        .addPositional(
                                Specs.argument(0, "ID")
                                        .description("ami-…, snap-…, vol-… or i-….")
                                        .build())
                        .addPositional(
                                Specs.arguments(1, "KEY[=VALUE]")
                                        .description(
                                                "The tags; with a value, only if they have it.")
                                        .build());
        return StoreOptions.addTo(spec);
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        Map<String, @Nullable String> keys = new LinkedHashMap<>();
        for (String word : invocation.arguments(1)) {
            int equals = word.indexOf('=');
            if (equals < 0) {
                keys.put(word, null);
            } else {
                keys.put(word.substring(0, equals), word.substring(equals + 1));
            }
        }
        try (Quarry quarry = Stores.open(invocation)) {
            quarry.catalog().untag(invocation.argument(0), keys);
        }
        return DONE;
    }
}

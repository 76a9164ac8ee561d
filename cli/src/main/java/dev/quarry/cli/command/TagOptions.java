package dev.quarry.cli.command;

import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Tags;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.UsageException;

import picocli.CommandLine.Model.CommandSpec;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code --tag KEY=VALUE}, and tags as arguments. */
final class TagOptions {

    private static final String TAG = "--tag";

    private TagOptions() {}

    static CommandSpec addTo(CommandSpec spec) {
        return spec.addOption(
                Specs.repeatable("KEY=VALUE", TAG)
                        .description("A tag; may be given several times.")
                        .build());
    }

    static Tags tags(Invocation invocation) throws CatalogException {
        return Tags.of(parse(invocation.values(TAG)));
    }

    static Map<String, String> parse(List<String> words) {
        Map<String, String> tags = new LinkedHashMap<>();
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals < 1) {
                throw new UsageException("a tag is KEY=VALUE, not '" + word + "'");
            }
            String key = word.substring(0, equals);
            if (tags.put(key, word.substring(equals + 1)) != null) {
                throw new UsageException("the tag " + key + " is given twice");
            }
        }
        return tags;
    }
}

package dev.quarry.cli.command;

import dev.quarry.catalog.rule.ImageQuery;
import dev.quarry.catalog.rule.ObjectQuery;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.UsageException;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What images are searched for. */
final class QueryOptions {

    private static final String OWNER = "--owner";
    private static final String EXECUTABLE_BY = "--executable-by";
    private static final String FILTER = "--filter";
    static final String MAX_RESULTS = "--max-results";
    static final String NEXT_TOKEN = "--next-token";
    private static final String DEPRECATED = "--include-deprecated";
    private static final String DISABLED = "--include-disabled";

    private QueryOptions() {}

    static CommandSpec addTo(CommandSpec spec) {
        return spec.addOption(
                        Specs.repeatable("WHO", OWNER)
                                .description(
                                        "Images of self, an account, or an owner alias; several"
                                                + " times for several.")
                                .build())
                .addOption(
                        Specs.repeatable("WHO", EXECUTABLE_BY)
                                .description(
                                        "Images that self or an account was given, or all may"
                                                + " launch.")
                                .build())
                .addOption(
                        Specs.repeatable("NAME=VALUE[,…]", FILTER)
                                .description(
                                        "Images that have one of the values, where * and ? stand"
                                                + " for any characters and one; every filter must"
                                                + " fit. tag:KEY, name, state, … as EC2 has them.")
                                .build())
                .addOption(
                        Specs.flag(DEPRECATED)
                                .description("Others' deprecated images, too.")
                                .build())
                .addOption(Specs.flag(DISABLED).description("Disabled images, too.").build());
    }

    static ImageQuery query(Invocation invocation) {
        ImageQuery query =
                ImageQuery.all()
                        .withOwners(invocation.values(OWNER))
                        .withExecutableUsers(invocation.values(EXECUTABLE_BY))
                        .withRetired(retired(invocation));
        for (Map.Entry<String, List<String>> filter : filters(invocation)) {
            query = query.withFilter(filter.getKey(), filter.getValue());
        }
        return query;
    }

    private static Set<ImageQuery.Retired> retired(Invocation invocation) {
        Set<ImageQuery.Retired> retired = new HashSet<>();
        if (invocation.has(DEPRECATED)) {
            retired.add(ImageQuery.Retired.DEPRECATED);
        }
        if (invocation.has(DISABLED)) {
            retired.add(ImageQuery.Retired.DISABLED);
        }
        return retired;
    }

    private static List<Map.Entry<String, List<String>>> filters(Invocation invocation) {
        List<Map.Entry<String, List<String>>> filters = new ArrayList<>();
        for (String word : invocation.values(FILTER)) {
            int equals = word.indexOf('=');
            if (equals < 1) {
                throw new UsageException("--filter takes NAME=VALUE, not '" + word + "'");
            }
            filters.add(
                    Map.entry(
                            word.substring(0, equals),
                            List.of(word.substring(equals + 1).split(",", -1))));
        }
        return filters;
    }

    /** Options of a list of other objects than images: ids, owners, filters, pages. */
    static CommandSpec addObjectsTo(CommandSpec spec, String label) {
        spec.addPositional(Specs.optionalArguments(0, label).description("These alone.").build())
                .addOption(
                        Specs.repeatable("WHO", OWNER)
                                .description("Of self, or an account.")
                                .build())
                .addOption(
                        Specs.repeatable("NAME=VALUE[,…]", FILTER)
                                .description(
                                        "Those that have one of the values, where * and ? stand for"
                                                + " any characters and one; every filter must fit."
                                                + " tag:KEY, status, … as EC2 has them.")
                                .build());
        return addPageTo(spec);
    }

    static CommandSpec addPageTo(CommandSpec spec) {
        return spec.addOption(
                        Specs.option("N", MAX_RESULTS)
                                .description("How many of one page: 5 to 1000.")
                                .build())
                .addOption(
                        Specs.option("TOKEN", NEXT_TOKEN)
                                .description(
                                        "The page behind the one that gave this token, for the"
                                                + " same search.")
                                .build());
    }

    static ObjectQuery objects(Invocation invocation) {
        ObjectQuery query =
                ObjectQuery.all()
                        .withIds(invocation.optionalArguments(0))
                        .withOwners(invocation.values(OWNER))
                        .withPage(maxResults(invocation), invocation.value(NEXT_TOKEN));
        for (Map.Entry<String, List<String>> filter : filters(invocation)) {
            query = query.withFilter(filter.getKey(), filter.getValue());
        }
        return query;
    }

    static @Nullable Integer maxResults(Invocation invocation) {
        String text = invocation.value(MAX_RESULTS);
        try {
            return text == null ? null : Integer.valueOf(text);
        } catch (NumberFormatException e) {
            throw new UsageException("--max-results takes a number, not '" + text + "'");
        }
    }

    /** Tells people, or a program, that more follow. */
    static void printToken(Invocation invocation, @Nullable String token) {
        if (token != null) {
            invocation.messages().note("more follow: --next-token " + token);
        }
    }
}

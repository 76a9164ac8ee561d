package dev.quarry.cli.command;

import dev.quarry.catalog.rule.ImageQuery;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.UsageException;

import picocli.CommandLine.Model.CommandSpec;

import java.util.List;

/** What images are searched for. */
final class QueryOptions {

    private static final String OWNER = "--owner";
    private static final String EXECUTABLE_BY = "--executable-by";
    private static final String FILTER = "--filter";
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
                        .withRetired(
                                new ImageQuery.Retired(
                                        invocation.has(DEPRECATED), invocation.has(DISABLED)));
        for (String word : invocation.values(FILTER)) {
            int equals = word.indexOf('=');
            if (equals < 1) {
                throw new UsageException("--filter takes NAME=VALUE, not '" + word + "'");
            }
            query =
                    query.withFilter(
                            word.substring(0, equals),
                            List.of(word.substring(equals + 1).split(",", -1)));
        }
        return query;
    }
}

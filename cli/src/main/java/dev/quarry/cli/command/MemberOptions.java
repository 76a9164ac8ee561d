package dev.quarry.cli.command;

import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.Specs;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;

/** {@code --member}: which disk of an appliance is read. */
final class MemberOptions {

    private static final String MEMBER = "--member";

    private MemberOptions() {}

    static CommandSpec addTo(CommandSpec spec) {
        return spec.addOption(
                Specs.option("NAME", MEMBER)
                        .description(
                                "The disk that is meant, of an appliance (OVA, OVF) that has"
                                        + " several: its file or its id, as info lists them.")
                        .build());
    }

    static @Nullable String member(Invocation invocation) {
        return invocation.value(MEMBER);
    }
}

package dev.quarry.cli.command;

import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.Specs;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;

/** {@code --snapshot}: which internal snapshot of an image is read. */
final class SnapshotOptions {

    private static final String SNAPSHOT = "--snapshot";

    private SnapshotOptions() {}

    static CommandSpec addTo(CommandSpec spec) {
        return spec.addOption(
                Specs.option("NAME|ID", SNAPSHOT)
                        .description(
                                "Read this internal snapshot of a qcow2 image instead of the disk"
                                        + " as it is. An id goes before a name.")
                        .build());
    }

    static @Nullable String snapshot(Invocation invocation) {
        return invocation.value(SNAPSHOT);
    }
}

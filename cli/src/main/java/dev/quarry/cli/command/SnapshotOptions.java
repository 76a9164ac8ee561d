package dev.quarry.cli.command;

import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.Specs;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;

/** {@code --snapshot}: which internal snapshot of an image is read. */
final class SnapshotOptions {

    private static final String SNAPSHOT = "--snapshot";
    private static final String LETTER = "-l";

    private SnapshotOptions() {}

    static CommandSpec addTo(CommandSpec spec) {
        return spec.addOption(
                Specs.option("NAME|ID", SNAPSHOT)
                        .description(
                                "Read this internal snapshot of a qcow2 image instead of the disk"
                                        + " as it is. An id goes before a name;"
                                        + " snapshot.id=ID and snapshot.name=NAME mean that alone.")
                        .build());
    }

    /** {@code -l} of qemu-img, for the verbs that it has, too. */
    static CommandSpec addLetterTo(CommandSpec spec) {
        return spec.addOption(
                Specs.option("SNAPSHOT", LETTER)
                        .description("qemu-img's letter for --snapshot.")
                        .build());
    }

    /** What one of the options names, of a command that has {@code -l} or has it not. */
    static @Nullable String snapshot(Invocation invocation) {
        String letter = invocation.value(LETTER);
        return letter == null ? invocation.value(SNAPSHOT) : letter;
    }
}

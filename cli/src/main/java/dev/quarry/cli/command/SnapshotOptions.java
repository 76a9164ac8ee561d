package dev.quarry.cli.command;

import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.Specs;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;

import java.util.List;

/** {@code --snapshot}: which internal snapshot of an image is read. */
final class SnapshotOptions {

    private static final String SNAPSHOT = "--snapshot";
    private static final String LETTER = "-l";
    private static final List<String> PREFIXES = List.of("snapshot.id=", "snapshot.name=");

    private SnapshotOptions() {}

    static CommandSpec addTo(CommandSpec spec) {
        return spec.addOption(
                Specs.option("NAME|ID", SNAPSHOT)
                        .description(
                                "Read this internal snapshot of a qcow2 image instead of the disk"
                                        + " as it is. An id goes before a name.")
                        .build());
    }

    /** {@code -l ID_OR_NAME}, {@code -l snapshot.id=ID} or {@code -l snapshot.name=NAME}. */
    static CommandSpec addLetterTo(CommandSpec spec) {
        return spec.addOption(
                Specs.option("SNAPSHOT", LETTER)
                        .description("qemu-img's letter for --snapshot.")
                        .build());
    }

    /** What one of the options names, of a command that has {@code -l} or has it not. */
    static @Nullable String snapshot(Invocation invocation) {
        String letter = invocation.value(LETTER);
        if (letter == null) {
            return invocation.value(SNAPSHOT);
        }
        for (String prefix : PREFIXES) {
            if (letter.startsWith(prefix)) {
                return letter.substring(prefix.length());
            }
        }
        return letter;
    }
}

package dev.quarry.cli.command;

import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.Specs;
import dev.quarry.image.ReferenceGate;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.nio.file.Path;

/** {@code --allow-references}: what an image may refer to. */
final class ReferenceOptions {

    private static final String ALLOW = "--allow-references";

    private ReferenceOptions() {}

    static CommandSpec addTo(CommandSpec spec) {
        return spec.addOption(
                Specs.option("DIR", ALLOW)
                        .description(
                                "Let the image refer to files below DIR (backing files, parents,"
                                        + " data files). Without it every reference is refused.")
                        .build());
    }

    static ReferenceGate gate(Invocation invocation) throws IOException {
        String folder = invocation.value(ALLOW);
        return folder == null ? ReferenceGate.deny() : ReferenceGate.within(Path.of(folder));
    }
}

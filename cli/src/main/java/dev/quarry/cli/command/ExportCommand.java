package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.ProgressOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.nio.file.Path;

/** {@code quarry export}: the disk of a snapshot or image as an image file. */
public final class ExportCommand implements Subcommand {

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "export",
                                "Writes the disk of a snapshot, or an image's root disk, into a"
                                        + " file or block device.",
                                "quarry export ami-0123456789abcdef0 disk.qcow2 -O qcow2")
                        .addPositional(
                                Specs.argument(0, "ID").description("snap-… or ami-….").build())
                        .addPositional(
                                Specs.argument(1, "FILE")
                                        .description(
                                                "A file of that name is replaced when the new one"
                                                        + " is complete, a block device is written"
                                                        + " in place.")
                                        .build());
        TargetOptions.addTo(spec);
        ProgressOptions.addTo(spec);
        return StoreOptions.addTo(spec);
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        Path file = invocation.target(1);
        try (Quarry quarry = Stores.open(invocation)) {
            invocation.workingOn(file);
            quarry.export(
                    invocation.argument(0),
                    file,
                    TargetOptions.format(invocation),
                    TargetOptions.createOptions(invocation),
                    invocation.progress("export"),
                    invocation.cancel());
        }
        return DONE;
    }
}

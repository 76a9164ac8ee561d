package dev.quarry.cli.command;

import dev.quarry.DiskImages;
import dev.quarry.ImageFile;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.ProgressOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.cli.frame.UsageException;
import dev.quarry.job.ProgressListener;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;

/** {@code quarry rebase}: another backing file for an overlay, with qemu-img's letters. */
public final class RebaseCommand implements Subcommand {

    private static final String UNSAFE = "-u";

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "rebase",
                                "Gives a qcow2 overlay another backing file, in place. Its disk"
                                    + " stays the same: what the new one lacks is written into the"
                                    + " overlay. With -b '' it stands alone afterwards.",
                                "quarry rebase --allow-references . -b new.qcow2 -F qcow2"
                                        + " overlay.qcow2")
                        .addPositional(
                                Specs.argument(0, "IMAGE").description("The overlay.").build());
        QemuOptions.addFormat(spec);
        BackingOptions.addTo(spec);
        spec.addOption(
                Specs.flag(UNSAFE)
                        .description(
                                "Only name the new one: for a backing file that was moved. Nothing"
                                        + " else is opened.")
                        .build());
        ReferenceOptions.addTo(spec);
        QemuOptions.addQuiet(spec);
        QemuOptions.addTargetCache(spec);
        QemuOptions.addSourceCache(spec);
        QemuOptions.addShare(spec);
        QemuOptions.addProgress(spec);
        return ProgressOptions.addTo(spec);
    }

    @Override
    public int usageExitCode() {
        return FAILED;
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        if (!BackingOptions.isGiven(invocation)) {
            throw new UsageException("-b is missing: the new backing file, or '' for none");
        }
        String file = invocation.argument(0);
        invocation.workingOn(file);
        DiskImages.@Nullable NewBacking backing = BackingOptions.backing(invocation);
        ImageFile image = QemuOptions.image(invocation, file, ReferenceOptions.gate(invocation));
        if (invocation.has(UNSAFE)) {
            QemuOptions.images().rename(image, backing, invocation.cancel());
        } else {
            ProgressListener progress =
                    invocation.has(QemuOptions.PROGRESS)
                            ? invocation.progressBar("rebase")
                            : invocation.progress("rebase");
            QemuOptions.images().rebase(image, backing, progress, invocation.cancel());
        }
        return DONE;
    }
}

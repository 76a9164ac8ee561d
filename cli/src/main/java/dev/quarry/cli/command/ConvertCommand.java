package dev.quarry.cli.command;

import dev.quarry.ConvertRequest;
import dev.quarry.ConvertResult;
import dev.quarry.Quarry;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.ProgressOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.job.ProgressListener;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.nio.file.Path;

/** {@code quarry convert}: from one format into another, with qemu-img's letters. */
public final class ConvertCommand implements Subcommand {

    private static final String FORMAT = "-f";
    private static final String PROGRESS = "-p";

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "convert",
                                "Converts a disk image into another format. Needs no store.",
                                "quarry convert -f vmdk -O qcow2 disk.vmdk disk.qcow2",
                                "quarry convert -p disk.qcow2 /dev/vdb")
                        .addPositional(
                                Specs.argument(0, "SOURCE").description("The image.").build())
                        .addPositional(
                                Specs.argument(1, "TARGET")
                                        .description(
                                                "The new image; a file of that name is replaced"
                                                        + " when the new one is complete, a block"
                                                        + " device is written in place.")
                                        .build())
                        .addOption(
                                Specs.option("FORMAT", FORMAT)
                                        .description(
                                                "Format of the source, instead of detection: raw,"
                                                        + " qcow2 or vmdk.")
                                        .build());
        TargetOptions.addTo(spec);
        SnapshotOptions.addTo(spec);
        ReferenceOptions.addTo(spec);
        spec.addOption(Specs.flag(PROGRESS).description("The same as --progress=bar.").build());
        return ProgressOptions.addTo(spec);
    }

    @Override
    public int usageExitCode() {
        return FAILED;
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        Path source = Path.of(invocation.argument(0));
        Path target = Path.of(invocation.argument(1));
        ConvertRequest request =
                ConvertRequest.of(source, target, TargetOptions.format(invocation))
                        .withSourceFormat(invocation.value(FORMAT))
                        .withSnapshot(SnapshotOptions.snapshot(invocation))
                        .withGate(ReferenceOptions.gate(invocation))
                        .withOptions(TargetOptions.createOptions(invocation));
        invocation.workingOn(target);
        ProgressListener progress =
                invocation.has(PROGRESS)
                        ? invocation.progressBar("convert")
                        : invocation.progress("convert");
        ConvertResult result = Quarry.convert(request, progress, invocation.cancel());
        if (result.isGuess()) {
            Warnings.guessed(invocation, source, result.sourceFormat());
        }
        if (result.targetBytes() > result.sourceBytes()) {
            Warnings.padded(invocation, target, result.sourceBytes(), result.targetBytes());
        }
        return DONE;
    }
}

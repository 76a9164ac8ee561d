package dev.quarry.cli.command;

import dev.quarry.ConvertRequest;
import dev.quarry.ConvertRequest.Digest;
import dev.quarry.ConvertResult;
import dev.quarry.Quarry;
import dev.quarry.cli.frame.ByteSizes;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.ProgressOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.cli.frame.UsageException;
import dev.quarry.job.ProgressListener;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.nio.file.Path;

/** {@code quarry convert}: from one format into another, with qemu-img's letters. */
public final class ConvertCommand implements Subcommand {

    private static final String FORMAT = "-f";
    private static final String DIGEST = "--digest";
    private static final String SPARSE = "-S";

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "convert",
                                "Converts a disk image into another format. Needs no store.",
                                "quarry convert -f vmdk -O qcow2 disk.vmdk disk.qcow2",
                                "quarry convert -p disk.qcow2 /dev/vdb")
                        .addPositional(
                                Specs.argument(0, "SOURCE")
                                        .description(Streams.DESCRIPTION)
                                        .build())
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
                                                        + " qcow2, vmdk or ova.")
                                        .build());
        MemberOptions.addTo(spec);
        TargetOptions.addTo(spec);
        spec.addOption(
                Specs.flag(DIGEST)
                        .description(
                                "Print the digest of the disk's content, computed while it is"
                                        + " copied: the same for each format, and that of a"
                                        + " snapshot made of it.")
                        .build());
        SnapshotOptions.addLetterTo(SnapshotOptions.addTo(spec));
        ReferenceOptions.addTo(spec);
        QemuOptions.addQuiet(spec);
        QemuOptions.addTargetCache(spec);
        QemuOptions.addSourceCache(spec);
        QemuOptions.addShare(spec);
        addWithoutEffect(spec);
        QemuOptions.addProgress(spec);
        return ProgressOptions.addTo(spec);
    }

    /** What qemu-img needs to be fast, and this command is anyway. */
    private static void addWithoutEffect(CommandSpec spec) {
        spec.addOption(
                        Specs.option("COUNT", "-m")
                                .description("Without effect: all processors are used.")
                                .build())
                .addOption(
                        Specs.flag("-W")
                                .description("Without effect: writes are in any order.")
                                .build())
                .addOption(
                        Specs.flag("-C")
                                .description("Without effect: data passes through memory.")
                                .build())
                .addOption(
                        Specs.option("SIZE", SPARSE)
                                .description(
                                        "Without effect, but for 0, which is refused: blocks of"
                                                + " 4 KiB of zeros are never written.")
                                .build());
    }

    @Override
    public int usageExitCode() {
        return FAILED;
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        String sparse = invocation.value(SPARSE);
        if (sparse != null && ByteSizes.parseOffset(sparse, SPARSE) == 0) {
            throw new UsageException(
                    "-S 0 is refused: -o preallocation=full makes a target that is fully"
                            + " allocated");
        }
        Path source = Path.of(invocation.argument(0));
        Path target = Path.of(invocation.argument(1));
        ConvertRequest request =
                ConvertRequest.of(source, target, TargetOptions.format(invocation))
                        .withInput(Streams.input(source))
                        .withSourceFormat(invocation.value(FORMAT))
                        .withSnapshot(SnapshotOptions.snapshot(invocation))
                        .withMember(MemberOptions.member(invocation))
                        .withGate(ReferenceOptions.gate(invocation))
                        .withOptions(TargetOptions.createOptions(invocation))
                        .withDigest(invocation.has(DIGEST) ? Digest.COMPUTED : Digest.NONE);
        invocation.workingOn(target);
        ProgressListener progress =
                invocation.has(QemuOptions.PROGRESS)
                        ? invocation.progressBar("convert")
                        : invocation.progress("convert");
        ConvertResult result = Quarry.convert(request, progress, invocation.cancel());
        if (result.isGuess()) {
            Warnings.guessed(invocation, source, result.sourceFormat(), result.compression());
        }
        if (result.isDirty()) {
            Warnings.unclean(invocation, source);
        }
        if (result.targetBytes() > result.sourceBytes()) {
            Warnings.padded(invocation, target, result.sourceBytes(), result.targetBytes());
        }
        if (result.digest() != null) {
            invocation.print(result.digest().hex());
        }
        return DONE;
    }
}

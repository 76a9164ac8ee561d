package dev.quarry.cli.command;

import dev.quarry.ConvertRequest;
import dev.quarry.ConvertRequest.Digest;
import dev.quarry.ConvertRequest.Existing;
import dev.quarry.ConvertResult;
import dev.quarry.ImageFile;
import dev.quarry.Quarry;
import dev.quarry.cli.frame.ByteSizes;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.ProgressOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.cli.frame.UsageException;
import dev.quarry.image.CreateOptions;
import dev.quarry.job.ProgressListener;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.nio.file.Path;

/** {@code quarry convert}: from one format into another, with qemu-img's letters. */
public final class ConvertCommand implements Subcommand {

    private static final String BACKING = "-B";
    private static final String BACKING_FORMAT = "-F";
    private static final String EXISTING = "-n";
    private static final String TARGET_IS_ZERO = "--target-is-zero";
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
                                "quarry convert -p disk.qcow2 /dev/vdb",
                                "quarry convert -O qcow2 -B base.raw -F raw disk.raw overlay.qcow2")
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
        addPlacement(spec);
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

    private static void addPlacement(CommandSpec spec) {
        spec.addOption(
                        Specs.option("FILE", BACKING)
                                .description(
                                        "Write only what differs from this file, which becomes the"
                                                + " target's backing file (qcow2): as it shall be"
                                                + " named there, relative to the target's folder."
                                                + " Needs -F.")
                                .build())
                .addOption(
                        Specs.option("FORMAT", BACKING_FORMAT)
                                .description("Format of the backing file; it is never guessed.")
                                .build())
                .addOption(
                        Specs.flag(EXISTING)
                                .description(
                                        "Write into a raw or qcow2 image that is there and large"
                                                + " enough, of the format that -O tells (raw unless"
                                                + " told; refused if it looks like another). What"
                                                + " it has behind the source's end stays.")
                                .build())
                .addOption(
                        Specs.flag(TARGET_IS_ZERO)
                                .description(
                                        "Without effect, with -n: zeros where nothing is cost"
                                                + " nothing.")
                                .build());
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

    /**
     * What is there does not say what it is: a guest may have written it. But an image is not
     * overwritten as a raw disk by mistake.
     */
    private static String targetFormat(Invocation invocation, Path target) throws IOException {
        String format = TargetOptions.format(invocation);
        if (invocation.has(EXISTING) && !TargetOptions.isFormatGiven(invocation)) {
            String shown = QemuOptions.images().formatOf(ImageFile.of(target)).name();
            if (!shown.equals(format)) {
                throw new UsageException(
                        target
                                + " looks like "
                                + shown
                                + ", but a guest may have written that: -O "
                                + shown
                                + " or -O "
                                + format
                                + " says what it is");
            }
        }
        return format;
    }

    private static CreateOptions createOptions(Invocation invocation) {
        TargetOptions.Given given = TargetOptions.given(invocation);
        String backing = invocation.value(BACKING);
        String format = invocation.value(BACKING_FORMAT);
        if (backing == null) {
            backing = given.backingFile();
        }
        if (format == null) {
            format = given.backingFormat();
        }
        if ((backing == null) != (format == null)) {
            throw new UsageException(
                    "a backing file and its format go together: -B FILE -F FORMAT");
        }
        if (given.size() != null) {
            throw new UsageException("-o size: the disk has the source's size");
        }
        CreateOptions options = given.options();
        return new CreateOptions(backing, format, options.options(), options.encoding());
    }

    private static void checkOptions(Invocation invocation) {
        boolean hasBacking =
                invocation.has(BACKING) || TargetOptions.given(invocation).backingFile() != null;
        if (invocation.has(TARGET_IS_ZERO) && !invocation.has(EXISTING)) {
            throw new UsageException("--target-is-zero is for -n");
        }
        if (invocation.has(DIGEST) && (invocation.has(EXISTING) || hasBacking)) {
            throw new UsageException("--digest excludes -n and -B");
        }
        if (invocation.has(EXISTING) && hasBacking) {
            throw new UsageException("-n excludes -B: the target has its backing file");
        }
        String sparse = invocation.value(SPARSE);
        if (sparse != null && ByteSizes.parseOffset(sparse, SPARSE) == 0) {
            throw new UsageException(
                    "-S 0 is refused: -o preallocation=full makes a target that is fully"
                            + " allocated");
        }
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        checkOptions(invocation);
        Path source = Path.of(invocation.argument(0));
        Path target = invocation.target(1);
        ConvertRequest request =
                ConvertRequest.of(source, target, targetFormat(invocation, target))
                        .withExisting(
                                invocation.has(EXISTING) ? Existing.WRITTEN : Existing.REPLACED)
                        .withInput(Streams.input(source, invocation))
                        .withSourceFormat(invocation.value(FORMAT))
                        .withSnapshot(SnapshotOptions.snapshot(invocation))
                        .withMember(MemberOptions.member(invocation))
                        .withGate(ReferenceOptions.gate(invocation))
                        .withOptions(createOptions(invocation))
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
        if (result.targetBytes() > result.sourceBytes() && !invocation.has(EXISTING)) {
            Warnings.padded(invocation, target, result.sourceBytes(), result.targetBytes());
        }
        if (result.digest() != null) {
            invocation.print(result.digest().hex());
        }
        return DONE;
    }
}

package dev.quarry.cli.command;

import dev.quarry.DiskImages.Shrinking;
import dev.quarry.cli.frame.ByteSizes;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.ProgressOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.cli.frame.UsageException;
import dev.quarry.storage.Preallocation;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.ParserSpec;

import java.io.IOException;
import java.util.List;
import java.util.function.LongUnaryOperator;

/** {@code quarry resize}: another size for a disk, in place, with qemu-img's letters. */
public final class ResizeCommand implements Subcommand {

    private static final String PREALLOCATION = "--preallocation";
    private static final String SHRINK = "--shrink";

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "resize",
                                "Changes the size of the disk in a raw or qcow2 image, in place.",
                                "quarry resize disk.qcow2 +10G",
                                "quarry resize --shrink disk.qcow2 5G")
                        .addPositional(
                                Specs.argument(0, "IMAGE").description("The image file.").build())
                        .addPositional(
                                Specs.argument(1, "SIZE")
                                        .description(
                                                "The new size; with + or - before it, how much"
                                                        + " larger or smaller.")
                                        .build());
        // A size may begin with a minus sign.
        spec.parser(new ParserSpec().unmatchedOptionsArePositionalParams(true));
        QemuOptions.addFormat(spec);
        spec.addOption(
                        Specs.option("HOW", PREALLOCATION)
                                .completionCandidates(List.of("off", "metadata", "falloc", "full"))
                                .description(
                                        "What is done for the new part: off, metadata (qcow2),"
                                                + " falloc or full.")
                                .build())
                .addOption(
                        Specs.flag(SHRINK)
                                .description("Let the disk become smaller, and lose its end.")
                                .build());
        ReferenceOptions.addTo(spec);
        QemuOptions.addQuiet(spec);
        return ProgressOptions.addTo(spec);
    }

    @Override
    public int usageExitCode() {
        return FAILED;
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        String file = invocation.argument(0);
        invocation.workingOn(file);
        QemuOptions.images()
                .resize(
                        QemuOptions.image(invocation, file, ReferenceOptions.gate(invocation)),
                        size(invocation.argument(1)),
                        invocation.has(SHRINK) ? Shrinking.ALLOWED : Shrinking.REFUSED,
                        preallocation(invocation.value(PREALLOCATION, "off")),
                        invocation.progress("resize"),
                        invocation.cancel());
        if (!invocation.has(QemuOptions.QUIET)) {
            invocation.print("Image resized.");
        }
        return DONE;
    }

    private static LongUnaryOperator size(String text) {
        char sign = text.isEmpty() ? ' ' : text.charAt(0);
        boolean relative = sign == '+' || sign == '-';
        long bytes = ByteSizes.parseOffset(relative ? text.substring(1) : text, "SIZE");
        return before -> {
            long after = !relative ? bytes : sign == '+' ? before + bytes : before - bytes;
            if (after < 0) {
                throw new UsageException("the disk has " + before + " bytes only");
            }
            return after;
        };
    }

    private static Preallocation preallocation(String value) {
        return switch (value) {
            case "off" -> Preallocation.OFF;
            case "metadata" -> Preallocation.METADATA;
            case "falloc" -> Preallocation.FALLOC;
            case "full" -> Preallocation.FULL;
            default ->
                    throw new UsageException(
                            PREALLOCATION
                                    + " is one of off, metadata, falloc and full, not '"
                                    + value
                                    + "'");
        };
    }
}

package dev.quarry.cli.command;

import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.ProgressOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.image.ReferenceGate;
import dev.quarry.job.CancelledException;
import dev.quarry.job.ProgressListener;
import dev.quarry.operation.Comparison;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** {@code quarry compare}: whether two images hold the same disk, with qemu-img's exit codes. */
public final class CompareCommand implements Subcommand {

    private static final String SECOND_FORMAT = "-F";
    private static final String STRICT = "-s";
    private static final int DIFFERENT = 1;
    private static final int NOT_COMPARED = 2;

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "compare",
                                "Compares the disks of two images, of any formats. A longer disk"
                                        + " is equal if the rest of it is zeros.",
                                "quarry compare disk.raw disk.qcow2")
                        .addPositional(
                                Specs.argument(0, "IMAGE").description("The first image.").build())
                        .addPositional(
                                Specs.argument(1, "OTHER")
                                        .description("The second image.")
                                        .build());
        QemuOptions.addFormat(spec);
        spec.addOption(
                        Specs.option("FORMAT", SECOND_FORMAT)
                                .description("Format of the second image.")
                                .build())
                .addOption(
                        Specs.flag(STRICT)
                                .description("Sizes and allocation must be the same, too.")
                                .build());
        ReferenceOptions.addTo(spec);
        QemuOptions.addQuiet(spec);
        QemuOptions.addSourceCache(spec);
        QemuOptions.addShare(spec);
        QemuOptions.addProgress(spec);
        ProgressOptions.addTo(spec);
        Map<String, String> codes = new LinkedHashMap<>();
        codes.put("0", "The disks are the same.");
        codes.put("1", "They differ, or the arguments do not fit.");
        codes.put("2", "They could not be compared.");
        spec.usageMessage().exitCodeListHeading("%nExit codes:%n");
        spec.usageMessage().exitCodeList(codes);
        return spec;
    }

    /** As qemu-img exits, though 1 says that disks differ, too. */
    @Override
    public int usageExitCode() {
        return FAILED;
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        try {
            return compare(invocation);
        } catch (CancelledException e) {
            throw e;
        } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
            invocation.messages().error(invocation.failure(e));
            return NOT_COMPARED;
        }
    }

    private static int compare(Invocation invocation) throws IOException {
        ReferenceGate gate = ReferenceOptions.gate(invocation);
        String one = invocation.argument(0);
        String other = invocation.argument(1);
        ProgressListener progress =
                invocation.has(QemuOptions.PROGRESS)
                        ? invocation.progressBar("compare")
                        : invocation.progress("compare");
        Comparison.Result result =
                QemuOptions.images()
                        .compare(
                                QemuOptions.image(invocation, one, gate),
                                QemuOptions.image(other, invocation.value(SECOND_FORMAT), gate),
                                invocation.has(STRICT)
                                        ? Comparison.Strictness.ALLOCATION
                                        : Comparison.Strictness.CONTENT,
                                progress,
                                invocation.cancel());
        if (!invocation.has(QemuOptions.QUIET)) {
            say(invocation, result);
        }
        return result.outcome() == Comparison.Outcome.IDENTICAL ? DONE : DIFFERENT;
    }

    private static void say(Invocation invocation, Comparison.Result result) {
        switch (result.outcome()) {
            case IDENTICAL, CONTENT -> {
                // As there: it is looked at when what both have is the same.
                boolean identical = result.outcome() == Comparison.Outcome.IDENTICAL;
                if (result.size() > result.commonSize()
                        && (identical || result.offset() >= result.commonSize())) {
                    invocation.print("Warning: Image size mismatch!");
                }
                invocation.print(
                        identical
                                ? "Images are identical."
                                : "Content mismatch at offset " + result.offset() + "!");
            }
            case SIZE -> invocation.print("Strict mode: Image size mismatch!");
            case ALLOCATION ->
                    invocation.print(
                            "Strict mode: Offset " + result.offset() + " block status mismatch!");
        }
    }
}

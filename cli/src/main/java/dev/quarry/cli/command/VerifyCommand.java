package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.RepairReport;
import dev.quarry.RepairRequest;
import dev.quarry.VerifyReport;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.OutputOptions;
import dev.quarry.cli.frame.ProgressOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.cli.frame.UsageException;
import dev.quarry.store.VerifyDepth;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** {@code quarry verify}: whether the store is as it was written. */
public final class VerifyCommand implements Subcommand {

    private static final String QUICK = "--quick";
    private static final String PERCENT = "--percent";
    private static final String REPAIR = "--repair";
    private static final String HEAL_FROM = "--heal-from";
    private static final String FROM = "--from";

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "verify",
                                "Checks that the store is as it was written, and names the images"
                                        + " and snapshots that lost something, with the guest bytes"
                                        + " that are gone. Reads everything unless told otherwise."
                                        + " Exits with 1 if anything is damaged.",
                                "quarry verify --percent 5",
                                "quarry verify --quick --json",
                                "quarry verify --repair --from debian.qcow2")
                        .addOption(
                                Specs.flag(QUICK)
                                        .description(
                                                "Check the metadata alone: tables, index, trees of"
                                                        + " snapshots and documents.")
                                        .build())
                        .addOption(
                                Specs.option("N", PERCENT)
                                        .description(
                                                "Check the metadata, and decode and hash so many"
                                                        + " percent of the data, others each time.")
                                        .build());
        spec.addOption(
                        Specs.flag(REPAIR)
                                .description(
                                        "Check everything, take what is damaged out of use, and"
                                                + " bring back what was lost from where --heal-from"
                                                + " and --from say.")
                                .build())
                .addOption(
                        Specs.repeatable("DIR", HEAL_FROM)
                                .description("Another store to heal from; may be repeated.")
                                .build())
                .addOption(
                        Specs.repeatable("FILE", FROM)
                                .description(
                                        "An image that was imported, to heal from; may be"
                                                + " repeated.")
                                .build());
        ReferenceOptions.addTo(spec);
        ProgressOptions.addTo(spec);
        return StoreOptions.addTo(OutputOptions.addTo(spec));
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        if (invocation.has(REPAIR)) {
            return repair(invocation);
        }
        if (invocation.has(HEAL_FROM) || invocation.has(FROM)) {
            throw new UsageException(HEAL_FROM + " and " + FROM + " need " + REPAIR);
        }
        VerifyDepth depth = depth(invocation);
        try (Quarry quarry = Stores.open(invocation)) {
            VerifyReport report =
                    quarry.maintenance()
                            .verify(depth, invocation.progress("verify"), invocation.cancel());
            VerifyPrinter.print(invocation, report);
            return report.isSound() ? DONE : FAILED;
        }
    }

    private static int repair(Invocation invocation) throws IOException {
        if (invocation.has(QUICK) || invocation.has(PERCENT)) {
            throw new UsageException(REPAIR + " checks everything");
        }
        RepairRequest request =
                new RepairRequest(
                        paths(invocation.values(HEAL_FROM)),
                        paths(invocation.values(FROM)),
                        ReferenceOptions.gate(invocation));
        try (Quarry quarry = Stores.open(invocation)) {
            RepairReport report =
                    quarry.maintenance()
                            .repair(request, invocation.progress("repair"), invocation.cancel());
            VerifyPrinter.print(invocation, report);
            return report.after().isSound() ? DONE : FAILED;
        }
    }

    private static List<Path> paths(List<String> names) {
        return names.stream().map(Path::of).toList();
    }

    private static VerifyDepth depth(Invocation invocation) {
        String percent = invocation.value(PERCENT);
        if (percent == null) {
            return invocation.has(QUICK) ? VerifyDepth.quick() : VerifyDepth.full();
        }
        if (invocation.has(QUICK)) {
            throw new UsageException(QUICK + " and " + PERCENT + " exclude one another");
        }
        try {
            return VerifyDepth.sample(Double.parseDouble(percent), System.nanoTime());
        } catch (IllegalArgumentException e) {
            throw new UsageException(PERCENT + " is a number from 0 to 100, not '" + percent + "'");
        }
    }
}

package dev.quarry.cli.command;

import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.OutputOptions;
import dev.quarry.cli.frame.ProgressOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.cli.frame.UsageException;
import dev.quarry.image.ReferenceGate;
import dev.quarry.image.SnapshotChange;
import dev.quarry.image.SnapshotInfo;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/** {@code quarry snapshot}: the internal snapshots of an image. */
public final class SnapshotCommand implements Subcommand {

    private static final String LIST = "-l";
    private static final String APPLY = "-a";
    private static final String CREATE = "-c";
    private static final String DELETE = "-d";

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "snapshot",
                                "Lists the internal snapshots of a qcow2 image, or changes them in"
                                        + " place. Those of a store: see snapshots.",
                                "quarry snapshot -l disk.qcow2",
                                "quarry snapshot -c before-upgrade disk.qcow2")
                        .addPositional(
                                Specs.argument(0, "IMAGE").description("The image file.").build())
                        .addOption(
                                Specs.flag(LIST)
                                        .description("List them: what is done unless told.")
                                        .build())
                        .addOption(
                                Specs.option("NAME", CREATE)
                                        .description("Keep the disk as it is now.")
                                        .build())
                        .addOption(
                                Specs.option("NAME|ID", APPLY)
                                        .description("Make the disk what it was.")
                                        .build())
                        .addOption(
                                Specs.option("NAME", DELETE)
                                        .description("Forget the first snapshot of this name.")
                                        .build());
        QemuOptions.addFormat(spec);
        QemuOptions.addQuiet(spec);
        QemuOptions.addShare(spec);
        return ProgressOptions.addTo(OutputOptions.addTo(spec));
    }

    @Override
    public int usageExitCode() {
        return FAILED;
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        String file = invocation.argument(0);
        invocation.workingOn(file);
        SnapshotChange change = change(invocation);
        if (change != null) {
            QemuOptions.images()
                    .changeSnapshots(
                            QemuOptions.image(invocation, file, ReferenceGate.deny()),
                            change,
                            invocation.progress("snapshot"),
                            invocation.cancel());
            return DONE;
        }
        List<SnapshotInfo> snapshots =
                QemuOptions.images()
                        .snapshots(QemuOptions.image(invocation, file, ReferenceGate.deny()));
        if (invocation.json()) {
            invocation.print(Map.of("snapshots", InternalSnapshots.json(snapshots)));
        } else {
            InternalSnapshots.print(invocation, snapshots);
        }
        return DONE;
    }

    private static @Nullable SnapshotChange change(Invocation invocation) {
        String apply = invocation.value(APPLY);
        String create = invocation.value(CREATE);
        String delete = invocation.value(DELETE);
        SnapshotChange change = null;
        int asked = invocation.has(LIST) ? 1 : 0;
        if (apply != null) {
            change = new SnapshotChange.Apply(apply);
            asked++;
        }
        if (create != null) {
            change = new SnapshotChange.Create(create);
            asked++;
        }
        if (delete != null) {
            change = new SnapshotChange.Delete(delete);
            asked++;
        }
        if (asked > 1) {
            throw new UsageException("-l, -a, -c and -d exclude one another");
        }
        return change;
    }
}

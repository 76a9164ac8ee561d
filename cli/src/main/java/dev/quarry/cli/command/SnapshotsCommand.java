package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.OutputOptions;
import dev.quarry.cli.frame.PlainText;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.cli.frame.TextTable;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.util.List;

/** {@code quarry snapshots}: the snapshots that the account may see. */
public final class SnapshotsCommand implements Subcommand {

    @Override
    public CommandSpec describe() {
        return StoreOptions.addTo(
                OutputOptions.addTo(
                        Specs.named(
                                "snapshots", "Lists the snapshots.", "quarry snapshots --json")));
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        try (Quarry quarry = Stores.open(invocation)) {
            List<Snapshot> snapshots = quarry.catalog().snapshots();
            if (invocation.json()) {
                invocation.print(Listing.of("Snapshots", snapshots, quarry.catalog()));
            } else {
                table(snapshots).printTo(invocation);
            }
        }
        return DONE;
    }

    private static TextTable table(List<Snapshot> snapshots) {
        TextTable table = new TextTable("SNAPSHOT", ">SIZE", "STATE", "STARTED", "SOURCE");
        for (Snapshot snapshot : snapshots) {
            String file = snapshot.source().file();
            table.add(
                    snapshot.id(),
                    PlainText.size(snapshot.sizeBytes()),
                    snapshot.state().spelling(),
                    snapshot.startTime().toString(),
                    file == null ? "-" : file);
        }
        return table;
    }
}

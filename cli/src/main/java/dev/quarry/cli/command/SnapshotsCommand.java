package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.catalog.ObjectPage;
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
import java.util.Map;

/** {@code quarry snapshots}: the snapshots that the account may see. */
public final class SnapshotsCommand implements Subcommand {

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                        "snapshots",
                        "Lists the snapshots that the account may see.",
                        "quarry snapshots --owner self --filter 'description=nightly*'");
        QueryOptions.addObjectsTo(spec, "SNAPSHOT");
        return StoreOptions.addTo(OutputOptions.addTo(spec));
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        try (Quarry quarry = Stores.open(invocation)) {
            ObjectPage<Snapshot> page =
                    quarry.catalog().searchSnapshots(QueryOptions.objects(invocation));
            if (invocation.json()) {
                Map<String, Object> json =
                        Listing.of("Snapshots", page.objects(), quarry.catalog());
                if (page.nextToken() != null) {
                    json.put("NextToken", page.nextToken());
                }
                invocation.print(json);
            } else {
                table(page.objects()).printTo(invocation);
                QueryOptions.printToken(invocation, page.nextToken());
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

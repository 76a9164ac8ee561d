package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.catalog.model.Launch;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.OutputOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.cli.frame.TextTable;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.util.List;

/** {@code quarry launches}: the account's launches. */
public final class LaunchesCommand implements Subcommand {

    @Override
    public CommandSpec describe() {
        return StoreOptions.addTo(
                OutputOptions.addTo(
                        Specs.named("launches", "Lists the launches.", "quarry launches --json")));
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        try (Quarry quarry = Stores.open(invocation)) {
            List<Launch> launches = quarry.catalog().launches();
            if (invocation.json()) {
                invocation.print(Listing.of("Instances", launches, quarry.catalog()));
                return DONE;
            }
            TextTable table =
                    new TextTable("LAUNCH", "IMAGE", "STATE", "LAUNCHED", ">DEVICES", "FOLDER");
            for (Launch launch : launches) {
                table.add(
                        launch.id(),
                        launch.imageId(),
                        launch.state().spelling(),
                        launch.launchTime().toString(),
                        Integer.toString(launch.devices().size()),
                        launch.folder());
            }
            table.printTo(invocation);
        }
        return DONE;
    }
}

package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.catalog.model.Attachment;
import dev.quarry.catalog.model.Volume;
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

/** {@code quarry volumes}: the volumes that launches have made. */
public final class VolumesCommand implements Subcommand {

    @Override
    public CommandSpec describe() {
        return StoreOptions.addTo(
                OutputOptions.addTo(
                        Specs.named(
                                "volumes",
                                "Lists the volumes that launches have made.",
                                "quarry volumes --json")));
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        try (Quarry quarry = Stores.open(invocation)) {
            List<Volume> volumes = quarry.catalog().volumes();
            if (invocation.json()) {
                invocation.print(Listing.of("Volumes", volumes, quarry.catalog()));
            } else {
                table(volumes).printTo(invocation);
            }
        }
        return DONE;
    }

    private static TextTable table(List<Volume> volumes) {
        TextTable table =
                new TextTable("VOLUME", ">SIZE", "TYPE", "STATE", "LAUNCH", "DEVICE", "FILE");
        for (Volume volume : volumes) {
            Attachment attachment = volume.attachment();
            table.add(
                    volume.id(),
                    PlainText.size(volume.sizeBytes()),
                    volume.performance().type().spelling(),
                    volume.state().spelling(),
                    attachment == null ? "-" : attachment.launchId(),
                    attachment == null ? "-" : attachment.deviceName(),
                    volume.file().path());
        }
        return table;
    }
}

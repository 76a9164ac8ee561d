package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.catalog.ObjectPage;
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
import java.util.Map;

/** {@code quarry volumes}: the volumes that launches have made. */
public final class VolumesCommand implements Subcommand {

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                        "volumes",
                        "Lists the volumes that launches have made.",
                        "quarry volumes --filter status=available --filter tag:stage=test");
        QueryOptions.addObjectsTo(spec, "VOLUME");
        return StoreOptions.addTo(OutputOptions.addTo(spec));
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        try (Quarry quarry = Stores.open(invocation)) {
            ObjectPage<Volume> page =
                    quarry.catalog().searchVolumes(QueryOptions.objects(invocation));
            if (invocation.json()) {
                Map<String, Object> json = Listing.of("Volumes", page.objects(), quarry.catalog());
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

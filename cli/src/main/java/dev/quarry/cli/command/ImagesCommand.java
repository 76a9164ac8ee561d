package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.SnapshotFacts;
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

/** {@code quarry images}: the machine images that the account may see. */
public final class ImagesCommand implements Subcommand {

    @Override
    public CommandSpec describe() {
        return StoreOptions.addTo(
                OutputOptions.addTo(
                        Specs.named(
                                "images", "Lists the machine images.", "quarry images --json")));
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        try (Quarry quarry = Stores.open(invocation)) {
            List<MachineImage> images = quarry.catalog().images();
            if (invocation.json()) {
                invocation.print(Listing.of("Images", images, quarry.catalog().actor()));
            } else {
                table(images).printTo(invocation);
            }
        }
        return DONE;
    }

    private static TextTable table(List<MachineImage> images) {
        TextTable table =
                new TextTable("IMAGE", "NAME", "STATE", "ARCHITECTURE", "ROOT", ">SIZE", "CREATED");
        for (MachineImage image : images) {
            String root = image.rootSnapshotId();
            SnapshotFacts facts = root == null ? null : image.snapshots().get(root);
            table.add(
                    image.id(),
                    image.name(),
                    image.state().spelling(),
                    image.hardware().architecture().spelling(),
                    root == null ? "-" : root,
                    facts == null ? "-" : PlainText.size(facts.sizeBytes()),
                    image.creationDate().toString());
        }
        return table;
    }
}

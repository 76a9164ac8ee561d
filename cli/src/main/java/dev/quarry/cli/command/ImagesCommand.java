package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.catalog.ImagePage;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.SnapshotFacts;
import dev.quarry.catalog.rule.ImageQuery;
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

/** {@code quarry images}: the machine images that the account may see. */
public final class ImagesCommand implements Subcommand {

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "images",
                                "Lists the machine images that the account may see.",
                                "quarry images --owner self --filter 'name=debian-*' --filter"
                                        + " tag:stage=production")
                        .addPositional(
                                Specs.optionalArguments(0, "IMAGE")
                                        .description("These alone: ami-….")
                                        .build());
        QueryOptions.addPageTo(QueryOptions.addTo(spec));
        return StoreOptions.addTo(OutputOptions.addTo(spec));
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        ImageQuery query =
                QueryOptions.query(invocation)
                        .withImageIds(invocation.optionalArguments(0))
                        .withPage(
                                QueryOptions.maxResults(invocation),
                                invocation.value(QueryOptions.NEXT_TOKEN));
        try (Quarry quarry = Stores.open(invocation)) {
            ImagePage page = quarry.catalog().search(query);
            String token = page.nextToken();
            if (invocation.json()) {
                Map<String, Object> json = Listing.of("Images", page.images(), quarry.catalog());
                if (token != null) {
                    json.put("NextToken", token);
                }
                invocation.print(json);
            } else {
                table(page.images()).printTo(invocation);
                QueryOptions.printToken(invocation, token);
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

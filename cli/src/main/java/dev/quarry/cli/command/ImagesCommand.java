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
import dev.quarry.cli.frame.UsageException;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/** {@code quarry images}: the machine images that the account may see. */
public final class ImagesCommand implements Subcommand {

    private static final String MAX_RESULTS = "--max-results";
    private static final String NEXT_TOKEN = "--next-token";

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
        QueryOptions.addTo(spec);
        spec.addOption(
                        Specs.option("N", MAX_RESULTS)
                                .description("Images of one page: 5 to 1000.")
                                .build())
                .addOption(
                        Specs.option("TOKEN", NEXT_TOKEN)
                                .description(
                                        "The page behind the one that gave this token, for the"
                                                + " same search.")
                                .build());
        return StoreOptions.addTo(OutputOptions.addTo(spec));
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        ImageQuery query =
                QueryOptions.query(invocation)
                        .withImageIds(invocation.optionalArguments(0))
                        .withPage(maxResults(invocation), invocation.value(NEXT_TOKEN));
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
                if (token != null) {
                    invocation.messages().note("there are more: --next-token " + token);
                }
            }
        }
        return DONE;
    }

    private static @Nullable Integer maxResults(Invocation invocation) {
        String text = invocation.value(MAX_RESULTS);
        try {
            return text == null ? null : Integer.valueOf(text);
        } catch (NumberFormatException e) {
            throw new UsageException("--max-results takes a number, not '" + text + "'");
        }
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

package dev.quarry.cli.command;

import dev.quarry.catalog.AccountCatalog;
import dev.quarry.catalog.model.JsonObject;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.Subcommand;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code quarry ancestry}: what an image was made or copied from. */
public final class AncestryCommand {

    private AncestryCommand() {}

    public static Subcommand create() {
        CommandSpec spec =
                Specs.named(
                                "ancestry",
                                "Lists an image, the one that it was made or copied from, and so"
                                        + " on.",
                                "quarry ancestry ami-0123456789abcdef0")
                        .addPositional(
                                Specs.argument(0, "IMAGE")
                                        .description("The image: ami-….")
                                        .build());
        return new ActionCommand(
                spec, (catalog, invocation) -> entries(catalog, invocation.argument(0)));
    }

    private static Map<String, Object> entries(AccountCatalog catalog, String id)
            throws IOException {
        List<Map<String, Object>> entries = new ArrayList<>();
        for (MachineImage image : catalog.ancestry(id)) {
            entries.add(
                    new JsonObject()
                            .put("ImageId", image.id())
                            .put("Name", image.name())
                            .put("CreationDate", image.creationDate())
                            .put("SourceImageId", image.origin().sourceImageId())
                            .put("SourceImageRegion", image.origin().sourceImageRegion())
                            .map());
        }
        return Map.of("ImageAncestryEntries", entries);
    }
}

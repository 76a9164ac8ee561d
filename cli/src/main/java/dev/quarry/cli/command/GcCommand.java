package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.StoreMaintenance;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.OutputOptions;
import dev.quarry.cli.frame.PlainText;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.store.CollectionResult;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** {@code quarry gc}: gives back the space of what no snapshot needs. */
public final class GcCommand implements Subcommand {

    private static final String DRY_RUN = "--dry-run";

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "gc",
                                "Deletes what no snapshot needs any more, and takes it out of files"
                                    + " that stay. Imports and launches go on meanwhile; it waits"
                                    + " for those that began before it, and half a minute for those"
                                    + " whose process died.",
                                "quarry gc --dry-run")
                        .addOption(
                                Specs.flag(DRY_RUN)
                                        .description("Say what would be freed, and delete nothing.")
                                        .build());
        return StoreOptions.addTo(OutputOptions.addTo(spec));
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        boolean dry = invocation.has(DRY_RUN);
        try (Quarry quarry = Stores.open(invocation)) {
            StoreMaintenance maintenance = quarry.maintenance();
            CollectionResult result =
                    dry ? maintenance.collectDry() : maintenance.collect(invocation.cancel());
            if (invocation.json()) {
                invocation.print(json(result));
            } else {
                human(invocation, result, dry);
            }
        }
        return DONE;
    }

    private static Map<String, Object> json(CollectionResult result) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("Packs", result.packs());
        json.put("PackBytes", result.packBytes());
        json.put("DeletedPacks", result.deletedPacks());
        json.put("DeletedBytes", result.deletedBytes());
        json.put("TrimmedPacks", result.trimmedPacks());
        json.put("TrimmedBytes", result.trimmedBytes());
        json.put("WrittenBytes", result.writtenBytes());
        json.put("FreedBytes", result.freedBytes());
        json.put("KeptPacks", result.keptPacks());
        json.put("DeletedBases", result.deletedBases());
        json.put("BaseBytes", result.baseBytes());
        return json;
    }

    private static void human(Invocation invocation, CollectionResult result, boolean dry) {
        invocation.print(
                (dry ? "would free " : "freed ")
                        + PlainText.size(result.freedBytes())
                        + " of "
                        + PlainText.size(result.packBytes() + result.baseBytes())
                        + ": "
                        + result.deletedPacks()
                        + " of "
                        + result.packs()
                        + (result.packs() == 1 ? " pack" : " packs")
                        + (dry ? " would go, " : " gone, ")
                        + (result.trimmedPacks() == 0
                                ? ""
                                : result.trimmedPacks()
                                        + (dry ? " would be trimmed, " : " trimmed, "))
                        + PlainText.size(result.writtenBytes())
                        + (dry ? " would be written anew" : " written anew")
                        + (result.deletedBases() == 0
                                ? ""
                                : ", and "
                                        + result.deletedBases()
                                        + (result.deletedBases() == 1 ? " base" : " bases")
                                        + " that no overlay stands on"));
        if (result.keptPacks() > 0) {
            invocation
                    .messages()
                    .warn(result.keptPacks() + " damaged packs were kept: run quarry verify");
        }
    }
}

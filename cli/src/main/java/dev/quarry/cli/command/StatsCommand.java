package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.StoreStatistics;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.OutputOptions;
import dev.quarry.cli.frame.PlainText;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.cli.frame.TextTable;
import dev.quarry.snapshot.UsageCounter;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code quarry stats}: what each image takes in the store, and shares. */
public final class StatsCommand implements Subcommand {

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "stats",
                                "Counts what each image and each snapshot takes in the store: its"
                                        + " disks' sizes, the data in them, what is stored for it,"
                                        + " and what of that it shares with others of its kind or"
                                        + " has to itself. Of images that are named, says what"
                                        + " deregistering each with its snapshots, and then gc,"
                                        + " would free.",
                                "quarry stats --json",
                                "quarry stats ami-0123456789abcdef0")
                        .addPositional(
                                Specs.optionalArguments(0, "IMAGE")
                                        .description("Images of the account: ami-….")
                                        .build());
        return StoreOptions.addTo(OutputOptions.addTo(spec));
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        try (Quarry quarry = Stores.open(invocation)) {
            List<String> named = invocation.optionalArguments(0);
            if (!named.isEmpty()) {
                freed(invocation, quarry, named);
                return DONE;
            }
            StoreStatistics statistics = quarry.statistics();
            if (invocation.json()) {
                invocation.print(json(statistics));
            } else {
                human(invocation, statistics);
            }
        }
        return DONE;
    }

    private static void freed(Invocation invocation, Quarry quarry, List<String> images)
            throws IOException {
        List<Map<String, Object>> list = new ArrayList<>();
        TextTable table = new TextTable("ID", ">FREED");
        quarry.accounting()
                .freedBy(images)
                .forEach((image, bytes) -> {
                    Map<String, Object> json = new LinkedHashMap<>();
                    json.put("ImageId", image);
                    json.put("FreedBytes", bytes);
                    list.add(json);
                    table.add(image, PlainText.size(bytes));
                });
        if (invocation.json()) {
            invocation.print(Map.of("Images", list));
        } else {
            table.printTo(invocation);
        }
    }

    private static Map<String, Object> json(StoreStatistics statistics) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("Images", json("ImageId", statistics.images()));
        json.put("Snapshots", json("SnapshotId", statistics.snapshots()));
        Map<String, Object> store = new LinkedHashMap<>();
        store.put("LogicalBytes", statistics.logicalBytes());
        store.put("Packs", statistics.packs());
        store.put("PackBytes", statistics.packBytes());
        json.put("Store", store);
        return json;
    }

    private static List<Map<String, Object>> json(String idField, List<UsageCounter.Usage> usages) {
        List<Map<String, Object>> list = new ArrayList<>();
        for (UsageCounter.Usage usage : usages) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put(idField, usage.name());
            json.put("LogicalBytes", usage.logicalBytes());
            json.put("DataBytes", usage.dataBytes());
            json.put("UniqueBytes", usage.uniqueBytes());
            json.put("StoredBytes", usage.storedBytes());
            json.put("SharedBytes", usage.sharedBytes());
            json.put("ExclusiveBytes", usage.exclusiveBytes());
            list.add(json);
        }
        return list;
    }

    private static void human(Invocation invocation, StoreStatistics statistics) {
        TextTable table =
                new TextTable("ID", ">LOGICAL", ">DATA", ">STORED", ">SHARED", ">EXCLUSIVE");
        for (UsageCounter.Usage usage : statistics.images()) {
            add(table, usage);
        }
        for (UsageCounter.Usage usage : statistics.snapshots()) {
            add(table, usage);
        }
        table.printTo(invocation);
        invocation.print(
                "store: "
                        + PlainText.size(statistics.packBytes())
                        + " in "
                        + statistics.packs()
                        + (statistics.packs() == 1 ? " pack" : " packs")
                        + ", for disks of "
                        + PlainText.size(statistics.logicalBytes()));
    }

    private static void add(TextTable table, UsageCounter.Usage usage) {
        table.add(
                usage.name(),
                PlainText.size(usage.logicalBytes()),
                PlainText.size(usage.dataBytes()),
                PlainText.size(usage.storedBytes()),
                PlainText.size(usage.sharedBytes()),
                PlainText.size(usage.exclusiveBytes()));
    }
}

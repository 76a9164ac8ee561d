package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.StoreAddition;
import dev.quarry.chunk.ChunkAnalyzer;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.OutputOptions;
import dev.quarry.cli.frame.PlainText;
import dev.quarry.cli.frame.ProgressOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.cli.frame.TextTable;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code quarry analyze}: what a store would save, before importing. */
public final class AnalyzeCommand implements Subcommand {

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "analyze",
                                "Says what a store would keep of disk images at several chunk"
                                        + " sizes; or, with --store, what importing them would add"
                                        + " to that one. Nothing is changed. Stored sizes are"
                                        + " estimates; all else is exact, without --store up to"
                                        + " half a million chunks, and within half a percent"
                                        + " beyond.",
                                "quarry analyze web.qcow2 db.qcow2",
                                "quarry analyze --store /var/lib/images web.qcow2")
                        .addPositional(
                                Specs.arguments(0, "FILE").description("The image files.").build());
        ReferenceOptions.addTo(spec);
        ProgressOptions.addTo(spec);
        return StoreOptions.addTo(
                OutputOptions.addTo(spec),
                "Say what importing them would add to this store. Without, no store is used.");
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        List<Path> files = new ArrayList<>();
        for (String file : invocation.arguments(0)) {
            files.add(Path.of(file));
        }
        if (invocation.namesStore()) {
            addition(invocation, files);
            return DONE;
        }
        ChunkAnalyzer analyzer =
                Quarry.analyze(
                        files,
                        ReferenceOptions.gate(invocation),
                        invocation.progress("analyze"),
                        invocation.cancel());
        if (invocation.json()) {
            invocation.print(json(analyzer));
        } else {
            human(invocation, analyzer);
        }
        return DONE;
    }

    private static void addition(Invocation invocation, List<Path> files) throws IOException {
        StoreAddition addition;
        try (Quarry quarry = Stores.open(invocation)) {
            addition =
                    quarry.accounting()
                            .additionOf(
                                    files,
                                    ReferenceOptions.gate(invocation),
                                    invocation.progress("analyze"),
                                    invocation.cancel());
        }
        if (invocation.json()) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("DiskBytes", addition.diskBytes());
            json.put("DataBytes", addition.dataBytes());
            json.put("NewChunks", addition.chunks());
            json.put("NewChunkBytes", addition.chunkBytes());
            json.put("NewNodes", addition.nodes());
            json.put("NewBytes", addition.newBytes());
            json.put("EstimatedStoredBytes", addition.storedBytes());
            invocation.print(json);
            return;
        }
        invocation.print(
                "disks: "
                        + PlainText.size(addition.diskBytes())
                        + ", "
                        + PlainText.size(addition.dataBytes())
                        + " of it data");
        invocation.print(
                "new to the store: "
                        + addition.chunks()
                        + (addition.chunks() == 1 ? " chunk" : " chunks")
                        + " of "
                        + PlainText.size(addition.chunkBytes())
                        + ", stored in about "
                        + PlainText.size(addition.storedBytes()));
    }

    private static Map<String, Object> json(ChunkAnalyzer analyzer) {
        List<Map<String, Object>> estimates = new ArrayList<>();
        for (ChunkAnalyzer.Estimate estimate : analyzer.estimates()) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("AverageChunkBytes", estimate.cutter().averageBytes());
            json.put("MaximumChunkBytes", estimate.cutter().maximumBytes());
            json.put("Chunks", estimate.chunks());
            json.put("UniqueBytes", estimate.uniqueBytes());
            json.put("StoredBytes", estimate.storedBytes());
            estimates.add(json);
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("DiskBytes", analyzer.diskBytes());
        json.put("DataBytes", analyzer.dataBytes());
        json.put("Estimates", estimates);
        return json;
    }

    private static void human(Invocation invocation, ChunkAnalyzer analyzer) {
        invocation.print(
                "disks: "
                        + PlainText.size(analyzer.diskBytes())
                        + ", "
                        + PlainText.size(analyzer.dataBytes())
                        + " of it data");
        TextTable table = new TextTable(">CHUNK", ">CHUNKS", ">UNIQUE", ">RATIO", ">STORED");
        for (ChunkAnalyzer.Estimate estimate : analyzer.estimates()) {
            table.add(
                    PlainText.size(estimate.cutter().averageBytes()),
                    Long.toString(estimate.chunks()),
                    PlainText.size(estimate.uniqueBytes()),
                    estimate.uniqueBytes() == 0
                            ? "-"
                            : PlainText.significant(
                                    (double) analyzer.dataBytes() / estimate.uniqueBytes()),
                    PlainText.size(estimate.storedBytes()));
        }
        table.printTo(invocation);
    }
}

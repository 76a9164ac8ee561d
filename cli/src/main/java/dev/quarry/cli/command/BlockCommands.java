package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.SnapshotBlocks;
import dev.quarry.catalog.Uploads;
import dev.quarry.catalog.model.Gibibytes;
import dev.quarry.catalog.model.JsonObject;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.rule.BlockRules;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.OutputOptions;
import dev.quarry.cli.frame.ProgressOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.cli.frame.UsageException;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The subcommands of snapshots as blocks of 512 KiB. */
public final class BlockCommands {

    private static final String SIZE = "--volume-size";
    private static final String PARENT = "--parent-snapshot-id";
    private static final String ENCRYPTED = "--encrypted";
    private static final String KEY = "--kms-key-arn";
    private static final String TIMEOUT = "--timeout";
    private static final String DESCRIPTION = "--description";
    private static final String TOKEN = "--client-token";
    private static final String INDEX = "--block-index";
    private static final String CHECKSUM = "--checksum";
    private static final String COUNT = "--changed-blocks-count";
    private static final String BLOCK_TOKEN = "--block-token";
    private static final String FIRST = "--first-snapshot-id";
    private static final String START = "--starting-block-index";
    private static final String MAX_RESULTS = "--max-results";
    private static final String NEXT_TOKEN = "--next-token";

    private static final String BLOCK_INDEX = "BlockIndex";
    private static final List<String> BLOCK = List.of(BLOCK_INDEX, "BlockToken");
    private static final List<String> CHANGED_BLOCK =
            List.of(BLOCK_INDEX, "FirstBlockToken", "SecondBlockToken");

    private BlockCommands() {}

    /** A call of the block API. */
    @FunctionalInterface
    private interface Call {
        /**
         * @return EC2's answer
         */
        Map<String, Object> run(Quarry quarry, Invocation invocation) throws IOException;
    }

    private record BlockCommand(CommandSpec spec, Call call) implements Subcommand {

        BlockCommand {
            StoreOptions.addTo(OutputOptions.addTo(spec));
        }

        @Override
        public CommandSpec describe() {
            return spec;
        }

        @Override
        public int run(Invocation invocation) throws IOException {
            try (Quarry quarry = Stores.open(invocation)) {
                Map<String, Object> answer = call.run(quarry, invocation);
                if (invocation.json()) {
                    invocation.print(answer);
                } else {
                    print(answer, invocation);
                }
            }
            return DONE;
        }

        /**
         * A list of blocks is a line for each: index and tokens, - for none; other answers are
         * facts.
         */
        private static void print(Map<String, Object> answer, Invocation invocation) {
            for (String name : List.of("Blocks", "ChangedBlocks")) {
                if (answer.get(name) instanceof List<?> blocks) {
                    for (Object block : blocks) {
                        List<String> words = new ArrayList<>();
                        for (String column : name.equals("Blocks") ? BLOCK : CHANGED_BLOCK) {
                            Object value = ((Map<?, ?>) block).get(column);
                            words.add(value == null ? "-" : value.toString());
                        }
                        invocation.print(String.join(" ", words));
                    }
                    if (answer.get("NextToken") instanceof String token) {
                        invocation.messages().note("more follow: --next-token " + token);
                    }
                    return;
                }
            }
            if (answer.get("SnapshotId") instanceof String id) {
                invocation.print(id);
            } else {
                answer.values().forEach(value -> invocation.print(String.valueOf(value)));
            }
        }
    }

    /** The subcommand of that name. */
    public static Subcommand create(String name) {
        return switch (name) {
            case "start-snapshot" -> start();
            case "put-snapshot-block" -> put();
            case "complete-snapshot" -> complete();
            case "list-snapshot-blocks" -> list();
            case "list-changed-blocks" -> changed();
            case "get-snapshot-block" -> get();
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static CommandSpec onSnapshot(String name, String summary, String example) {
        return Specs.named(name, summary, example)
                .addPositional(
                        Specs.argument(0, "SNAPSHOT").description("The snapshot: snap-….").build());
    }

    private static Subcommand start() {
        CommandSpec spec =
                Specs.named(
                                "start-snapshot",
                                "Begins a snapshot that is then written block by block. Prints its"
                                        + " id. It is pending until complete-snapshot.",
                                "quarry start-snapshot --volume-size 8",
                                "quarry start-snapshot --volume-size 8 --parent-snapshot-id"
                                        + " snap-0123456789abcdef0")
                        .addOption(
                                Specs.option("GIB", SIZE)
                                        .required(true)
                                        .description("Size of the volume: 1 to 65536.")
                                        .build())
                        .addOption(
                                Specs.option("SNAPSHOT", PARENT)
                                        .description("What it begins as. Default: zeros.")
                                        .build())
                        .addOption(
                                Specs.flag(ENCRYPTED)
                                        .description("Record it as encrypted; without a parent.")
                                        .build())
                        .addOption(
                                Specs.option("KEY", KEY)
                                        .description("With --encrypted: the key's name.")
                                        .build())
                        .addOption(
                                Specs.option("MINUTES", TIMEOUT)
                                        .description(
                                                "It fails when no block came for so long: 10 to"
                                                        + " 4320. Default: 60.")
                                        .build())
                        .addOption(
                                Specs.option("TEXT", DESCRIPTION)
                                        .description("Description, for people.")
                                        .build())
                        .addOption(
                                Specs.option("TOKEN", TOKEN)
                                        .description(
                                                "Asking again with the same token gives the same"
                                                        + " snapshot.")
                                        .build());
        TagOptions.addTo(spec);
        return new BlockCommand(
                spec,
                (quarry, invocation) -> {
                    int timeout = number(invocation, TIMEOUT, BlockRules.TIMEOUT_MINUTES_DEFAULT);
                    Snapshot snapshot =
                            quarry.blocks()
                                    .start(
                                            Uploads.Start.of(number(invocation, SIZE, 0))
                                                    .withParent(invocation.value(PARENT))
                                                    .withEncryption(
                                                            invocation.has(ENCRYPTED)
                                                                    ? Boolean.TRUE
                                                                    : null,
                                                            invocation.value(KEY))
                                                    .withTimeoutMinutes(timeout)
                                                    .withDescription(invocation.value(DESCRIPTION))
                                                    .withClientToken(invocation.value(TOKEN))
                                                    .withTags(TagOptions.tags(invocation)));
                    return new JsonObject()
                            .put("SnapshotId", snapshot.id())
                            .put("OwnerId", snapshot.ownerId())
                            .put("Status", snapshot.state())
                            .put("StartTime", snapshot.startTime())
                            .put("VolumeSize", Gibibytes.roundedUp(snapshot.sizeBytes()))
                            .put("BlockSize", BlockRules.BLOCK_BYTES)
                            .put("ParentSnapshotId", snapshot.source().snapshotId())
                            .map();
                });
    }

    private static Subcommand put() {
        CommandSpec spec =
                onSnapshot(
                                "put-snapshot-block",
                                "Puts a block of a pending snapshot; the last one of an index"
                                        + " counts. Prints its checksum.",
                                "quarry put-snapshot-block snap-0123456789abcdef0 block.bin"
                                        + " --block-index 7 --checksum \"$(openssl dgst -sha256"
                                        + " -binary block.bin | base64)\"")
                        .addPositional(
                                Specs.argument(1, "FILE")
                                        .description("Exactly 524288 bytes.")
                                        .build())
                        .addOption(
                                Specs.option("N", INDEX)
                                        .required(true)
                                        .description("Its offset in 512 KiB.")
                                        .build())
                        .addOption(
                                Specs.option("SHA256", CHECKSUM)
                                        .required(true)
                                        .description("Its SHA256 in base64.")
                                        .build());
        return new BlockCommand(
                spec,
                (quarry, invocation) -> {
                    String checksum =
                            quarry.blocks()
                                    .put(
                                            invocation.argument(0),
                                            number(invocation, INDEX, 0),
                                            block(Path.of(invocation.argument(1))),
                                            invocation.value(CHECKSUM));
                    return new JsonObject()
                            .put("Checksum", checksum)
                            .put("ChecksumAlgorithm", "SHA256")
                            .map();
                });
    }

    /** One byte more than a block has, at most: what is longer is refused, not read. */
    private static byte[] block(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(BlockRules.BLOCK_BYTES + 1);
        }
    }

    private static Subcommand complete() {
        CommandSpec spec =
                onSnapshot(
                                "complete-snapshot",
                                "Completes a snapshot: the blocks that were put, over its parent"
                                        + " or zeros.",
                                "quarry complete-snapshot snap-0123456789abcdef0"
                                        + " --changed-blocks-count 3")
                        .addOption(
                                Specs.option("N", COUNT)
                                        .required(true)
                                        .description("How many blocks were put.")
                                        .build())
                        .addOption(
                                Specs.option("SHA256", CHECKSUM)
                                        .description(
                                                "SHA256, in base64, over the blocks' digests in the"
                                                        + " order of their indexes.")
                                        .build());
        ProgressOptions.addTo(spec);
        return new BlockCommand(
                spec,
                (quarry, invocation) -> {
                    Snapshot snapshot =
                            quarry.blocks()
                                    .complete(
                                            invocation.argument(0),
                                            number(invocation, COUNT, 0),
                                            invocation.value(CHECKSUM),
                                            invocation.progress("complete"),
                                            invocation.cancel());
                    return new JsonObject().put("Status", snapshot.state()).map();
                });
    }

    private static CommandSpec withPages(CommandSpec spec) {
        return spec.addOption(
                        Specs.option("N", START)
                                .description("The first index that is wanted.")
                                .build())
                .addOption(
                        Specs.option("N", MAX_RESULTS)
                                .description("Blocks of one page: 100 to 10000.")
                                .build())
                .addOption(
                        Specs.option("TOKEN", NEXT_TOKEN)
                                .description(
                                        "The page behind the one that gave this token, for the same"
                                                + " list.")
                                .build());
    }

    private static @Nullable Integer results(Invocation invocation) {
        return invocation.value(MAX_RESULTS) == null ? null : number(invocation, MAX_RESULTS, 0);
    }

    private static Subcommand list() {
        return new BlockCommand(
                withPages(
                        onSnapshot(
                                "list-snapshot-blocks",
                                "Lists the blocks of a snapshot that are not zeros, each with the"
                                        + " token that reads it.",
                                "quarry list-snapshot-blocks snap-0123456789abcdef0")),
                (quarry, invocation) -> {
                    SnapshotBlocks blocks = quarry.blocks();
                    SnapshotBlocks.Page page =
                            blocks.list(
                                    invocation.argument(0),
                                    number(invocation, START, 0),
                                    results(invocation),
                                    invocation.value(NEXT_TOKEN));
                    return answer("Blocks", blocks, page, BLOCK);
                });
    }

    private static Subcommand changed() {
        CommandSpec spec =
                onSnapshot(
                                "list-changed-blocks",
                                "Lists the blocks in which a snapshot differs from an older one of"
                                        + " its lineage.",
                                "quarry list-changed-blocks snap-0123456789abcdef0"
                                        + " --first-snapshot-id snap-0fedcba9876543210")
                        .addOption(
                                Specs.option("SNAPSHOT", FIRST)
                                        .description("The older one. Default: zeros.")
                                        .build());
        return new BlockCommand(
                withPages(spec),
                (quarry, invocation) -> {
                    SnapshotBlocks blocks = quarry.blocks();
                    SnapshotBlocks.Page page =
                            blocks.changed(
                                    invocation.value(FIRST),
                                    invocation.argument(0),
                                    number(invocation, START, 0),
                                    results(invocation),
                                    invocation.value(NEXT_TOKEN));
                    return answer("ChangedBlocks", blocks, page, CHANGED_BLOCK);
                });
    }

    private static Map<String, Object> answer(
            String name, SnapshotBlocks blocks, SnapshotBlocks.Page page, List<String> columns) {
        List<Map<String, Object>> list = new ArrayList<>();
        for (long index : page.indexes()) {
            JsonObject block = new JsonObject().put(BLOCK_INDEX, index);
            for (int i = 1; i < columns.size(); i++) {
                Snapshot snapshot = page.snapshots().get(i - 1);
                block.put(columns.get(i), snapshot == null ? null : blocks.token(snapshot, index));
            }
            list.add(block.map());
        }
        Snapshot last = page.snapshots().getLast();
        return new JsonObject()
                .put(name, list)
                .put("ExpiryTime", page.expiry())
                .put("VolumeSize", last == null ? null : Gibibytes.roundedUp(last.sizeBytes()))
                .put("BlockSize", BlockRules.BLOCK_BYTES)
                .put("NextToken", page.nextToken())
                .map();
    }

    private static Subcommand get() {
        CommandSpec spec =
                onSnapshot(
                                "get-snapshot-block",
                                "Reads a block of a snapshot into a file. Prints its checksum.",
                                "quarry get-snapshot-block snap-0123456789abcdef0 block.bin"
                                        + " --block-index 7 --block-token blk.…")
                        .addPositional(
                                Specs.argument(1, "FILE").description("For the block.").build())
                        .addOption(
                                Specs.option("N", INDEX)
                                        .required(true)
                                        .description("Its offset in 512 KiB.")
                                        .build())
                        .addOption(
                                Specs.option("TOKEN", BLOCK_TOKEN)
                                        .required(true)
                                        .description("From a list.")
                                        .build());
        return new BlockCommand(
                spec,
                (quarry, invocation) -> {
                    byte[] data =
                            quarry.blocks()
                                    .get(
                                            invocation.argument(0),
                                            number(invocation, INDEX, 0),
                                            invocation.value(BLOCK_TOKEN, ""));
                    Files.write(Path.of(invocation.argument(1)), data);
                    return new JsonObject()
                            .put("DataLength", data.length)
                            .put("Checksum", BlockRules.checksum(data))
                            .put("ChecksumAlgorithm", "SHA256")
                            .map();
                });
    }

    private static int number(Invocation invocation, String option, int otherwise) {
        String text = invocation.value(option);
        try {
            return text == null ? otherwise : Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new UsageException(option + " takes a number, not '" + text + "'");
        }
    }
}

package dev.quarry.cli.command;

import dev.quarry.ArchiveResult;
import dev.quarry.Quarry;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.OutputOptions;
import dev.quarry.cli.frame.PlainText;
import dev.quarry.cli.frame.ProgressOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.cli.frame.UsageException;
import dev.quarry.image.stream.ForwardInput;
import dev.quarry.storage.FileStorage;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** {@code quarry archive} and {@code quarry unarchive}: one file, to be carried by hand. */
public final class ArchiveCommands {

    private static final String NAME = "--name";

    private ArchiveCommands() {}

    public static Subcommand create(String name) {
        return name.equals("archive") ? new Archive() : new Unarchive();
    }

    private static final class Archive implements Subcommand {
        @Override
        public CommandSpec describe() {
            CommandSpec spec =
                    Specs.named(
                                    "archive",
                                    "Writes an image with its snapshots, or a snapshot, into one"
                                            + " file that unarchive takes into another store. The"
                                            + " file is not encrypted, whatever the store is.",
                                    "quarry archive ami-0123456789abcdef0 web.quarry")
                            .addPositional(
                                    Specs.argument(0, "ID").description("ami-… or snap-….").build())
                            .addPositional(
                                    Specs.argument(1, "FILE")
                                            .description("Replaced when the archive is complete.")
                                            .build());
            ProgressOptions.addTo(spec);
            return StoreOptions.addTo(spec);
        }

        @Override
        public int run(Invocation invocation) throws IOException {
            Path file = Path.of(invocation.argument(1));
            if (Streams.isStandardInput(file)) {
                throw new UsageException("an archive is written to a file, not to standard output");
            }
            try (Quarry quarry = Stores.open(invocation)) {
                invocation.workingOn(file);
                quarry.archive(
                        invocation.argument(0),
                        file,
                        invocation.progress("archive"),
                        invocation.cancel());
            }
            return DONE;
        }
    }

    private static final class Unarchive implements Subcommand {
        @Override
        public CommandSpec describe() {
            CommandSpec spec =
                    Specs.named(
                                    "unarchive",
                                    "Takes what archive wrote into the store, and registers it for"
                                            + " the account. Prints the ids. Nothing is registered"
                                            + " unless all of the file is whole.",
                                    "quarry unarchive web.quarry --name web-2")
                            .addPositional(
                                    Specs.argument(0, "FILE")
                                            .description("The archive, or - for standard input.")
                                            .build())
                            .addOption(
                                    Specs.option("NAME", NAME)
                                            .description("Name of the image, if another.")
                                            .build());
            ProgressOptions.addTo(spec);
            return StoreOptions.addTo(OutputOptions.addTo(spec));
        }

        @Override
        public int run(Invocation invocation) throws IOException {
            Path file = Path.of(invocation.argument(0));
            InputStream stream = Streams.input(file, invocation);
            // No store comes to be for the sake of a file that is not there.
            ForwardInput input =
                    stream == null
                            ? ForwardInput.of(FileStorage.open(file))
                            : new ForwardInput(stream, file.toString());
            try (input;
                    Quarry quarry = Stores.openOrCreate(invocation)) {
                ArchiveResult result =
                        quarry.unarchive(
                                input,
                                invocation.value(NAME),
                                invocation.progress("unarchive"),
                                invocation.cancel());
                print(invocation, result);
            }
            return DONE;
        }

        private static void print(Invocation invocation, ArchiveResult result) {
            MachineImage image = result.image();
            if (invocation.json()) {
                Map<String, Object> json = new LinkedHashMap<>();
                if (image != null) {
                    json.put("ImageId", image.id());
                }
                json.put("SnapshotIds", result.snapshots().stream().map(Snapshot::id).toList());
                json.put("NewBytes", result.newBytes());
                invocation.print(json);
                return;
            }
            result.snapshots().forEach(snapshot -> invocation.print(snapshot.id()));
            if (image != null) {
                invocation.print(image.id());
            }
            invocation.messages().note(PlainText.size(result.newBytes()) + " new");
        }
    }
}

package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.TransferResult;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.KeyFiles;
import dev.quarry.cli.frame.OutputOptions;
import dev.quarry.cli.frame.PlainText;
import dev.quarry.cli.frame.ProgressOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.cli.frame.UsageException;
import dev.quarry.secret.KeySource;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** {@code quarry transfer}: an image or snapshot goes into another store. */
public final class TransferCommand implements Subcommand {

    private static final String TO = "--to";
    private static final String NAME = "--name";
    private static final String TO_KEY_FILE = "--to-key-file";
    private static final String TO_PASSPHRASE_FILE = "--to-passphrase-file";

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "transfer",
                                "Brings an image with its snapshots, or a snapshot, into another"
                                        + " store: only the chunks that are not there. Prints its"
                                        + " id there. Run again, it goes on where it was cut off.",
                                "quarry transfer ami-0123456789abcdef0 --to /mnt/backup")
                        .addPositional(
                                Specs.argument(0, "ID").description("ami-… or snap-….").build())
                        .addOption(
                                Specs.option("STORE", TO)
                                        .required(true)
                                        .description("The other store.")
                                        .build())
                        .addOption(
                                Specs.option("NAME", NAME)
                                        .description("Name of the image there, if another.")
                                        .build())
                        .addOption(
                                Specs.option("FILE", TO_KEY_FILE)
                                        .description(
                                                "The key of the other store, if another than this"
                                                        + " one's.")
                                        .build())
                        .addOption(
                                Specs.option("FILE", TO_PASSPHRASE_FILE)
                                        .description("The passphrase of the other store, likewise.")
                                        .build());
        ProgressOptions.addTo(spec);
        return StoreOptions.addTo(OutputOptions.addTo(spec));
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        String id = invocation.argument(0);
        String name = invocation.value(NAME);
        if (name != null && !id.startsWith("ami-")) {
            throw new UsageException(NAME + " is for images, and " + id + " is none");
        }
        Path to = Path.of(invocation.value(TO, ""));
        KeySource targetKey =
                KeyFiles.read(invocation.value(TO_KEY_FILE), invocation.value(TO_PASSPHRASE_FILE));
        if (targetKey == null && Quarry.isEncrypted(to)) {
            targetKey = invocation.key();
        }
        try (Quarry quarry = Stores.open(invocation);
                Quarry target = Stores.open(invocation, to, targetKey)) {
            TransferResult result =
                    quarry.transfer(
                            id, target, name, invocation.progress("transfer"), invocation.cancel());
            print(invocation, result);
        }
        return DONE;
    }

    private static void print(Invocation invocation, TransferResult result) {
        MachineImage image = result.image();
        Snapshot snapshot = result.snapshot();
        if (invocation.json()) {
            Map<String, Object> json = new LinkedHashMap<>();
            if (image != null) {
                json.put("ImageId", image.id());
            }
            if (snapshot != null) {
                json.put("SnapshotId", snapshot.id());
            }
            json.put("NewBytes", result.newBytes());
            json.put("StoredBytes", result.storedBytes());
            json.put("Recut", result.wasRecut());
            invocation.print(json);
            return;
        }
        if (image != null) {
            invocation.print(image.id());
        }
        if (snapshot != null) {
            invocation.print(snapshot.id());
        }
        invocation
                .messages()
                .note(
                        PlainText.size(result.newBytes())
                                + " new there, stored in "
                                + PlainText.size(result.storedBytes())
                                + (result.wasRecut()
                                        ? "; cut anew, because the stores cut or name chunks"
                                                + " differently"
                                        : ""));
    }
}

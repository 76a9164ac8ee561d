package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.KeyFiles;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.cli.frame.UsageException;
import dev.quarry.secret.KeySource;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.nio.file.Path;

/** {@code quarry change-key}: another passphrase or key file opens an encrypted store. */
public final class ChangeKeyCommand implements Subcommand {

    private static final String NEW_KEY_FILE = "--new-key-file";
    private static final String NEW_PASSPHRASE_FILE = "--new-passphrase-file";

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "change-key",
                                "Lets another passphrase or key file open an encrypted store, and"
                                        + " the present one no longer. Nothing is encrypted anew:"
                                        + " who has the old one and an old copy of the store's"
                                        + " properties can still read it.",
                                "quarry change-key --key-file old.key --new-key-file new.key")
                        .addOption(
                                Specs.option("FILE", NEW_KEY_FILE)
                                        .description("The new key file.")
                                        .build())
                        .addOption(
                                Specs.option("FILE", NEW_PASSPHRASE_FILE)
                                        .description("A file with the new passphrase.")
                                        .build());
        return StoreOptions.addTo(spec);
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        KeySource next =
                KeyFiles.read(
                        invocation.value(NEW_KEY_FILE), invocation.value(NEW_PASSPHRASE_FILE));
        KeySource present = invocation.key();
        if (next == null || present == null) {
            throw new UsageException(
                    next == null
                            ? "give --new-key-file or --new-passphrase-file"
                            : "give what opens the store now");
        }
        Path folder = invocation.storeFolder();
        invocation.workingOn(folder);
        Quarry.changeKey(folder, present, next);
        return DONE;
    }
}

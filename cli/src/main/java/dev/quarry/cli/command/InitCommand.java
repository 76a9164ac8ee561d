package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;

/** {@code quarry init}: makes a store. */
public final class InitCommand implements Subcommand {

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                        "init",
                        "Makes an image store, encrypted where a key file or passphrase is given."
                                + " The first import does, too, where there is none.",
                        "quarry --store /var/lib/images init --compression lz4",
                        "quarry --store /var/lib/images init --key-file /etc/quarry.key");
        CreationOptions.addTo(spec);
        return StoreOptions.addTo(spec);
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        try (Quarry quarry = Stores.create(invocation)) {
            invocation
                    .messages()
                    .note(
                            "made "
                                    + invocation.storeFolder()
                                    + ", compression "
                                    + quarry.properties().compression()
                                    + (quarry.isEncrypted() ? ", encrypted" : ""));
        }
        return DONE;
    }
}

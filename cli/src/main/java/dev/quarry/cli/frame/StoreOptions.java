package dev.quarry.cli.frame;

import dev.quarry.catalog.model.Actor;
import dev.quarry.secret.KeySource;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;

/** Which store, and on whose behalf: options that stand before the subcommand, or behind it. */
public final class StoreOptions {

    static final String STORE = "--store";
    static final String ACCOUNT = "--as";
    static final String ORGANIZATIONS = "--organizations";

    static final String KEY_FILE = "--key-file";
    static final String PASSPHRASE_FILE = "--passphrase-file";

    private static final String KEY_FILE_VARIABLE = "QUARRY_KEY_FILE";
    private static final String PASSPHRASE_FILE_VARIABLE = "QUARRY_PASSPHRASE_FILE";

    private static final String STORE_VARIABLE = "QUARRY_STORE";
    private static final String ACCOUNT_VARIABLE = "QUARRY_ACCOUNT";
    private static final String ORGANIZATIONS_VARIABLE = "QUARRY_ORGANIZATIONS";
    private static final String DATA_VARIABLE = "XDG_DATA_HOME";
    private static final String HOME_VARIABLE = "HOME";
    private static final String DATA_BELOW_HOME = ".local/share";
    private static final String FOLDER = "quarry";

    private StoreOptions() {}

    public static CommandSpec addTo(CommandSpec spec) {
        return addTo(
                spec,
                "The image store. Default: $QUARRY_STORE, or quarry in the user's data folder.");
    }

    /**
     * @param store describes the option of the store, where it is not as everywhere
     */
    public static CommandSpec addTo(CommandSpec spec, String store) {
        spec.addOption(Specs.option("DIR", STORE).description(store).build());
        return addAccountTo(spec)
                .addOption(
                        Specs.option("ID[,ID…]", ORGANIZATIONS)
                                .description(
                                        "Organisations and organisational units that the account"
                                                + " is in. Default: $QUARRY_ORGANIZATIONS.")
                                .build())
                .addOption(
                        Specs.option("FILE", KEY_FILE)
                                .description(
                                        "The key of an encrypted store, 32 random bytes or more."
                                                + " Default: $QUARRY_KEY_FILE.")
                                .build())
                .addOption(
                        Specs.option("FILE", PASSPHRASE_FILE)
                                .description(
                                        "A file with the passphrase of an encrypted store."
                                                + " Default: $QUARRY_PASSPHRASE_FILE.")
                                .build());
    }

    /** For what needs no store, and writes down who made it. */
    public static CommandSpec addAccountTo(CommandSpec spec) {
        return spec.addOption(
                Specs.option("ACCOUNT", ACCOUNT)
                        .description(
                                "Act on behalf of an account. Default: $QUARRY_ACCOUNT, or "
                                        + Actor.DEFAULT_ACCOUNT
                                        + ".")
                        .build());
    }

    /**
     * Whether the argument behind this one is its value: it is one of these options, without {@code
     * =}.
     */
    public static boolean takesNext(String argument) {
        return argument.equals(STORE)
                || argument.equals(ACCOUNT)
                || argument.equals(ORGANIZATIONS)
                || argument.equals(KEY_FILE)
                || argument.equals(PASSPHRASE_FILE);
    }

    /** The folder of the store: an option, a variable, or the XDG base directories' place. */
    static Path folder(@Nullable String option, Console console) {
        if (option != null) {
            return Path.of(option);
        }
        String variable = console.variable(STORE_VARIABLE);
        if (variable != null) {
            return Path.of(variable);
        }
        String data = console.variable(DATA_VARIABLE);
        // The specification: a relative path is invalid and to be ignored.
        if (data != null && data.startsWith("/")) {
            return Path.of(data, FOLDER);
        }
        String home = console.variable(HOME_VARIABLE);
        if (home == null) {
            throw new UsageException("which store? HOME is not set: give --store DIR");
        }
        return Path.of(home, DATA_BELOW_HOME, FOLDER);
    }

    /** What opens an encrypted store: options, or else variables; null where there are none. */
    static @Nullable KeySource key(
            @Nullable String keyFile, @Nullable String passphraseFile, Console console)
            throws IOException {
        if (keyFile != null || passphraseFile != null) {
            return KeyFiles.read(keyFile, passphraseFile);
        }
        return KeyFiles.read(
                console.variable(KEY_FILE_VARIABLE), console.variable(PASSPHRASE_FILE_VARIABLE));
    }

    static String account(@Nullable String option, Console console) {
        String variable = option == null ? console.variable(ACCOUNT_VARIABLE) : option;
        return variable == null ? Actor.DEFAULT_ACCOUNT : variable;
    }

    static Set<String> organizations(@Nullable String option, Console console) {
        String list = option == null ? console.variable(ORGANIZATIONS_VARIABLE) : option;
        Set<String> organizations = new LinkedHashSet<>();
        if (list != null) {
            for (String organization : list.split(",", -1)) {
                if (!organization.isBlank()) {
                    organizations.add(organization.strip());
                }
            }
        }
        return organizations;
    }
}

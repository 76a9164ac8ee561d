package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.catalog.AccountCatalog;
import dev.quarry.catalog.Settings;
import dev.quarry.catalog.model.StoreSettings;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.cli.frame.UsageException;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The subcommands of what an account or the store has decided: account, subscribe, unsubscribe,
 * block-public-sharing, unblock-public-sharing, encrypt-by-default, settings and regions.
 */
public final class SettingsCommands {

    private static final String KEY = "--kms-key-id";
    private static final String OFF = "--off";
    private static final String ALIAS = "--owner-alias";
    private static final String REGION = "--region-name";
    private static final String QUOTA = "--quota";
    private static final String UNLIMITED = "none";

    private SettingsCommands() {}

    /** The subcommand of that name. */
    public static Subcommand create(String name) {
        return switch (name) {
            case "account" ->
                    new ActionCommand(
                            Specs.named(
                                    name,
                                    "Shows what the account has decided: subscriptions, public"
                                            + " sharing, encryption, rules of the recycle bin.",
                                    "quarry account --json"),
                            (catalog, _) -> catalog.settings().account().toJson());
            case "subscribe" ->
                    product(
                            name,
                            "Subscribes the account to a product: images that come with it can be"
                                    + " launched.",
                            (catalog, code) -> catalog.settings().subscribe(code));
            case "unsubscribe" ->
                    product(
                            name,
                            "Ends the account's subscription to a product.",
                            (catalog, code) -> catalog.settings().unsubscribe(code));
            case "block-public-sharing" ->
                    new ActionCommand(
                            Specs.named(
                                    name,
                                    "Lets nothing more of the account become public. What is public"
                                            + " stays so.",
                                    "quarry block-public-sharing"),
                            (catalog, _) -> catalog.settings().blockPublicSharing().toJson());
            case "unblock-public-sharing" ->
                    new ActionCommand(
                            Specs.named(
                                    name,
                                    "Lets the account's images and snapshots become public again.",
                                    "quarry unblock-public-sharing"),
                            (catalog, _) -> catalog.settings().unblockPublicSharing().toJson());
            case "encrypt-by-default" -> encrypt();
            case "settings" -> settings();
            case "regions" -> regions();
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** A call that takes a product code alone. */
    @FunctionalInterface
    private interface OnProduct {
        void run(AccountCatalog catalog, String code) throws IOException;
    }

    private static Subcommand product(String name, String summary, OnProduct call) {
        CommandSpec spec =
                Specs.named(name, summary, "quarry " + name + " 7bjqk1i5ygbi")
                        .addPositional(
                                Specs.argument(0, "PRODUCT")
                                        .description("The product code.")
                                        .build());
        return new ActionCommand(
                spec,
                (catalog, invocation) -> {
                    call.run(catalog, invocation.argument(0));
                    return ActionCommand.done();
                });
    }

    private static Subcommand encrypt() {
        CommandSpec spec =
                Specs.named(
                                "encrypt-by-default",
                                "Has all new volumes and copies of the account recorded as"
                                        + " encrypted. Keys are names here: nothing is enciphered.",
                                "quarry encrypt-by-default --kms-key-id backup")
                        .addOption(
                                Specs.option("KEY", KEY)
                                        .description("The key where none is named.")
                                        .build())
                        .addOption(Specs.flag(OFF).description("End it.").build());
        return new ActionCommand(
                spec,
                (catalog, invocation) ->
                        invocation.has(OFF)
                                ? catalog.settings().doNotEncryptByDefault().toJson()
                                : catalog.settings()
                                        .encryptByDefault(invocation.value(KEY))
                                        .toJson());
    }

    private static Subcommand settings() {
        CommandSpec spec =
                Specs.named(
                                "settings",
                                "Shows or changes what holds for all accounts of the store: the"
                                        + " region's name, owner aliases, quotas.",
                                "quarry settings --region-name north --owner-alias"
                                        + " amazon=111111111111 --quota public-images=20")
                        .addOption(
                                Specs.option("NAME", REGION)
                                        .description("The name of the region that the store is.")
                                        .build())
                        .addOption(
                                Specs.repeatable("ALIAS=ACCOUNT[,…]", ALIAS)
                                        .description(
                                                "Whom an alias such as amazon stands for; nobody"
                                                        + " after = removes it.")
                                        .build())
                        .addOption(
                                Specs.repeatable("NAME=N", QUOTA)
                                        .description(
                                                "images or public-images of an account, or"
                                                        + " share-targets of an image; N may be"
                                                        + " none for the first two.")
                                        .build());
        return new ActionCommand(
                spec,
                (catalog, invocation) -> {
                    List<Settings.StoreChange> changes = new ArrayList<>();
                    String region = invocation.value(REGION);
                    if (region != null) {
                        changes.add(Settings.regionName(region));
                    }
                    for (String word : invocation.values(ALIAS)) {
                        String[] alias = pair(word, ALIAS);
                        changes.add(
                                Settings.ownerAlias(
                                        alias[0],
                                        alias[1].isEmpty()
                                                ? List.of()
                                                : List.of(alias[1].split(",", -1))));
                    }
                    for (String word : invocation.values(QUOTA)) {
                        changes.add(quota(pair(word, QUOTA)));
                    }
                    return catalog.settings().change(changes).toJson();
                });
    }

    private static String[] pair(String word, String option) {
        int equals = word.indexOf('=');
        if (equals < 1) {
            throw new UsageException(option + " takes NAME=VALUE, not '" + word + "'");
        }
        return new String[] {word.substring(0, equals), word.substring(equals + 1)};
    }

    private static Settings.StoreChange quota(String... quota) {
        Integer number = number(quota[1]);
        return switch (quota[0]) {
            case "images" -> Settings.imagesQuota(number);
            case "public-images" -> Settings.publicImagesQuota(number);
            case "share-targets" -> {
                if (number == null) {
                    throw new UsageException("share-targets is a number");
                }
                yield Settings.shareTargetsQuota(number);
            }
            default ->
                    throw new UsageException(
                            "a quota is images, public-images or share-targets, not '"
                                    + quota[0]
                                    + "'");
        };
    }

    private static @Nullable Integer number(String text) {
        try {
            return text.equals(UNLIMITED) ? null : Integer.valueOf(text);
        } catch (NumberFormatException e) {
            throw new UsageException("a quota is a number or none, not '" + text + "'");
        }
    }

    private static Subcommand regions() {
        CommandSpec spec =
                Specs.named(
                                "regions",
                                "Lists the regions that images can be copied from, and adds or"
                                        + " removes one. A region is another store, by a name.",
                                "quarry regions",
                                "quarry regions add south /srv/south",
                                "quarry regions remove south")
                        .addPositional(
                                Specs.optionalArguments(0, "add NAME STORE|remove NAME")
                                        .description("What to change.")
                                        .build());
        return new ActionCommand(spec, SettingsCommands::changeRegions);
    }

    private static Map<String, Object> changeRegions(AccountCatalog catalog, Invocation invocation)
            throws IOException {
        List<String> words = invocation.optionalArguments(0);
        if (words.size() == 3 && words.get(0).equals("add")) {
            Path store = Path.of(words.get(2)).toAbsolutePath().normalize();
            // A mistake is better found now than by the first copy.
            Quarry.open(store, Quarry.isEncrypted(store) ? invocation.key() : null).close();
            catalog.settings().addRegion(words.get(1), store.toString());
        } else if (words.size() == 2 && words.get(0).equals("remove")) {
            catalog.settings().removeRegion(words.get(1));
        } else if (!words.isEmpty()) {
            throw new UsageException("regions takes nothing, add NAME STORE, or remove NAME");
        }
        StoreSettings settings = catalog.settings().store();
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("RegionName", settings.region());
        answer.put("Regions", new LinkedHashMap<>(settings.regions()));
        return answer;
    }
}

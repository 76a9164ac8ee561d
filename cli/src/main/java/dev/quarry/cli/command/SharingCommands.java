package dev.quarry.cli.command;

import dev.quarry.catalog.AccountCatalog;
import dev.quarry.catalog.AttributeViews;
import dev.quarry.catalog.model.Grantee;
import dev.quarry.catalog.model.ObjectKind;
import dev.quarry.catalog.model.ProductCode;
import dev.quarry.catalog.model.Spelled;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.cli.frame.UsageException;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The subcommands of attributes: share, unshare, reset-attribute, cancel-launch-permission,
 * modify-image-attribute and describe-attribute. Snapshots have their own permission, to make
 * volumes of them, and the same words.
 */
public final class SharingCommands {

    private static final String WITH = "--with";
    private static final String ADD = "--launch-permission-add";
    private static final String REMOVE = "--launch-permission-remove";
    private static final String VOLUME_ADD = "--create-volume-permission-add";
    private static final String VOLUME_REMOVE = "--create-volume-permission-remove";
    private static final String PRODUCT_ADD = "--product-code-add";
    private static final String PRODUCT_REMOVE = "--product-code-remove";
    private static final String DESCRIPTION = "--description";
    private static final String IMDS = "--imds-support";

    private SharingCommands() {}

    /** The subcommand of that name. */
    public static Subcommand create(String name) {
        return switch (name) {
            case "share" -> share();
            case "unshare" -> unshare();
            case "reset-attribute" -> reset();
            case "cancel-launch-permission" -> cancel();
            case "modify-image-attribute" -> modifyImage();
            case "modify-snapshot-attribute" -> modifySnapshot();
            case "describe-attribute" -> describe();
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static Subcommand share() {
        CommandSpec spec =
                onBoth(
                        "share",
                        "Lets others launch an image, or make volumes of a snapshot. Who may launch"
                                + " an image may not export, change or share it.",
                        "quarry share ami-0123456789abcdef0 --with 222222222222",
                        "quarry share ami-0123456789abcdef0 --with all");
        return new ActionCommand(
                withGrantees(spec, true),
                (catalog, invocation) -> {
                    change(catalog, invocation.argument(0), grantees(invocation, WITH), List.of());
                    return ActionCommand.done();
                });
    }

    private static Subcommand unshare() {
        CommandSpec spec =
                onBoth(
                        "unshare",
                        "Takes back what share gave: from those named, or from everybody.",
                        "quarry unshare ami-0123456789abcdef0 --with 222222222222",
                        "quarry unshare ami-0123456789abcdef0");
        return new ActionCommand(
                withGrantees(spec, false),
                (catalog, invocation) -> {
                    String id = invocation.argument(0);
                    List<Grantee> grantees = grantees(invocation, WITH);
                    if (grantees.isEmpty()) {
                        resetAttribute(catalog, id);
                    } else {
                        change(catalog, id, List.of(), grantees);
                    }
                    return ActionCommand.done();
                });
    }

    private static Subcommand reset() {
        return new ActionCommand(
                onBoth(
                        "reset-attribute",
                        "Takes all launch permissions from an image, or all create-volume"
                                + " permissions from a snapshot.",
                        "quarry reset-attribute ami-0123456789abcdef0"),
                (catalog, invocation) -> {
                    resetAttribute(catalog, invocation.argument(0));
                    return ActionCommand.done();
                });
    }

    private static Subcommand cancel() {
        CommandSpec spec =
                Specs.named(
                                "cancel-launch-permission",
                                "Gives up the permission to launch another account's image.",
                                "quarry cancel-launch-permission ami-0123456789abcdef0")
                        .addPositional(
                                Specs.argument(0, "IMAGE")
                                        .description("The image: ami-….")
                                        .build());
        return new ActionCommand(
                spec,
                (catalog, invocation) -> {
                    catalog.sharing().cancelImage(invocation.argument(0));
                    return ActionCommand.done();
                });
    }

    private static Subcommand modifyImage() {
        CommandSpec spec =
                Specs.named(
                                "modify-image-attribute",
                                "Changes one attribute of an image: its launch permissions, its"
                                        + " description, or that it needs the newer metadata"
                                        + " service.",
                                "quarry modify-image-attribute ami-0123456789abcdef0 --description"
                                        + " 'Debian 12, August'")
                        .addPositional(
                                Specs.argument(0, "IMAGE").description("The image: ami-….").build())
                        .addOption(
                                Specs.repeatable("WHO", ADD)
                                        .description("As share --with.")
                                        .build())
                        .addOption(
                                Specs.repeatable("WHO", REMOVE)
                                        .description("As unshare --with.")
                                        .build())
                        .addOption(
                                Specs.option("TEXT", DESCRIPTION)
                                        .description("The new description.")
                                        .build())
                        .addOption(
                                Specs.option("v2.0", IMDS)
                                        .description("Cannot be taken back.")
                                        .build());
        return new ActionCommand(spec, SharingCommands::modify);
    }

    /** Rule 4.6.4: one attribute in each call. */
    private static Map<String, Object> modify(AccountCatalog catalog, Invocation invocation)
            throws IOException {
        String id = invocation.argument(0);
        List<Grantee> add = grantees(invocation, ADD);
        List<Grantee> remove = grantees(invocation, REMOVE);
        boolean permissions = !add.isEmpty() || !remove.isEmpty();
        String description = invocation.value(DESCRIPTION);
        String imds = invocation.value(IMDS);
        int given = (permissions ? 1 : 0) + (description == null ? 0 : 1) + (imds == null ? 0 : 1);
        if (given != 1) {
            throw new UsageException(
                    "give exactly one of launch permissions, --description and --imds-support");
        }
        if (permissions) {
            catalog.sharing().modifyImage(id, add, remove);
        } else if (description != null) {
            catalog.lifecycle().describe(id, description);
        } else {
            catalog.lifecycle().setImdsSupport(id, Objects.requireNonNull(imds));
        }
        return ActionCommand.done();
    }

    private static Subcommand modifySnapshot() {
        CommandSpec spec =
                Specs.named(
                                "modify-snapshot-attribute",
                                "Changes one attribute of a snapshot: who may make volumes of it,"
                                    + " or its product codes, which images made of it have, too.",
                                "quarry modify-snapshot-attribute snap-0123456789abcdef0"
                                        + " --product-code-add web-appliance:marketplace")
                        .addPositional(
                                Specs.argument(0, "SNAPSHOT")
                                        .description("The snapshot: snap-….")
                                        .build())
                        .addOption(
                                Specs.repeatable("WHO", VOLUME_ADD)
                                        .description("As share --with.")
                                        .build())
                        .addOption(
                                Specs.repeatable("WHO", VOLUME_REMOVE)
                                        .description("As unshare --with.")
                                        .build())
                        .addOption(
                                Specs.repeatable("CODE[:TYPE]", PRODUCT_ADD)
                                        .description(
                                                "A product of yours; TYPE is marketplace unless"
                                                        + " told, or devpay. A product belongs to"
                                                        + " the account that attached it first.")
                                        .build())
                        .addOption(
                                Specs.repeatable("CODE", PRODUCT_REMOVE)
                                        .description("A product of yours.")
                                        .build());
        return new ActionCommand(
                spec,
                (catalog, invocation) -> {
                    String id = invocation.argument(0);
                    List<Grantee> add = grantees(invocation, VOLUME_ADD);
                    List<Grantee> remove = grantees(invocation, VOLUME_REMOVE);
                    List<String> products = invocation.values(PRODUCT_ADD);
                    List<String> gone = invocation.values(PRODUCT_REMOVE);
                    boolean permissions = !add.isEmpty() || !remove.isEmpty();
                    if (permissions == (!products.isEmpty() || !gone.isEmpty())) {
                        throw new UsageException(
                                "give either create-volume permissions or product codes");
                    }
                    if (permissions) {
                        catalog.sharing().modifySnapshot(id, add, remove);
                    } else {
                        catalog.sharing().modifyProducts(id, productCodes(products), gone);
                    }
                    return ActionCommand.done();
                });
    }

    private static List<ProductCode> productCodes(List<String> words) throws IOException {
        List<ProductCode> codes = new ArrayList<>();
        for (String word : words) {
            int colon = word.indexOf(':');
            codes.add(
                    colon < 0
                            ? new ProductCode(word, ProductCode.Type.MARKETPLACE)
                            : new ProductCode(
                                    word.substring(0, colon),
                                    Spelled.parse(
                                            ProductCode.Type.class,
                                            word.substring(colon + 1),
                                            "ProductCodeType")));
        }
        return codes;
    }

    private static Subcommand describe() {
        CommandSpec spec =
                onBoth(
                                "describe-attribute",
                                "Shows one attribute of an image or a snapshot.",
                                "quarry describe-attribute ami-0123456789abcdef0 launchPermission")
                        .addPositional(
                                Specs.argument(1, "ATTRIBUTE")
                                        .description(
                                                String.join(", ", AttributeViews.IMAGE_ATTRIBUTES)
                                                        + "; of a snapshot createVolumePermission"
                                                        + " or productCodes.")
                                        .build());
        return new ActionCommand(
                spec,
                (catalog, invocation) -> {
                    String id = invocation.argument(0);
                    String attribute = invocation.argument(1);
                    return isSnapshot(id)
                            ? AttributeViews.snapshot(
                                    catalog.snapshot(id), attribute, catalog.actor())
                            : AttributeViews.image(catalog.image(id), attribute, catalog.actor());
                });
    }

    private static CommandSpec onBoth(String name, String summary, String... examples) {
        return Specs.named(name, summary, examples)
                .addPositional(Specs.argument(0, "ID").description("ami-… or snap-….").build());
    }

    private static CommandSpec withGrantees(CommandSpec spec, boolean required) {
        return spec.addOption(
                Specs.repeatable("WHO", WITH)
                        .required(required)
                        .description(
                                "An account, all, or an organisation or a unit of one: its id or"
                                        + " ARN as EC2 has them, or org:ID or ou:ID. May be given"
                                        + " several times.")
                        .build());
    }

    private static boolean isSnapshot(String id) {
        return ObjectKind.of(id).filter(kind -> kind == ObjectKind.SNAPSHOT).isPresent();
    }

    private static void change(
            AccountCatalog catalog, String id, List<Grantee> add, List<Grantee> remove)
            throws IOException {
        if (isSnapshot(id)) {
            catalog.sharing().modifySnapshot(id, add, remove);
        } else {
            catalog.sharing().modifyImage(id, add, remove);
        }
    }

    private static void resetAttribute(AccountCatalog catalog, String id) throws IOException {
        if (isSnapshot(id)) {
            catalog.sharing().resetSnapshot(id);
        } else {
            catalog.sharing().resetImage(id);
        }
    }

    private static List<Grantee> grantees(Invocation invocation, String option) {
        return invocation.values(option).stream().map(Grantee::of).toList();
    }
}

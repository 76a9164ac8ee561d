package dev.quarry.cli.command;

import dev.quarry.catalog.AccountCatalog;
import dev.quarry.catalog.DeletedSnapshot;
import dev.quarry.catalog.model.ImageLifecycle.DeregistrationProtection;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.RetentionRule;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.cli.frame.UsageException;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The subcommands of an image's later life: deprecate, undeprecate, disable, enable, protect,
 * unprotect, deregister, restore, recycle-bin, retain and unretain.
 */
public final class LifecycleCommands {

    private static final String IMAGE = "ami-0123456789abcdef0";
    private static final String AT = "--at";
    private static final String COOLDOWN = "--with-cooldown";
    private static final String SNAPSHOTS = "--delete-associated-snapshots";
    private static final String DAYS = "--days";

    private LifecycleCommands() {}

    /** The subcommand of that name. */
    public static Subcommand create(String name) {
        return switch (name) {
            case "deprecate" -> deprecate();
            case "undeprecate" ->
                    simple(
                            name,
                            "Takes an image's deprecation back; not a public image's.",
                            (catalog, id) -> catalog.lifecycle().cancelDeprecation(id));
            case "disable" ->
                    simple(
                            name,
                            "Disables an image: nobody can launch it or sees it, and its launch"
                                    + " permissions are gone for good.",
                            (catalog, id) -> catalog.lifecycle().disable(id));
            case "enable" ->
                    simple(
                            name,
                            "Enables a disabled image, for its owner alone.",
                            (catalog, id) -> catalog.lifecycle().enable(id));
            case "protect" -> protect();
            case "unprotect" ->
                    simple(
                            name,
                            "Ends an image's protection against deregistering, at once or a day"
                                    + " later if it has a cool-down.",
                            (catalog, id) -> catalog.lifecycle().unprotect(id));
            case "deregister" -> deregister();
            case "restore" ->
                    simple(
                            name,
                            "Takes an image out of the recycle bin.",
                            (catalog, id) -> catalog.lifecycle().restore(id));
            case "recycle-bin" -> recycleBin();
            case "retain" -> retain();
            case "unretain" -> unretain();
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** A call that takes an image's id alone. */
    @FunctionalInterface
    private interface OnImage {
        void run(AccountCatalog catalog, String imageId) throws IOException;
    }

    private static CommandSpec onImage(String name, String summary, String... examples) {
        return Specs.named(name, summary, examples)
                .addPositional(Specs.argument(0, "IMAGE").description("The image: ami-….").build());
    }

    private static Subcommand simple(String name, String summary, OnImage call) {
        return new ActionCommand(
                onImage(name, summary, "quarry " + name + " " + IMAGE),
                (catalog, invocation) -> {
                    call.run(catalog, invocation.argument(0));
                    return ActionCommand.done();
                });
    }

    private static Subcommand deprecate() {
        CommandSpec spec =
                onImage(
                                "deprecate",
                                "Deprecates an image from a time on: others' listings leave it"
                                        + " out, and it can still be launched.",
                                "quarry deprecate " + IMAGE + " --at 2027-01-31")
                        .addOption(
                                Specs.option("TIME", AT)
                                        .required(true)
                                        .description(
                                                "When: a day, or a time such as"
                                                        + " 2027-01-31T12:00:00Z; at most 10 years"
                                                        + " from now, and 2 years after its"
                                                        + " creation for a public image.")
                                        .build());
        return new ActionCommand(
                spec,
                (catalog, invocation) -> {
                    catalog.lifecycle()
                            .deprecate(invocation.argument(0), time(invocation.value(AT, "")));
                    return ActionCommand.done();
                });
    }

    /** A time, or the beginning of a day, in UTC. */
    static Instant time(String text) {
        try {
            return text.indexOf('T') < 0
                    ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                    : Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new UsageException(
                    "'" + text + "' is no time such as 2027-01-31 or 2027-01-31T12:00:00Z");
        }
    }

    private static Subcommand protect() {
        CommandSpec spec =
                onImage(
                                "protect",
                                "Protects an image against deregistering.",
                                "quarry protect " + IMAGE + " --with-cooldown")
                        .addOption(
                                Specs.flag(COOLDOWN)
                                        .description(
                                                "The protection holds for 24 hours more when it is"
                                                        + " ended.")
                                        .build());
        return new ActionCommand(
                spec,
                (catalog, invocation) -> {
                    catalog.lifecycle()
                            .protect(
                                    invocation.argument(0),
                                    invocation.has(COOLDOWN)
                                            ? DeregistrationProtection.ENABLED_WITH_COOLDOWN
                                            : DeregistrationProtection.ENABLED);
                    return ActionCommand.done();
                });
    }

    private static Subcommand deregister() {
        CommandSpec spec =
                onImage(
                                "deregister",
                                "Deregisters an image. Its snapshots stay unless told, and so do"
                                        + " volumes that were launched from it. One that a"
                                        + " retention rule matches goes into the recycle bin. A"
                                        + " copy that is not complete is cancelled.",
                                "quarry deregister " + IMAGE)
                        .addOption(
                                Specs.flag(SNAPSHOTS)
                                        .description(
                                                "Delete its snapshots, too, and say what became of"
                                                        + " each.")
                                        .build());
        return new ActionCommand(
                spec,
                (catalog, invocation) -> {
                    String id = invocation.argument(0);
                    if (!invocation.has(SNAPSHOTS)) {
                        catalog.lifecycle().deregister(id);
                        return ActionCommand.done();
                    }
                    List<Map<String, Object>> results = new ArrayList<>();
                    for (DeletedSnapshot deleted :
                            catalog.lifecycle().deregisterWithSnapshots(id)) {
                        results.add(deleted.toJson());
                    }
                    Map<String, Object> answer = new LinkedHashMap<>();
                    answer.put("DeleteSnapshotResults", results);
                    return answer;
                });
    }

    private static Subcommand recycleBin() {
        return new ActionCommand(
                Specs.named(
                        "recycle-bin",
                        "Lists the account's images in the recycle bin.",
                        "quarry recycle-bin"),
                (catalog, invocation) -> {
                    List<Map<String, Object>> images = new ArrayList<>();
                    for (MachineImage image : catalog.lifecycle().recycleBin()) {
                        images.add(held(catalog.view(image)));
                    }
                    return Map.of("Images", images);
                });
    }

    private static Map<String, Object> held(Map<String, Object> image) {
        Map<String, Object> held = new LinkedHashMap<>();
        for (String field :
                List.of(
                        "ImageId",
                        "Name",
                        "Description",
                        "RecycleBinEnterTime",
                        "RecycleBinExitTime")) {
            Object value = image.get(field);
            if (value != null) {
                held.put(field, value);
            }
        }
        return held;
    }

    private static Subcommand retain() {
        CommandSpec spec =
                Specs.named(
                                "retain",
                                "Adds a rule of the recycle bin, or replaces the one of that name:"
                                        + " deregistered images that have one of its tags, or all"
                                        + " if it has none, are held.",
                                "quarry retain releases --days 14 --tag stage=production")
                        .addPositional(
                                Specs.argument(0, "RULE").description("Name of the rule.").build())
                        .addOption(
                                Specs.option("N", DAYS)
                                        .required(true)
                                        .description("For how long: 1 to 365 days.")
                                        .build());
        TagOptions.addTo(spec);
        return new ActionCommand(
                spec,
                (catalog, invocation) -> {
                    RetentionRule rule =
                            RetentionRule.of(
                                    invocation.argument(0),
                                    TagOptions.tags(invocation).values(),
                                    days(invocation));
                    catalog.settings().retain(rule);
                    return rule.toJson();
                });
    }

    private static int days(Invocation invocation) {
        String text = invocation.value(DAYS, "");
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new UsageException("--days takes a number, not '" + text + "'");
        }
    }

    private static Subcommand unretain() {
        CommandSpec spec =
                Specs.named(
                                "unretain",
                                "Removes a rule of the recycle bin. What it holds stays for as long"
                                        + " as it was to.",
                                "quarry unretain releases")
                        .addPositional(
                                Specs.argument(0, "RULE").description("Name of the rule.").build());
        return new ActionCommand(
                spec,
                (catalog, invocation) -> {
                    catalog.settings().doNotRetain(invocation.argument(0));
                    return ActionCommand.done();
                });
    }
}

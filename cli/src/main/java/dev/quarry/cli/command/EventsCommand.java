package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.catalog.EventReader;
import dev.quarry.catalog.model.CatalogEvent;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.JsonText;
import dev.quarry.cli.frame.OutputOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.time.Instant;

/** {@code quarry events}: the audit log. */
public final class EventsCommand implements Subcommand {

    private static final String SINCE = "--since";
    private static final String FOLLOW = "--follow";

    /** Between two looks at the log. */
    private static final long PAUSE_MILLIS = 500;

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "events",
                                "Prints the audit log: who did what to which object, as far as it"
                                        + " is the account's doing or object. With --json one"
                                        + " object on each line.",
                                "quarry events --since 2026-08-01",
                                "quarry events --json --follow")
                        .addOption(
                                Specs.option("TIME", SINCE)
                                        .description(
                                                "From when: a day, or a time such as"
                                                        + " 2027-01-31T12:00:00Z.")
                                        .build())
                        .addOption(
                                Specs.flag(FOLLOW)
                                        .description("Go on with events as they come.")
                                        .build());
        return StoreOptions.addTo(OutputOptions.addTo(spec));
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        String since = invocation.value(SINCE);
        Instant from = since == null ? Instant.EPOCH : LifecycleCommands.time(since);
        try (Quarry quarry = Stores.open(invocation)) {
            EventReader events = quarry.catalog().events(from);
            while (true) {
                for (CatalogEvent event : events.next()) {
                    print(invocation, event, quarry);
                }
                if (!invocation.has(FOLLOW)) {
                    return DONE;
                }
                invocation.flush();
                pause(invocation);
            }
        }
    }

    private static void pause(Invocation invocation) throws IOException {
        invocation.cancel().check();
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
        invocation.cancel().check();
    }

    private static void print(Invocation invocation, CatalogEvent event, Quarry quarry) {
        if (invocation.json()) {
            invocation.print(JsonText.line(event.toJson(quarry.catalog().actor())));
        } else {
            invocation.print(
                    event.time()
                            + "  "
                            + event.account()
                            + "  "
                            + event.action()
                            + "  "
                            + event.resourceId());
        }
    }
}

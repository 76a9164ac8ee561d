package dev.quarry.catalog;

import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.CatalogEvent;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the audit log as one account may see it: what it did, and what was done to what it owns.
 * Each call gives what has come since the one before; for one thread.
 */
public final class EventReader {

    /**
     * Another process may write an event somewhat later than its time says, behind one that was
     * read already; so far back it is looked for.
     */
    private static final Duration LATE = Duration.ofSeconds(30);

    private final Tables tables;
    private final Actor actor;
    private String cursor;
    private final Set<String> seen = new HashSet<>();

    EventReader(Tables tables, Actor actor, Instant since) {
        this.tables = tables;
        this.actor = actor;
        this.cursor = EventLog.cursor(since);
    }

    /** Events that were not read yet, in the order of their times. */
    public List<CatalogEvent> next() throws IOException {
        List<CatalogEvent> events = new ArrayList<>();
        for (String name : tables.events.names(cursor)) {
            if (!seen.add(name)) {
                continue;
            }
            Optional<CatalogEvent> event = tables.events.read(name);
            if (event.isPresent() && event.get().isVisibleTo(actor)) {
                events.add(event.get());
            }
        }
        String late = EventLog.cursor(tables.now().minus(LATE));
        if (late.compareTo(cursor) > 0) {
            cursor = late;
            seen.removeIf(name -> name.compareTo(late) <= 0);
        }
        return events;
    }
}

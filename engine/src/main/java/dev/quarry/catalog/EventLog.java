package dev.quarry.catalog;

import dev.quarry.catalog.model.CatalogEvent;
import dev.quarry.store.BlobConflictException;
import dev.quarry.store.BlobStore;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The audit log: a document for each event, in a folder for each hour, never changed. Thread-safe.
 *
 * <p>An event of a change stands in the changed object's own document first, so that there is no
 * change without one; it is put into the log right after. Where a process died between the two,
 * whoever changes the object next puts it there.
 */
final class EventLog {

    private static final String FOLDER = "events/";
    private static final String SUFFIX = ".json";

    /**
     * Made when the first event is named: a command that only reads images does not wait for it.
     */
    private static final class Formats {
        static final DateTimeFormatter HOUR =
                DateTimeFormatter.ofPattern("uuuuMMddHH").withZone(ZoneOffset.UTC);
        static final DateTimeFormatter MOMENT =
                DateTimeFormatter.ofPattern("mmssSSS").withZone(ZoneOffset.UTC);
    }

    private final BlobStore blobs;

    EventLog(BlobStore blobs) {
        this.blobs = blobs;
    }

    private static String name(CatalogEvent event) {
        return FOLDER
                + Formats.HOUR.format(event.time())
                + "/"
                + Formats.MOMENT.format(event.time())
                + "-"
                + event.id()
                + SUFFIX;
    }

    /** Names of later events are greater than this. */
    static String cursor(Instant time) {
        return FOLDER + Formats.HOUR.format(time) + "/" + Formats.MOMENT.format(time);
    }

    /** Puts an event into the log, once. */
    void append(CatalogEvent event) throws IOException {
        try {
            blobs.createDocument(name(event), Documents.bytes(event.toJson()));
        } catch (BlobConflictException _) {
            // It is there: the name holds the event's random number.
        }
    }

    /** Puts an event into the log if it is not there. */
    void ensure(@Nullable CatalogEvent event) throws IOException {
        if (event != null && blobs.readDocument(name(event)).isEmpty()) {
            append(event);
        }
    }

    /**
     * Names of the events behind a place, in the order of their times.
     *
     * @param cursor what {@link #cursor} gave, or a name; or empty for all
     */
    List<String> names(String cursor) throws IOException {
        List<String> names = new ArrayList<>();
        for (String name : blobs.list(FOLDER)) {
            if (name.endsWith(SUFFIX) && name.compareTo(cursor) > 0) {
                names.add(name);
            }
        }
        return names;
    }

    Optional<CatalogEvent> read(String name) throws IOException {
        Optional<BlobStore.Document> document = blobs.readDocument(name);
        return document.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        CatalogEvent.fromJson(
                                Documents.readDocument(document.get().bytes(), name)));
    }
}

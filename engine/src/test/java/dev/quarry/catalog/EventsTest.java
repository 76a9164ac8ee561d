package dev.quarry.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.catalog.model.CatalogEvent;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Grantee;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.store.ForwardingBlobStore;
import dev.quarry.store.MemoryBlobStore;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

class EventsTest {

    private final MovingClock clock = new MovingClock();
    private final MemoryBlobStore blobs = new MemoryBlobStore();
    private final Catalog catalog = Catalog.open(blobs, clock);
    private final AccountCatalog mine;
    private final AccountCatalog theirs;

    EventsTest() throws IOException {
        mine = catalog.as("111111111111");
        theirs = catalog.as("222222222222");
    }

    private static List<String> told(EventReader reader) throws IOException {
        List<String> told = new ArrayList<>();
        for (CatalogEvent event : reader.next()) {
            told.add(event.account() + " " + event.action() + " " + event.resourceId());
        }
        return told;
    }

    private void tick() {
        clock.pass(Duration.ofMillis(1));
    }

    @Test
    void whoDidWhat() throws IOException {
        EventReader reader = mine.events(Instant.EPOCH);
        assertEquals(List.of(), told(reader));
        Snapshot root = Catalogs.snapshot(mine, 1);
        tick();
        MachineImage image = Catalogs.image(mine, "image", root);
        tick();
        mine.sharing().modifyImage(image.id(), List.of(Grantee.account("222222222222")), List.of());
        String me = "111111111111 ";
        assertEquals(
                List.of(
                        me + "ImportSnapshot " + root.id(),
                        me + "RegisterImage " + image.id(),
                        me + "ModifyImageAttribute " + image.id()),
                told(reader));
        tick();
        theirs.sharing().cancelImage(image.id());
        tick();
        mine.tag(image.id(), Map.of("a", "b"));
        mine.tag(image.id(), Map.of("a", "b")); // changes nothing
        tick();
        mine.recordExport(mine.prepareExport(root.id()));
        tick();
        mine.lifecycle().deregister(image.id());
        tick();
        mine.deleteSnapshot(root.id());
        assertThrows(CatalogException.class, () -> mine.deleteSnapshot(root.id()));
        assertEquals(
                List.of(
                        "222222222222 CancelImageLaunchPermission " + image.id(),
                        me + "CreateTags " + image.id(),
                        me + "ExportSnapshot " + root.id(),
                        me + "DeregisterImage " + image.id(),
                        me + "DeleteSnapshot " + root.id()),
                told(reader));
        assertEquals(
                List.of("222222222222 CancelImageLaunchPermission " + image.id()),
                told(theirs.events(Instant.EPOCH)),
                "what others do to theirs is not told");
        assertEquals(
                List.of(me + "DeleteSnapshot " + root.id()), told(mine.events(clock.instant())));
    }

    @Test
    void detailsAreTheActorsAlone() throws IOException {
        MachineImage image = Catalogs.image(mine, "image", Catalogs.snapshot(mine, 1));
        tick();
        mine.sharing().modifyImage(image.id(), List.of(Grantee.ALL), List.of());
        CatalogEvent event = mine.events(Instant.EPOCH).next().getLast();
        assertTrue(event.toJson(mine.actor()).containsKey("Details"));
        assertFalse(event.toJson(theirs.actor()).containsKey("Details"));
    }

    @Test
    void whatComesLateIsStillRead() throws IOException {
        EventReader reader = mine.events(Instant.EPOCH);
        clock.pass(Duration.ofSeconds(10));
        Catalogs.snapshot(mine, 1);
        assertEquals(1, reader.next().size());
        clock.pass(Duration.ofSeconds(-5));
        Catalogs.snapshot(mine, 1);
        clock.pass(Duration.ofSeconds(6));
        assertEquals(1, reader.next().size());
        assertEquals(0, reader.next().size());
        clock.pass(Duration.ofSeconds(40));
        Catalogs.snapshot(mine, 1);
        assertEquals(1, reader.next().size());
        assertEquals(0, reader.next().size());
    }

    /** Dies before it can write to the log. */
    private static final class NoLog extends ForwardingBlobStore {
        NoLog(MemoryBlobStore inner) {
            super(inner);
        }

        @Override
        protected void before(Operation operation, String name) throws IOException {
            if (operation.isWrite() && name.startsWith("events/")) {
                throw new IOException("gone");
            }
        }
    }

    @Test
    void anEventThatWasCutOffIsTold() throws IOException {
        Snapshot root = Catalogs.snapshot(mine, 1);
        tick();
        MachineImage image = Catalogs.image(mine, "image", root);
        AccountCatalog dying = Catalog.open(new NoLog(blobs), clock).as("111111111111");
        tick();
        assertThrows(IOException.class, () -> dying.lifecycle().disable(image.id()));
        tick();
        mine.lifecycle().enable(image.id());
        tick();
        assertThrows(IOException.class, () -> dying.lifecycle().deregister(image.id()));
        tick();
        assertThrows(CatalogException.class, () -> mine.lifecycle().deregister(image.id()));
        List<String> actions = new ArrayList<>();
        mine.events(Instant.EPOCH).next().forEach(event -> actions.add(event.action()));
        assertEquals(
                List.of(
                        "ImportSnapshot",
                        "RegisterImage",
                        "DisableImage",
                        "EnableImage",
                        "DeregisterImage"),
                actions);
    }
}

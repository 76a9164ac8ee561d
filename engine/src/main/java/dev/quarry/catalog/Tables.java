package dev.quarry.catalog;

import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.CatalogEvent;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.CatalogObject;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.ImageState;
import dev.quarry.catalog.model.Launch;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.ObjectKind;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.StateReason;
import dev.quarry.catalog.model.Volume;
import dev.quarry.catalog.rule.AccessRules;
import dev.quarry.store.BlobConflictException;
import dev.quarry.store.BlobStore;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/** Everything that the catalogue keeps, without any rule about who may touch it. Thread-safe. */
final class Tables {

    /**
     * Attempts at a change that others keep overtaking. Each failed one means that another writer
     * got through, so only a store that answers wrongly comes near.
     */
    static final int ATTEMPTS_MAX = 1000;

    private static final int LAUNCHED_ATTEMPTS_MAX = 10;

    final Documents<MachineImage> images;
    final Documents<Snapshot> snapshots;
    final Documents<Volume> volumes;
    final Documents<Launch> launches;
    final NameClaims names;
    final Terms terms;
    final BlobStore blobs;
    final EventLog events;
    final SettingsDocuments settings;
    private final Clock clock;
    private final RandomGenerator random;

    Tables(BlobStore blobs, Clock clock, RandomGenerator random) {
        this.images = new Documents<>(blobs, ObjectKind.IMAGE, "images", MachineImage::fromJson);
        this.snapshots =
                new Documents<>(blobs, ObjectKind.SNAPSHOT, "snapshots", Snapshot::fromJson);
        this.volumes = new Documents<>(blobs, ObjectKind.VOLUME, "volumes", Volume::fromJson);
        this.launches = new Documents<>(blobs, ObjectKind.LAUNCH, "launches", Launch::fromJson);
        this.names = new NameClaims(blobs, images, random);
        this.terms = new Terms(blobs);
        this.blobs = blobs;
        this.events = new EventLog(blobs);
        this.settings = new SettingsDocuments(blobs);
        this.clock = clock;
        this.random = random;
    }

    /** Now, in the precision that documents keep. */
    Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    /** A new id. */
    String newId(ObjectKind kind) {
        return kind.newId(random);
    }

    /** A number that nobody else has, for telling apart two changes that look alike. */
    String newToken() {
        return Long.toHexString(random.nextLong());
    }

    /**
     * That others kept changing an object for so long that its change was given up; nothing was
     * changed.
     */
    static CatalogException busy(String id) {
        return new CatalogException(
                ErrorCode.CONCURRENT_MODIFICATION,
                id + " was changed by others " + ATTEMPTS_MAX + " times in a row");
    }

    /** A number of 128 bits, in hex, for the names of events. */
    private String newEventId() {
        return HexFormat.of().toHexDigits(random.nextLong())
                + HexFormat.of().toHexDigits(random.nextLong());
    }

    /** That an account does something to an object now. */
    CatalogEvent event(Actor actor, String action, CatalogObject object, String... details) {
        Map<String, String> more = new LinkedHashMap<>();
        for (int i = 0; i < details.length; i += 2) {
            more.put(details[i], details[i + 1]);
        }
        return new CatalogEvent(
                newEventId(), now(), actor.account(), action, object.id(), object.ownerId(), more);
    }

    /**
     * Creates an object and then its search entries; nobody relies on those of an object that is
     * not available yet.
     *
     * @param event what is done, or null if that is told at a later step
     */
    <T extends CatalogObject> Documents.Stored<T> create(
            Documents<T> documents, T object, @Nullable CatalogEvent event) throws IOException {
        Documents.Stored<T> stored = documents.create(object, event);
        terms.add(Terms.of(object));
        if (event != null) {
            events.append(event);
        }
        return stored;
    }

    /**
     * Replaces an object if it is still as it was read, and keeps its search entries complete
     * throughout: new ones are there before the change, and both sides look again afterwards,
     * because another writer may have removed or added the same entry meanwhile.
     *
     * @param event what is done, or null if it is no step that anyone is told of
     * @throws BlobConflictException if it is not; nothing was changed
     */
    <T extends CatalogObject> Documents.Stored<T> replace(
            Documents<T> documents, Documents.Stored<T> old, T object, @Nullable CatalogEvent event)
            throws IOException {
        if (event != null) {
            events.ensure(old.event());
        }
        Set<String> added = Terms.of(object);
        Set<String> removed = new TreeSet<>(Terms.of(old.object()));
        removed.removeAll(added);
        added.removeAll(Terms.of(old.object()));
        terms.add(added);
        Documents.Stored<T> stored =
                documents.replace(old, object, event == null ? old.event() : event);
        terms.add(added);
        if (event != null) {
            events.append(event);
        }
        if (!removed.isEmpty()) {
            terms.remove(removed);
            addAgain(documents, object.id(), removed);
        }
        return stored;
    }

    /** Takes back that search entries were removed, as far as an object has them by now. */
    private <T extends CatalogObject> void addAgain(
            Documents<T> documents, String id, Set<String> removed) throws IOException {
        Optional<Documents.Stored<T>> now = documents.find(id);
        if (now.isPresent()) {
            Set<String> needed = new TreeSet<>(removed);
            needed.retainAll(Terms.of(now.get().object()));
            terms.add(needed);
        }
    }

    /** A change of an object. */
    @FunctionalInterface
    interface Change<T> {
        T apply(T present) throws IOException;
    }

    /**
     * Changes an object that is the actor's. Whoever is overtaken decides anew on what is there
     * then.
     *
     * @param action EC2's name of the operation, for the audit log
     * @param details keys and values for the audit log
     * @throws CatalogException if there is no such object, it is another's, or the change refuses
     */
    <T extends CatalogObject> T change(
            Documents<T> documents,
            String id,
            Actor actor,
            String action,
            Change<T> change,
            String... details)
            throws IOException {
        for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
            Documents.Stored<T> stored = visible(documents, id, actor);
            AccessRules.requireOwner(stored.object(), actor);
            T changed = change.apply(stored.object());
            // As they are stored: comparing records links a dozen handles, 20 ms of the command.
            if (changed.toJson().equals(stored.object().toJson())) {
                return changed;
            }
            try {
                return replace(documents, stored, changed, event(actor, action, changed, details))
                        .object();
            } catch (BlobConflictException _) {
                // Done again on what is there now.
            }
        }
        throw busy(id);
    }

    /**
     * An object that an account may know of.
     *
     * @throws CatalogException if there is none, or it is hidden: the two are told apart by nobody
     */
    <T extends CatalogObject> Documents.Stored<T> visible(
            Documents<T> documents, String id, Actor actor) throws IOException {
        Documents.Stored<T> stored =
                documents.find(id).orElseThrow(() -> documents.kind().notFound(id));
        if (!AccessRules.isVisible(stored.object(), actor)) {
            throw documents.kind().notFound(id);
        }
        return stored;
    }

    /**
     * Notes when an image was last launched (4.6.4). Nothing depends on it, so it gives way where
     * others change the image, or it is gone.
     */
    void launched(String imageId, Actor actor, Instant time) throws IOException {
        for (int attempt = 0; attempt < LAUNCHED_ATTEMPTS_MAX; attempt++) {
            Optional<Documents.Stored<MachineImage>> stored = images.find(imageId);
            if (stored.isEmpty() || !AccessRules.isVisible(stored.get().object(), actor)) {
                return;
            }
            MachineImage image = stored.get().object();
            Instant last = image.lifecycle().lastLaunchedTime();
            if (last != null && !time.isAfter(last)) {
                return;
            }
            try {
                replace(
                        images,
                        stored.get(),
                        image.withLifecycle(image.lifecycle().withLastLaunchedTime(time)),
                        null);
                return;
            } catch (BlobConflictException _) {
                // Changed meanwhile.
            }
        }
    }

    /** Makes an image invalid (4.6.2), unless it is anything but available by now. */
    void invalidate(String imageId, Actor actor, String reason) throws IOException {
        for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
            Documents.Stored<MachineImage> stored = visible(images, imageId, actor);
            if (stored.object().state() != ImageState.AVAILABLE) {
                return;
            }
            MachineImage invalid =
                    stored.object()
                            .withState(
                                    ImageState.INVALID,
                                    new StateReason(ErrorCode.INVALID_MANIFEST.spelling(), reason));
            try {
                replace(images, stored, invalid, event(actor, "InvalidateImage", invalid));
                return;
            } catch (BlobConflictException _) {
                // Changed meanwhile.
            }
        }
        throw busy(imageId);
    }

    /**
     * Removes an object that no caller can see any more, and its search entries. One that was made
     * under the same id meanwhile stays.
     */
    <T extends CatalogObject> void remove(Documents<T> documents, Documents.Stored<T> stored)
            throws IOException {
        events.ensure(stored.event());
        Set<String> removed = Terms.of(stored.object());
        terms.remove(removed);
        if (!documents.delete(stored)) {
            addAgain(documents, stored.object().id(), removed);
        }
    }
}

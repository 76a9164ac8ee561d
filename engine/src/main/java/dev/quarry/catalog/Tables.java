package dev.quarry.catalog;

import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.CatalogObject;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Launch;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.ObjectKind;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.Volume;
import dev.quarry.store.BlobConflictException;
import dev.quarry.store.BlobStore;

import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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

    final Documents<MachineImage> images;
    final Documents<Snapshot> snapshots;
    final Documents<Volume> volumes;
    final Documents<Launch> launches;
    final NameClaims names;
    final Terms terms;
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

    /**
     * Creates an object and then its search entries; nobody relies on those of an object that is
     * not available yet.
     */
    <T extends CatalogObject> Documents.Stored<T> create(Documents<T> documents, T object)
            throws IOException {
        Documents.Stored<T> stored = documents.create(object);
        terms.add(Terms.of(object));
        return stored;
    }

    /**
     * Replaces an object if it is still as it was read, and keeps its search entries complete
     * throughout: new ones are there before the change, and both sides look again afterwards,
     * because another writer may have removed or added the same entry meanwhile.
     *
     * @throws BlobConflictException if it is not; nothing was changed
     */
    <T extends CatalogObject> Documents.Stored<T> replace(
            Documents<T> documents, Documents.Stored<T> old, T object) throws IOException {
        Set<String> added = Terms.of(object);
        Set<String> removed = new TreeSet<>(Terms.of(old.object()));
        removed.removeAll(added);
        added.removeAll(Terms.of(old.object()));
        terms.add(added);
        Documents.Stored<T> stored = documents.replace(old, object);
        terms.add(added);
        if (!removed.isEmpty()) {
            terms.remove(removed);
            Optional<Documents.Stored<T>> now = documents.find(object.id());
            if (now.isPresent()) {
                removed.retainAll(Terms.of(now.get().object()));
                terms.add(removed);
            }
        }
        return stored;
    }

    /** Removes an object that no caller can see any more, and its search entries. */
    <T extends CatalogObject> void remove(Documents<T> documents, T object) throws IOException {
        terms.remove(Terms.of(object));
        documents.delete(object.id());
    }
}

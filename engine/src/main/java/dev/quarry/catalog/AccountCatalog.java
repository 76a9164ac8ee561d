package dev.quarry.catalog;

import dev.quarry.catalog.mapping.MappingMerge;
import dev.quarry.catalog.mapping.MergedMapping;
import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.CatalogObject;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Launch;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.ObjectKind;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotFacts;
import dev.quarry.catalog.model.SnapshotState;
import dev.quarry.catalog.model.Tags;
import dev.quarry.catalog.model.Volume;
import dev.quarry.catalog.rule.AccessRules;
import dev.quarry.catalog.rule.ImageRegistration;
import dev.quarry.catalog.rule.RegistrationRules;
import dev.quarry.catalog.rule.SnapshotRegistration;
import dev.quarry.store.BlobConflictException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiFunction;

/**
 * The catalogue as one account sees it and may change it. Every rule is asked here or in what this
 * calls, so no caller can forget one. What an account may not see does not exist for it: an unknown
 * id and one that is hidden give the same error. Thread-safe.
 *
 * <p>All methods throw {@link CatalogException} where a rule refuses, with nothing changed, and
 * IOException where the store fails.
 */
public final class AccountCatalog {

    private final Tables tables;
    private final Actor actor;

    AccountCatalog(Tables tables, Actor actor) {
        this.tables = tables;
        this.actor = actor;
    }

    /** On whose behalf this acts. */
    public Actor actor() {
        return actor;
    }

    /** The time that the catalogue would record now, in milliseconds. */
    public Instant now() {
        return tables.now();
    }

    /** An id that no object has, for what is recorded later. */
    public String newId(ObjectKind kind) {
        return tables.newId(kind);
    }

    // Adding.

    /** Records a snapshot whose content is in the chunk store, durably. */
    public Snapshot registerSnapshot(SnapshotRegistration registration) throws IOException {
        RegistrationRules.check(registration);
        Snapshot snapshot =
                new Snapshot(
                        tables.newId(ObjectKind.SNAPSHOT),
                        registration.root(),
                        registration.contentDigest(),
                        registration.sizeBytes(),
                        actor.account(),
                        registration.description(),
                        SnapshotState.COMPLETED,
                        null,
                        tables.now(),
                        registration.source(),
                        registration.encryption(),
                        List.of(),
                        List.of(),
                        registration.tags());
        return tables.create(tables.snapshots, snapshot).object();
    }

    /**
     * Refuses a name that an image could not be registered under now, so that a long import need
     * not fail at its end. The name is not reserved.
     *
     * @throws CatalogException of code InvalidAMIName.Malformed or InvalidAMIName.Duplicate
     */
    public void checkImageName(String name) throws IOException {
        RegistrationRules.checkName(name);
        tables.names.requireFree(actor.account(), name);
    }

    /** Registers an image; it is available when this returns. */
    public MachineImage registerImage(ImageRegistration registration) throws IOException {
        return new ImageRegistrar(tables, actor).register(registration);
    }

    /**
     * Records what a launch made: its volumes, then the launch itself.
     *
     * @param launch with ids from {@link #newId}, owned by this account
     * @param volumes those that the launch names
     */
    public void recordLaunch(Launch launch, List<Volume> volumes) throws IOException {
        List<Volume> recorded = new ArrayList<>();
        try {
            AccessRules.requireOwner(launch, actor);
            for (Volume volume : volumes) {
                AccessRules.requireOwner(volume, actor);
                tables.create(tables.volumes, volume);
                recorded.add(volume);
            }
            tables.create(tables.launches, launch);
        } catch (IOException | RuntimeException e) {
            for (Volume volume : recorded) {
                tables.remove(tables.volumes, volume);
            }
            throw e;
        }
    }

    // Finding.

    /** An object of any kind, by its id. */
    public CatalogObject show(String id) throws IOException {
        return switch (kindOf(id)) {
            case IMAGE -> image(id);
            case SNAPSHOT -> snapshot(id);
            case VOLUME -> volume(id);
            case LAUNCH -> launch(id);
        };
    }

    public MachineImage image(String id) throws IOException {
        return visible(tables.images, id).object();
    }

    public Snapshot snapshot(String id) throws IOException {
        return visible(tables.snapshots, id).object();
    }

    public Volume volume(String id) throws IOException {
        return visible(tables.volumes, id).object();
    }

    public Launch launch(String id) throws IOException {
        return visible(tables.launches, id).object();
    }

    /** All images that the account may see, by id. */
    public List<MachineImage> images() throws IOException {
        return all(tables.images);
    }

    /** All snapshots that the account may see, by id. */
    public List<Snapshot> snapshots() throws IOException {
        return all(tables.snapshots);
    }

    /** The account's volumes, by id. */
    public List<Volume> volumes() throws IOException {
        return all(tables.volumes);
    }

    /** The account's launches, by id. */
    public List<Launch> launches() throws IOException {
        return all(tables.launches);
    }

    // Changing.

    /** Adds tags to an object, or gives those that it has new values. */
    public void tag(String id, Map<String, String> tags) throws IOException {
        changeTags(id, present -> present.with(tags));
    }

    /**
     * Takes tags from an object.
     *
     * @param keys key to the value that it must have to be removed, or to null for any
     */
    public void untag(String id, Map<String, @Nullable String> keys) throws IOException {
        changeTags(id, present -> present.without(keys));
    }

    /**
     * Deregisters an image. Its snapshots stay; volumes that were launched from it are unaffected
     * (4.9.1).
     */
    public void deregister(String imageId) throws IOException {
        new Retirement(tables, actor).deregister(imageId);
    }

    /**
     * Deletes a snapshot.
     *
     * @throws CatalogException of code InvalidSnapshot.InUse while it is the root snapshot of a
     *     registered image (4.9.2)
     */
    public void deleteSnapshot(String snapshotId) throws IOException {
        new Retirement(tables, actor).deleteSnapshot(snapshotId);
    }

    // Launching.

    /**
     * Everything that a launch of an image needs to be planned: permission, the merged mapping
     * (4.5), the snapshots.
     *
     * @param request the launch's own mappings; they may be incomplete where the image has the rest
     */
    public LaunchSubject prepareLaunch(String imageId, List<BlockDeviceMapping> request)
            throws IOException {
        MachineImage image = visible(tables.images, imageId).object();
        AccessRules.requireLaunch(image, actor);
        MergedMapping merged = MappingMerge.merge(image, request, requestedFacts(image, request));
        Map<String, Snapshot> snapshots = new TreeMap<>();
        for (MergedMapping.Device device : merged.devices()) {
            if (device.assignment() instanceof Ebs ebs && ebs.snapshotId() != null) {
                String id = ebs.snapshotId();
                Snapshot snapshot =
                        tables.snapshots
                                .find(id)
                                .map(Documents.Stored::object)
                                .filter(found -> found.state() != SnapshotState.DELETED)
                                .orElseThrow(() -> missing(image, device.deviceName(), id));
                AccessRules.requireCompleted(snapshot);
                snapshots.put(id, snapshot);
            }
        }
        return new LaunchSubject(image, merged, snapshots, actor.account());
    }

    private static CatalogException missing(MachineImage image, String device, String snapshotId) {
        return new CatalogException(
                ErrorCode.INVALID_SNAPSHOT_NOT_FOUND,
                "there is no snapshot "
                        + snapshotId
                        + ", to which image "
                        + image.id()
                        + " maps "
                        + device);
    }

    /**
     * Facts of the snapshots that a request brings in itself: the account must be allowed to use
     * them. Those that the image maps come with the permission to launch it.
     */
    private Map<String, SnapshotFacts> requestedFacts(
            MachineImage image, List<BlockDeviceMapping> request) throws IOException {
        Map<String, SnapshotFacts> facts = new TreeMap<>();
        for (BlockDeviceMapping entry : request) {
            Ebs ebs = entry.ebs();
            String id = ebs == null ? null : ebs.snapshotId();
            BlockDeviceMapping mapped = image.mapping(entry.deviceName());
            Ebs mappedEbs = mapped == null ? null : mapped.ebs();
            if (id != null && (mappedEbs == null || !id.equals(mappedEbs.snapshotId()))) {
                Snapshot snapshot = visible(tables.snapshots, id).object();
                AccessRules.requireUse(snapshot, actor);
                facts.put(id, snapshot.facts());
            }
        }
        return facts;
    }

    // What the others stand on.

    private static ObjectKind kindOf(String id) throws CatalogException {
        return ObjectKind.of(id)
                .orElseThrow(() ->
                        new CatalogException(
                                ErrorCode.INVALID_ID,
                                "'"
                                        + id
                                        + "' is no id of an image (ami-…), snapshot (snap-…),"
                                        + " volume (vol-…) or launch (i-…)"));
    }

    private <T extends CatalogObject> Documents.Stored<T> visible(Documents<T> documents, String id)
            throws IOException {
        Documents.Stored<T> stored =
                documents.find(id).orElseThrow(() -> documents.kind().notFound(id));
        if (!AccessRules.isVisible(stored.object(), actor)) {
            throw documents.kind().notFound(id);
        }
        return stored;
    }

    private <T extends CatalogObject> List<T> all(Documents<T> documents) throws IOException {
        List<T> objects = new ArrayList<>();
        for (String id : documents.ids()) {
            Optional<Documents.Stored<T>> stored = documents.find(id);
            if (stored.isPresent() && AccessRules.isVisible(stored.get().object(), actor)) {
                objects.add(stored.get().object());
            }
        }
        return objects;
    }

    /** A change of tags. */
    @FunctionalInterface
    private interface TagChange {
        Tags apply(Tags present) throws CatalogException;
    }

    private void changeTags(String id, TagChange change) throws IOException {
        switch (kindOf(id)) {
            case IMAGE -> changeTags(tables.images, id, change, MachineImage::withTags);
            case SNAPSHOT -> changeTags(tables.snapshots, id, change, Snapshot::withTags);
            case VOLUME -> changeTags(tables.volumes, id, change, Volume::withTags);
            case LAUNCH -> changeTags(tables.launches, id, change, Launch::withTags);
        }
    }

    /**
     * Tags of two writers go together, so a conflict is settled by doing it again on what is there
     * now.
     */
    private <T extends CatalogObject> void changeTags(
            Documents<T> documents, String id, TagChange change, BiFunction<T, Tags, T> with)
            throws IOException {
        for (int attempt = 0; attempt < Tables.ATTEMPTS_MAX; attempt++) {
            Documents.Stored<T> stored = visible(documents, id);
            AccessRules.requireOwner(stored.object(), actor);
            Tags tags = change.apply(stored.object().tags());
            if (tags.equals(stored.object().tags())) {
                return;
            }
            try {
                tables.replace(documents, stored, with.apply(stored.object(), tags));
                return;
            } catch (BlobConflictException _) {
                // Done again on what is there now.
            }
        }
        throw Tables.busy(id);
    }
}

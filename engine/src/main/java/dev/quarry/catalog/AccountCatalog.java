package dev.quarry.catalog;

import dev.quarry.catalog.mapping.EncryptionRules;
import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.CatalogObject;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.Encryption;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.ImageState;
import dev.quarry.catalog.model.Launch;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.ObjectKind;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotState;
import dev.quarry.catalog.model.Tags;
import dev.quarry.catalog.model.Volume;
import dev.quarry.catalog.rule.AccessRules;
import dev.quarry.catalog.rule.ImageQuery;
import dev.quarry.catalog.rule.ImageRegistration;
import dev.quarry.catalog.rule.ObjectFilters;
import dev.quarry.catalog.rule.ObjectQuery;
import dev.quarry.catalog.rule.ProductRules;
import dev.quarry.catalog.rule.RegistrationRules;
import dev.quarry.catalog.rule.SnapshotRegistration;
import dev.quarry.store.StoreLease;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The catalogue as one account sees it and may change it. Every rule is asked here or in what this
 * calls, so no caller can forget one. What an account may not see does not exist for it: an unknown
 * id and one that is hidden give the same error. Thread-safe.
 *
 * <p>All methods throw {@link CatalogException} where a rule refuses, with nothing changed, and
 * IOException where the store fails.
 */
public final class AccountCatalog {

    /** Ancestors that are followed: a longer chain is a circle that somebody wrote. */
    private static final int ANCESTORS_MAX = 1000;

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
        Snapshot snapshot = prepareSnapshot(registration);
        return tables.create(
                        tables.snapshots,
                        snapshot,
                        tables.event(actor, registration.action(), snapshot))
                .object();
    }

    /**
     * Registers a snapshot beside collectors: it is pending before they are told that it is there,
     * and can be used only when none of them has taken its writer for dead.
     *
     * @param lease under which the snapshot's content was written
     * @throws dev.quarry.store.StoreException of kind EXPIRED if one has; then the snapshot is not
     *     there
     */
    public Snapshot registerSnapshot(SnapshotRegistration registration, StoreLease lease)
            throws IOException {
        Snapshot snapshot = prepareSnapshot(registration);
        return new PendingSnapshots(tables)
                .register(snapshot, lease, tables.event(actor, registration.action(), snapshot));
    }

    /** A snapshot as it is to be, with an id of its own; not registered. */
    public Snapshot prepareSnapshot(SnapshotRegistration registration) throws CatalogException {
        RegistrationRules.check(registration);
        return new Snapshot(
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
                registration.productCodes(),
                registration.tags());
    }

    /** What a snapshot that is brought from elsewhere is encrypted with (4.2.9). */
    public Encryption encryptionOfCopy(Snapshot original) throws IOException {
        return EncryptionRules.result(
                original.facts(),
                Ebs.builder().build(),
                actor.account(),
                EncryptionRules.AccountDefaults.of(tables.settings.account(actor.account())));
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
        return new ImageRegistrar(tables, actor).register(registration, registration.action());
    }

    /**
     * Registers an image together with snapshots that were made for it: all are there when this
     * returns, and none if it fails. Where the process dies, a collection takes away what there is
     * of them.
     *
     * @param snapshots {@linkplain #prepareSnapshot prepared}
     * @param lease under which their content was written, and that is held until this returns
     * @throws dev.quarry.store.StoreException of kind EXPIRED if a collector has taken the caller
     *     for dead
     */
    public MachineImage registerImage(
            ImageRegistration registration, List<Snapshot> snapshots, StoreLease lease)
            throws IOException {
        return new ImageRegistrar(tables, actor)
                .register(registration, snapshots, lease, registration.action());
    }

    /**
     * Records what a launch made: its volumes, then the launch itself.
     *
     * @param launch with ids from {@link #newId}, owned by this account
     * @param volumes those that the launch names
     */
    public void recordLaunch(Launch launch, List<Volume> volumes) throws IOException {
        List<Documents.Stored<Volume>> recorded = new ArrayList<>();
        try {
            AccessRules.requireOwner(launch, actor);
            for (Volume volume : volumes) {
                AccessRules.requireOwner(volume, actor);
                recorded.add(tables.create(tables.volumes, volume, null));
            }
            tables.create(
                    tables.launches,
                    launch,
                    tables.event(actor, "RunInstances", launch, "ImageId", launch.imageId()));
        } catch (IOException | RuntimeException e) {
            // The launch may be on record although telling of it failed; then its volumes stay,
            // too.
            if (tables.launches.find(launch.id()).isEmpty()) {
                for (Documents.Stored<Volume> volume : recorded) {
                    tables.remove(tables.volumes, volume);
                }
            }
            throw e;
        }
        tables.launched(launch.imageId(), actor, launch.launchTime());
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
        return tables.visible(tables.images, id, actor).object();
    }

    public Snapshot snapshot(String id) throws IOException {
        return tables.visible(tables.snapshots, id, actor).object();
    }

    public Volume volume(String id) throws IOException {
        return tables.visible(tables.volumes, id, actor).object();
    }

    public Launch launch(String id) throws IOException {
        return tables.visible(tables.launches, id, actor).object();
    }

    /** All images that the account may see, by id. */
    public List<MachineImage> images() throws IOException {
        return search(ImageQuery.all().withRetired(EnumSet.allOf(ImageQuery.Retired.class)))
                .images();
    }

    /**
     * Searches images (4.10).
     *
     * @throws CatalogException of code InvalidParameterValue for a filter that there is not,
     *     InvalidNextToken, or InvalidAMIID.NotFound
     */
    public ImagePage search(ImageQuery query) throws IOException {
        return new ImageFinder(tables, actor, query).find();
    }

    /**
     * The newest available image that a query finds. One that names no owner means the account's
     * own: anyone can publish an image under a name that looks right.
     *
     * @throws CatalogException of code InvalidAMIID.NotFound if there is none
     */
    public MachineImage latest(ImageQuery query) throws IOException {
        ImageQuery owned =
                query.owners().isEmpty() ? query.withOwners(List.of(ImageQuery.SELF)) : query;
        return search(owned).images().stream()
                .filter(image -> image.state() == ImageState.AVAILABLE)
                .max(
                        Comparator.comparing(MachineImage::creationDate)
                                .thenComparing(MachineImage::id))
                .orElseThrow(() ->
                        new CatalogException(
                                ErrorCode.INVALID_AMI_ID_NOT_FOUND,
                                "no available image of owner "
                                        + String.join(", ", owned.owners())
                                        + " fits"));
    }

    /**
     * An image, the one that it was made or copied from, and so on (GetImageAncestry). The chain
     * ends at an image of another region, or one that is gone or hidden.
     */
    public List<MachineImage> ancestry(String imageId) throws IOException {
        String region = tables.settings.store().region();
        List<MachineImage> chain = new ArrayList<>();
        MachineImage image = image(imageId);
        while (true) {
            chain.add(image);
            String source = image.origin().sourceImageId();
            String from = image.origin().sourceImageRegion();
            if (source == null
                    || (from != null && !from.equals(region))
                    || chain.size() == ANCESTORS_MAX) {
                return chain;
            }
            Optional<MachineImage> older =
                    tables.images
                            .find(source)
                            .map(Documents.Stored::object)
                            .filter(found -> AccessRules.isVisible(found, actor));
            if (older.isEmpty()) {
                return chain;
            }
            image = older.get();
        }
    }

    /** The audit log from a time on, as the account may see it. */
    public EventReader events(Instant since) {
        return new EventReader(tables, actor, since);
    }

    /** An object as EC2 would show it to the account. */
    public Map<String, Object> view(CatalogObject object) throws IOException {
        return Views.of(object, actor, tables.settings.store());
    }

    /** All snapshots that the account may see, by id. */
    public List<Snapshot> snapshots() throws IOException {
        return all(tables.snapshots);
    }

    /** The account's volumes, by id. */
    public List<Volume> volumes() throws IOException {
        return all(tables.volumes);
    }

    /**
     * Searches snapshots, with the filters and pages that images have (4.10).
     *
     * @throws CatalogException of code InvalidParameterValue for a filter that there is not,
     *     InvalidNextToken, or InvalidSnapshot.NotFound
     */
    public ObjectPage<Snapshot> searchSnapshots(ObjectQuery query) throws IOException {
        return new ObjectFinder<>(tables.snapshots, ObjectFilters.SNAPSHOTS, actor).find(query);
    }

    /** Searches the account's volumes, in the same way. */
    public ObjectPage<Volume> searchVolumes(ObjectQuery query) throws IOException {
        return new ObjectFinder<>(tables.volumes, ObjectFilters.VOLUMES, actor).find(query);
    }

    /** The account's launches, by id. */
    public List<Launch> launches() throws IOException {
        return all(tables.launches);
    }

    // Changing.

    /** Who else may use what the account has. */
    public Sharing sharing() {
        return new Sharing(tables, actor);
    }

    /** The later life of the account's images. */
    public Lifecycle lifecycle() {
        return new Lifecycle(tables, actor);
    }

    /** Copies of images, as records. */
    public Copies copies() {
        return new Copies(tables, actor);
    }

    /** Images on their way into objects and out of them, as records. */
    public StoreTasks storeTasks() {
        return new StoreTasks(tables, actor);
    }

    /** Snapshots that are written block by block, as records. */
    public Uploads uploads() {
        return new Uploads(tables, actor);
    }

    /** Which volume belongs to which launch. */
    public Attachments attachments() {
        return new Attachments(tables, actor);
    }

    /** What the account, and the store as a whole, have decided. */
    public Settings settings() {
        return new Settings(tables, actor);
    }

    /** Adds tags to an object, or gives those that it has new values. */
    public void tag(String id, Map<String, String> tags) throws IOException {
        changeTags(id, "CreateTags", present -> present.with(tags));
    }

    /**
     * Takes tags from an object.
     *
     * @param keys key to the value that it must have to be removed, or to null for any
     */
    public void untag(String id, Map<String, @Nullable String> keys) throws IOException {
        changeTags(id, "DeleteTags", present -> present.without(keys));
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
        return new LaunchPreparation(tables, actor).prepare(imageId, request);
    }

    /**
     * The snapshot whose content an export would write: the caller needs a create-volume permission
     * for it, and to be subscribed. A launch permission is none (4.7.1).
     *
     * @param id of a snapshot, or of an image whose root snapshot is meant
     */
    public Snapshot prepareExport(String id) throws IOException {
        CatalogObject object = show(id);
        Snapshot snapshot =
                switch (object) {
                    case Snapshot found -> found;
                    case MachineImage image -> rootSnapshot(image);
                    default ->
                            throw new CatalogException(
                                    ErrorCode.INVALID_PARAMETER_VALUE,
                                    id + " is neither a snapshot nor an image");
                };
        AccessRules.requireUse(snapshot, actor);
        ProductRules.requireSubscribed(
                snapshot.id(), snapshot.productCodes(), tables.settings.account(actor.account()));
        return snapshot;
    }

    /**
     * Makes an image invalid whose bundle is not as it was registered (4.6.2). Whoever may launch
     * it finds that out.
     */
    public void invalidate(String imageId, String reason) throws IOException {
        tables.invalidate(imageId, actor, reason);
    }

    /**
     * Tells the audit log that the content of a snapshot is about to leave the store. A store that
     * may only be read has no log to be told: who reads it there could as well copy its files.
     */
    public void recordExport(Snapshot snapshot) throws IOException {
        if (tables.blobs.isReadOnly()) {
            return;
        }
        tables.events.append(tables.event(actor, "ExportSnapshot", snapshot));
    }

    private Snapshot rootSnapshot(MachineImage image) throws IOException {
        String id = image.rootSnapshotId();
        if (id == null) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "image " + image.id() + " has no root snapshot");
        }
        return snapshot(id);
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

    private void changeTags(String id, String action, TagChange change) throws IOException {
        switch (kindOf(id)) {
            case IMAGE ->
                    tables.change(
                            tables.images,
                            id,
                            actor,
                            action,
                            image -> image.withTags(change.apply(image.tags())));
            case SNAPSHOT ->
                    tables.change(
                            tables.snapshots,
                            id,
                            actor,
                            action,
                            snapshot -> snapshot.withTags(change.apply(snapshot.tags())));
            case VOLUME ->
                    tables.change(
                            tables.volumes,
                            id,
                            actor,
                            action,
                            volume -> volume.withTags(change.apply(volume.tags())));
            case LAUNCH ->
                    tables.change(
                            tables.launches,
                            id,
                            actor,
                            action,
                            launch -> launch.withTags(change.apply(launch.tags())));
        }
    }
}

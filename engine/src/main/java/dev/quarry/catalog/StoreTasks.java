package dev.quarry.catalog;

import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Encryption;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.StoreTask;
import dev.quarry.catalog.rule.StoreRules;
import dev.quarry.store.BlobConflictException;
import dev.quarry.store.BlobStore;
import dev.quarry.store.StoreLease;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Images on their way into objects and out of them (4.12.1), as records. A task whose process is
 * gone has failed, whatever its document says. Thread-safe.
 */
public final class StoreTasks {

    private static final String FOLDER = "tasks/";
    private static final String SUFFIX = ".json";

    /** A bare name: no separator, not {@code .} or {@code ..}. */
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,254}");

    private final Tables tables;
    private final Actor actor;

    StoreTasks(Tables tables, Actor actor) {
        this.tables = tables;
        this.actor = actor;
    }

    /**
     * What is stored.
     *
     * @param image the image
     * @param snapshots those that it maps; none is encrypted in an object
     */
    public record Subject(MachineImage image, List<Snapshot> snapshots) {

        public Subject {
            snapshots = List.copyOf(snapshots);
        }

        /** Bytes of all disks. */
        public long totalBytes() {
            return snapshots.stream().mapToLong(Snapshot::sizeBytes).sum();
        }
    }

    /** Asks whether the account may store an image, and gives what is stored of it. */
    public Subject subject(String imageId) throws IOException {
        Copies.Source source = new Copies(tables, actor).prepareExport(imageId);
        StoreRules.requireStorable(source.image(), actor);
        return new Subject(
                source.image(),
                source.snapshots().values().stream()
                        .map(snapshot -> snapshot.withEncryption(Encryption.NONE))
                        .toList());
    }

    /**
     * The key, once it has the right shape.
     *
     * @throws CatalogException of code InvalidParameterValue otherwise
     */
    public static String checkKey(String key) throws CatalogException {
        if (!KEY.matcher(key).matches()) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "'" + key + "' is no object key: a bare file name");
        }
        return key;
    }

    /**
     * Begins a task.
     *
     * @param imageId of the image that is stored, or null
     * @param lease that its process holds until it is over
     * @throws CatalogException of code ResourceLimitExceeded if too much is in progress (4.12.1)
     */
    public StoreTask begin(
            StoreTask.Kind kind,
            @Nullable String imageId,
            String bucket,
            String objectKey,
            long sizeBytes,
            StoreLease lease)
            throws IOException {
        long running = 0;
        for (StoreTask task : all()) {
            if (task.kind() == kind && task.state() == StoreTask.State.IN_PROGRESS) {
                running += task.sizeBytes();
            }
        }
        StoreRules.checkSize(kind, sizeBytes, running);
        StoreTask task =
                new StoreTask(
                        tables.newToken() + tables.newToken(),
                        kind,
                        imageId,
                        actor.account(),
                        bucket,
                        checkKey(objectKey),
                        sizeBytes,
                        StoreTask.State.IN_PROGRESS,
                        0,
                        tables.now(),
                        null,
                        lease.name());
        tables.blobs.createDocument(name(task), Documents.bytes(task.toJson()));
        return task;
    }

    private static String name(StoreTask task) {
        return FOLDER + task.id() + SUFFIX;
    }

    /** Records how far a task is; nobody but its process does. */
    public void update(StoreTask task) throws IOException {
        Optional<BlobStore.Document> present = tables.blobs.readDocument(name(task));
        if (present.isPresent()) {
            try {
                tables.blobs.replaceDocument(
                        name(task), Documents.bytes(task.toJson()), present.get().version());
            } catch (BlobConflictException _) {
                // It was taken from the list.
            }
        }
    }

    /** Records that a task is complete, and tells the audit log. */
    public StoreTask complete(StoreTask task, MachineImage image) throws IOException {
        StoreTask done = task.withImageId(image.id()).with(StoreTask.State.COMPLETED, 100, null);
        update(done);
        tables.events.append(
                tables.event(
                        actor,
                        task.kind() == StoreTask.Kind.STORE
                                ? "CreateStoreImageTask"
                                : "CreateRestoreImageTask",
                        image,
                        "Bucket",
                        task.bucket(),
                        "S3objectKey",
                        task.objectKey()));
        return done;
    }

    /**
     * The account's tasks that store images, the latest first (DescribeStoreImageTasks).
     *
     * @param imageIds of these alone; empty for all
     */
    public List<StoreTask> list(Collection<String> imageIds) throws IOException {
        return all().stream()
                .filter(task -> task.kind() == StoreTask.Kind.STORE)
                .filter(task -> imageIds.isEmpty() || imageIds.contains(task.imageId()))
                .sorted(Comparator.comparing(StoreTask::startTime).reversed())
                .toList();
    }

    /** The account's tasks; what is older than 31 days is forgotten. */
    private List<StoreTask> all() throws IOException {
        List<StoreTask> tasks = new ArrayList<>();
        for (String name : tables.blobs.list(FOLDER)) {
            Optional<BlobStore.Document> document = tables.blobs.readDocument(name);
            if (document.isEmpty()) {
                continue;
            }
            StoreTask task =
                    StoreTask.fromJson(Documents.readDocument(document.get().bytes(), name));
            if (task.startTime().plus(StoreRules.LISTED).isBefore(tables.now())) {
                tables.blobs.delete(name);
            } else if (task.ownerId().equals(actor.account())) {
                tasks.add(
                        task.state() == StoreTask.State.IN_PROGRESS
                                        && !StoreLease.isHeld(tables.blobs, task.lease())
                                ? task.with(
                                        StoreTask.State.FAILED,
                                        task.percent(),
                                        "its process is gone")
                                : task);
            }
        }
        return tasks;
    }
}

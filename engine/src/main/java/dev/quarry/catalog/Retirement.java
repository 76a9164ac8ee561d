package dev.quarry.catalog;

import static java.util.stream.Collectors.joining;

import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Grantee;
import dev.quarry.catalog.model.ImageState;
import dev.quarry.catalog.model.JsonObject;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.ObjectKind;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotState;
import dev.quarry.catalog.rule.AccessRules;
import dev.quarry.catalog.rule.LifecycleRules;
import dev.quarry.catalog.rule.SharingRules;
import dev.quarry.store.BlobConflictException;
import dev.quarry.store.StoreException;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Ends the life of images and snapshots (4.9.1, 4.9.2). What was cut off is ended by asking again.
 */
final class Retirement {

    private final Tables tables;
    private final Actor actor;

    Retirement(Tables tables, Actor actor) {
        this.tables = tables;
        this.actor = actor;
    }

    /**
     * Deregisters an image; from the change of its state on it is gone for everyone, and its name
     * is free. What a retention rule matches goes into the recycle bin (4.9.3).
     *
     * @return the image as it was, and whether it is held
     */
    Deregistered deregister(String imageId) throws IOException {
        for (int attempt = 0; attempt < Tables.ATTEMPTS_MAX; attempt++) {
            Documents.Stored<MachineImage> stored =
                    tables.images
                            .find(imageId)
                            .orElseThrow(() -> ObjectKind.IMAGE.notFound(imageId));
            MachineImage image = stored.object();
            if (image.state() == ImageState.DEREGISTERED && actor.owns(image)) {
                tables.remove(tables.images, stored);
                throw ObjectKind.IMAGE.notFound(imageId);
            }
            if (!AccessRules.isVisible(image, actor)) {
                throw ObjectKind.IMAGE.notFound(imageId);
            }
            AccessRules.requireOwner(image, actor);
            LifecycleRules.requireUnprotected(image, tables.now());
            Optional<Instant> held =
                    LifecycleRules.heldUntil(
                            image, tables.settings.account(actor.account()), tables.now());
            try {
                if (held.isPresent()) {
                    Instant until = held.get();
                    tables.replace(
                            tables.images,
                            stored,
                            LifecycleRules.hold(image, tables.now(), until),
                            tables.event(
                                    actor,
                                    "DeregisterImage",
                                    image,
                                    "RecycleBinExitTime",
                                    JsonObject.time(until)));
                } else {
                    end(stored, "DeregisterImage");
                }
                return new Deregistered(image, held.isPresent());
            } catch (BlobConflictException _) {
                // Changed meanwhile: whether it may still be deregistered is decided anew.
            }
        }
        throw Tables.busy(imageId);
    }

    /**
     * What became of an image.
     *
     * @param image as it was
     * @param isHeld whether it is in the recycle bin
     */
    record Deregistered(MachineImage image, boolean isHeld) {}

    private void end(Documents.Stored<MachineImage> stored, String action) throws IOException {
        MachineImage image = stored.object();
        tables.remove(
                tables.images,
                tables.replace(
                        tables.images,
                        stored,
                        image.withState(ImageState.DEREGISTERED, null),
                        tables.event(Actor.of(image.ownerId()), action, image)));
    }

    /**
     * Deletes each snapshot that a deregistered image had (4.9.1), with a result for each. A
     * snapshot that another image has, or the image itself in the recycle bin, stays.
     */
    List<DeletedSnapshot> deleteSnapshotsOf(Deregistered deregistered) throws IOException {
        List<DeletedSnapshot> results = new ArrayList<>();
        for (String id : deregistered.image().snapshots().keySet()) {
            results.add(new DeletedSnapshot(id, delete(id)));
        }
        return results;
    }

    /** Deletes a snapshot that no image has, not even in the recycle bin. */
    DeletedSnapshot.Result delete(String id) throws IOException {
        Optional<Documents.Stored<Snapshot>> stored = tables.snapshots.find(id);
        if (stored.isEmpty() || stored.get().object().state() == SnapshotState.DELETED) {
            return DeletedSnapshot.Result.CLIENT_ERROR;
        }
        if (!actor.owns(stored.get().object())) {
            return DeletedSnapshot.Result.MISSING_PERMISSIONS;
        }
        if (!users(id, _ -> true).isEmpty()) {
            return DeletedSnapshot.Result.SKIPPED;
        }
        try {
            deleteSnapshot(id);
            return DeletedSnapshot.Result.SUCCESS;
        } catch (CatalogException e) {
            return switch (e.code()) {
                case INVALID_SNAPSHOT_IN_USE -> DeletedSnapshot.Result.SKIPPED;
                case INVALID_SNAPSHOT_NOT_FOUND -> DeletedSnapshot.Result.CLIENT_ERROR;
                default -> DeletedSnapshot.Result.INTERNAL_ERROR;
            };
        }
    }

    /** Images of the account that are in the recycle bin; those that are past their time go. */
    List<MachineImage> recycleBin() throws IOException {
        List<MachineImage> held = new ArrayList<>();
        for (String id : tables.terms.find(Terms.HELD, actor.account(), ObjectKind.IMAGE)) {
            Optional<Documents.Stored<MachineImage>> stored = tables.images.find(id);
            if (stored.isPresent()
                    && actor.owns(stored.get().object())
                    && LifecycleRules.isInRecycleBin(stored.get().object())
                    && !endIfExpired(stored.get())) {
                held.add(stored.get().object());
            }
        }
        return held;
    }

    /** Ends what the recycle bins of all accounts have held for as long as they had to (4.9.3). */
    static void endExpired(Tables tables) throws IOException {
        for (String id : tables.terms.scan(Terms.HELD, _ -> true, ObjectKind.IMAGE)) {
            try {
                Optional<Documents.Stored<MachineImage>> stored = tables.images.find(id);
                if (stored.isPresent()) {
                    Actor owner = Actor.of(stored.get().object().ownerId());
                    new Retirement(tables, owner).endIfExpired(stored.get());
                }
            } catch (CatalogException | StoreException e) {
                // Damaged: that is for a repair, and keeps nothing from being collected.
            }
        }
    }

    private boolean endIfExpired(Documents.Stored<MachineImage> stored) throws IOException {
        if (stored.object().state() == ImageState.DEREGISTERED) {
            tables.remove(tables.images, stored);
            return true;
        }
        if (!LifecycleRules.isExpired(stored.object(), tables.now())) {
            return false;
        }
        try {
            end(stored, "ExpireImage");
        } catch (BlobConflictException _) {
            // Somebody else has ended it, or restores it.
        }
        return true;
    }

    /**
     * Takes an image out of the recycle bin (4.9.3): it claims its name again, as a registration
     * does, so that two images never have one. It is not public any more if the account lets
     * nothing become public. What is cut off leaves it in the bin, to be restored again.
     */
    MachineImage restore(String imageId) throws IOException {
        for (int attempt = 0; attempt < Tables.ATTEMPTS_MAX; attempt++) {
            Documents.Stored<MachineImage> stored =
                    tables.images
                            .find(imageId)
                            .filter(found -> actor.owns(found.object()))
                            .orElseThrow(() -> ObjectKind.IMAGE.notFound(imageId));
            MachineImage begun = LifecycleRules.beginRestore(stored.object(), tables.now());
            try {
                Documents.Stored<MachineImage> claiming =
                        tables.replace(tables.images, stored, begun, null);
                return claimAndRestore(claiming);
            } catch (BlobConflictException _) {
                // Changed meanwhile.
            }
        }
        throw Tables.busy(imageId);
    }

    private MachineImage claimAndRestore(Documents.Stored<MachineImage> claiming)
            throws IOException {
        MachineImage image = claiming.object();
        try {
            tables.names.claim(image);
        } catch (CatalogException e) {
            tables.replace(tables.images, claiming, LifecycleRules.giveUpRestore(image), null);
            throw e;
        }
        List<Grantee> permissions =
                SharingRules.restored(image, tables.settings.account(actor.account()));
        return tables.replace(
                        tables.images,
                        claiming,
                        LifecycleRules.endRestore(image)
                                .withAccess(image.access().withLaunchPermissions(permissions)),
                        tables.event(actor, "RestoreImageFromRecycleBin", image))
                .object();
    }

    /**
     * Deletes a snapshot unless it is the root snapshot of a registered image of its owner's. The
     * document says that it is being deleted before anyone looks for images that use it (see {@link
     * ImageRegistrar}), and says that it is gone only if nobody has touched it since.
     */
    void deleteSnapshot(String snapshotId) throws IOException {
        for (int attempt = 0; attempt < Tables.ATTEMPTS_MAX; attempt++) {
            Documents.Stored<Snapshot> stored =
                    tables.snapshots
                            .find(snapshotId)
                            .orElseThrow(() -> ObjectKind.SNAPSHOT.notFound(snapshotId));
            Snapshot snapshot = stored.object();
            if (snapshot.state() == SnapshotState.DELETED && actor.owns(snapshot)) {
                tables.remove(tables.snapshots, stored);
            }
            if (!AccessRules.isVisible(snapshot, actor)) {
                throw ObjectKind.SNAPSHOT.notFound(snapshotId);
            }
            AccessRules.requireOwner(snapshot, actor);
            requireUnused(snapshot);
            try {
                deleteUnlessUsed(stored);
                return;
            } catch (BlobConflictException _) {
                // Changed meanwhile, perhaps by another deletion: looked at anew.
            }
        }
        throw Tables.busy(snapshotId);
    }

    private void deleteUnlessUsed(Documents.Stored<Snapshot> stored) throws IOException {
        Snapshot snapshot = stored.object();
        // The token makes this deletion's state unlike that of any other deletion of the same
        // snapshot.
        Documents.Stored<Snapshot> deleting =
                tables.replace(
                        tables.snapshots,
                        stored,
                        snapshot.withState(SnapshotState.DELETING, "deletion " + tables.newToken()),
                        null);
        try {
            requireUnused(snapshot);
        } catch (CatalogException e) {
            // What an earlier deletion left behind was completed before.
            SnapshotState state =
                    snapshot.state() == SnapshotState.DELETING
                            ? SnapshotState.COMPLETED
                            : snapshot.state();
            giveBack(deleting, snapshot.withState(state, null), e);
            throw e;
        }
        Snapshot deleted = snapshot.withState(SnapshotState.DELETED, null);
        tables.remove(
                tables.snapshots,
                tables.replace(
                        tables.snapshots,
                        deleting,
                        deleted,
                        tables.event(actor, "DeleteSnapshot", snapshot)));
        if (!snapshot.hasContent()) {
            Uploads.clear(tables, snapshot.id());
        }
    }

    private void giveBack(
            Documents.Stored<Snapshot> deleting, Snapshot before, CatalogException reason)
            throws IOException {
        try {
            tables.replace(tables.snapshots, deleting, before, null);
        } catch (BlobConflictException e) {
            // Another deletion has taken over, and decides for itself.
            reason.addSuppressed(e);
        }
    }

    /** Rule 4.9.2. Other accounts' images keep nobody from deleting what is its own. */
    private void requireUnused(Snapshot snapshot) throws IOException {
        List<MachineImage> users =
                users(
                        snapshot.id(),
                        image -> actor.owns(image) && snapshot.id().equals(image.rootSnapshotId()));
        if (!users.isEmpty()) {
            throw new CatalogException(
                    ErrorCode.INVALID_SNAPSHOT_IN_USE,
                    "snapshot "
                            + snapshot.id()
                            + " is the root snapshot of image "
                            + users.stream().map(Retirement::user).collect(joining(", ")));
        }
    }

    private static String user(MachineImage image) {
        Instant exit = image.lifecycle().recycleBinExitTime();
        return image.id()
                + (exit == null
                        ? ": deregister it first"
                        : ", which is in the recycle bin until " + exit);
    }

    /** Images that have a snapshot, and those in the recycle bin that can still be restored. */
    private List<MachineImage> users(String snapshotId, Predicate<MachineImage> counts)
            throws IOException {
        List<MachineImage> users = new ArrayList<>();
        for (String id : tables.terms.find(Terms.SNAPSHOT, snapshotId, ObjectKind.IMAGE)) {
            Optional<Documents.Stored<MachineImage>> stored = tables.images.find(id);
            if (stored.isPresent()
                    && LifecycleRules.isExpired(stored.get().object(), tables.now())) {
                endIfExpired(stored.get());
                stored = tables.images.find(id);
            }
            if (stored.isPresent()) {
                MachineImage image = stored.get().object();
                if (image.state() != ImageState.DEREGISTERED
                        && image.snapshots().containsKey(snapshotId)
                        && counts.test(image)) {
                    users.add(image);
                }
            }
        }
        return users;
    }
}

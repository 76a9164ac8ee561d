package dev.quarry.catalog;

import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.ImageState;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.ObjectKind;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotState;
import dev.quarry.catalog.rule.AccessRules;
import dev.quarry.store.BlobConflictException;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
     * is free.
     */
    void deregister(String imageId) throws IOException {
        for (int attempt = 0; attempt < Tables.ATTEMPTS_MAX; attempt++) {
            Documents.Stored<MachineImage> stored =
                    tables.images
                            .find(imageId)
                            .orElseThrow(() -> ObjectKind.IMAGE.notFound(imageId));
            MachineImage image = stored.object();
            if (image.state() == ImageState.DEREGISTERED && actor.owns(image)) {
                tables.remove(tables.images, image);
                throw ObjectKind.IMAGE.notFound(imageId);
            }
            if (!AccessRules.isVisible(image, actor)) {
                throw ObjectKind.IMAGE.notFound(imageId);
            }
            AccessRules.requireOwner(image, actor);
            try {
                tables.images.replace(stored, image.withState(ImageState.DEREGISTERED, null));
                tables.remove(tables.images, image);
                return;
            } catch (BlobConflictException _) {
                // Changed meanwhile: whether it may still be deregistered is decided anew.
            }
        }
        throw Tables.busy(imageId);
    }

    /**
     * Deletes a snapshot unless it is the root snapshot of a registered image. The document says
     * that it is being deleted before anyone looks for images that use it (see {@link
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
                tables.remove(tables.snapshots, snapshot);
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
                        snapshot.withState(
                                SnapshotState.DELETING, "deletion " + tables.newToken()));
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
        tables.replace(tables.snapshots, deleting, deleted);
        tables.remove(tables.snapshots, deleted);
    }

    private void giveBack(
            Documents.Stored<Snapshot> deleting, Snapshot before, CatalogException reason)
            throws IOException {
        try {
            tables.replace(tables.snapshots, deleting, before);
        } catch (BlobConflictException e) {
            // Another deletion has taken over, and decides for itself.
            reason.addSuppressed(e);
        }
    }

    /** Rule 4.9.2. */
    private void requireUnused(Snapshot snapshot) throws IOException {
        List<String> users = new ArrayList<>();
        for (String id : tables.terms.find(Terms.SNAPSHOT, snapshot.id(), ObjectKind.IMAGE)) {
            Optional<Documents.Stored<MachineImage>> image = tables.images.find(id);
            if (image.isPresent()
                    && image.get().object().state() != ImageState.DEREGISTERED
                    && snapshot.id().equals(image.get().object().rootSnapshotId())) {
                users.add(id);
            }
        }
        if (!users.isEmpty()) {
            throw new CatalogException(
                    ErrorCode.INVALID_SNAPSHOT_IN_USE,
                    "snapshot "
                            + snapshot.id()
                            + " is the root snapshot of image "
                            + String.join(", ", users)
                            + ": deregister it first");
        }
    }
}

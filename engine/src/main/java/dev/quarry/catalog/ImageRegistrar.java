package dev.quarry.catalog;

import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.ImageAccess;
import dev.quarry.catalog.model.ImageLifecycle;
import dev.quarry.catalog.model.ImageState;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.ObjectKind;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotState;
import dev.quarry.catalog.model.StateReason;
import dev.quarry.catalog.rule.AccessRules;
import dev.quarry.catalog.rule.ImageRegistration;
import dev.quarry.catalog.rule.RegistrationRules;
import dev.quarry.catalog.rule.SnapshotRegistration;
import dev.quarry.store.BlobConflictException;
import dev.quarry.store.StoreLease;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Registers images, in steps that can be cut off anywhere: the image's document in state pending,
 * its search entries, a second look at the snapshots, the name, and last the state available. What
 * is left of a registration that was cut off is a pending image, which its owner can deregister,
 * and a collection ends.
 *
 * <p>The second look is one half of a promise; {@link Retirement} holds the other. A registration
 * says that it uses a snapshot and then looks whether the snapshot is being deleted; a deletion
 * says that it deletes and then looks whether the snapshot is used. Whichever comes second sees the
 * other.
 */
final class ImageRegistrar {

    private final Tables tables;
    private final Actor actor;

    ImageRegistrar(Tables tables, Actor actor) {
        this.tables = tables;
        this.actor = actor;
    }

    /**
     * @param action EC2's name of the operation, for the audit log
     */
    MachineImage register(ImageRegistration registration, String action) throws IOException {
        Map<String, Snapshot> snapshots = snapshots(registration.mappings(), List.of());
        RegistrationRules.Checked checked = RegistrationRules.check(registration, snapshots);
        Documents.Stored<MachineImage> pending =
                begin(
                        registration,
                        checked,
                        tables.newId(ObjectKind.IMAGE),
                        PendingImages.REGISTERING);
        try {
            requireCompleted(snapshots);
            return finish(pending, action);
        } catch (IOException | RuntimeException e) {
            abandon(pending, e);
            throw e;
        }
    }

    /**
     * Registers an image together with snapshots that are made for it. The pending image comes
     * first and names them and the lease: where this is cut off, a collection ends the image, and
     * deletes what there is of the snapshots.
     *
     * @param made snapshots as they are to be, not registered yet
     * @param lease under which their content was written
     * @param action EC2's name of the operation, for the audit log
     */
    MachineImage register(
            ImageRegistration registration, List<Snapshot> made, StoreLease lease, String action)
            throws IOException {
        Map<String, Snapshot> snapshots = snapshots(registration.mappings(), made);
        RegistrationRules.Checked checked = RegistrationRules.check(registration, snapshots);
        Documents.Stored<MachineImage> pending =
                begin(
                        registration,
                        checked,
                        tables.newId(ObjectKind.IMAGE),
                        PendingImages.creating(lease, made.stream().map(Snapshot::id).toList()));
        try {
            for (Snapshot snapshot : made) {
                String how = SnapshotRegistration.action(snapshot.source());
                new PendingSnapshots(tables)
                        .register(snapshot, lease, tables.event(actor, how, snapshot));
            }
            requireCompleted(snapshots);
            return finish(pending, action);
        } catch (IOException | RuntimeException e) {
            abandon(pending, e);
            made.forEach(snapshot -> abandon(snapshot, e));
            // Who was stopped for too long finds things changed that a collection took back.
            lease.requireHeld(e);
            throw e;
        }
    }

    private void abandon(Snapshot made, Exception reason) {
        try {
            if (tables.snapshots.find(made.id()).isPresent()) {
                new Retirement(tables, actor).deleteSnapshot(made.id());
            }
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    /** What fails leaves nothing, also where only the last step failed, behind the change. */
    private void abandon(Documents.Stored<MachineImage> pending, Exception reason) {
        try {
            Optional<Documents.Stored<MachineImage>> now =
                    tables.images.find(pending.object().id());
            if (now.isPresent() && now.get().object().state() == ImageState.AVAILABLE) {
                tables.remove(
                        tables.images,
                        tables.replace(
                                tables.images,
                                now.get(),
                                now.get().object().withState(ImageState.DEREGISTERED, null),
                                null));
            } else {
                tables.remove(tables.images, now.orElse(pending));
            }
        } catch (IOException e) {
            // A collection ends it.
            reason.addSuppressed(e);
        }
    }

    /**
     * Writes the pending image.
     *
     * @param reason says what it waits for, if nobody can go on with it; or null
     */
    Documents.Stored<MachineImage> begin(
            ImageRegistration registration,
            RegistrationRules.Checked checked,
            String id,
            @Nullable StateReason reason)
            throws IOException {
        requireQuota();
        MachineImage image =
                new MachineImage(
                        id,
                        registration.name(),
                        registration.description(),
                        actor.account(),
                        ImageState.PENDING,
                        reason,
                        tables.now(),
                        registration.hardware(),
                        checked.rootDeviceName(),
                        checked.mappings(),
                        checked.snapshots(),
                        registration.origin(),
                        new ImageAccess(List.of(), checked.productCodes()),
                        ImageLifecycle.NEW,
                        registration.tags());
        try {
            return tables.create(tables.images, image, null);
        } catch (BlobConflictException e) {
            throw e;
        } catch (IOException e) {
            if (reason != null) {
                removeUnfinished(image, e);
            }
            throw e;
        }
    }

    /** The document may be there or not, and some search entries. */
    private void removeUnfinished(MachineImage image, IOException reason) {
        try {
            tables.remove(
                    tables.images,
                    tables.images.find(image.id()).orElse(new Documents.Stored<>(image, "", null)));
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    /** Claims the name and makes the image available. */
    MachineImage finish(Documents.Stored<MachineImage> pending, String action) throws IOException {
        tables.names.claim(pending.object());
        return makeAvailable(pending, action);
    }

    /** Rule 4.7.2: images in the recycle bin count, too (4.9.3). */
    private void requireQuota() throws IOException {
        Integer most = tables.settings.store().imagesMax();
        if (most == null) {
            return;
        }
        int present = images();
        if (present >= most) {
            // Ends what has been in the bin for long enough.
            new Retirement(tables, actor).recycleBin();
            present = images();
        }
        if (present >= most) {
            throw new CatalogException(
                    ErrorCode.RESOURCE_LIMIT_EXCEEDED,
                    "account "
                            + actor.account()
                            + " has "
                            + present
                            + " images, and may have "
                            + most);
        }
    }

    private int images() throws IOException {
        return tables.terms.find(Terms.OWNER, actor.account(), ObjectKind.IMAGE).size();
    }

    /**
     * The snapshots that mappings name.
     *
     * @param made those that are not registered yet
     */
    private Map<String, Snapshot> snapshots(List<BlockDeviceMapping> mappings, List<Snapshot> made)
            throws IOException {
        Map<String, Snapshot> known = new TreeMap<>();
        made.forEach(snapshot -> known.put(snapshot.id(), snapshot));
        Map<String, Snapshot> snapshots = new TreeMap<>();
        for (BlockDeviceMapping mapping : mappings) {
            Ebs ebs = mapping.ebs();
            if (ebs != null && ebs.snapshotId() != null) {
                String id = ebs.snapshotId();
                Snapshot snapshot = known.get(id);
                if (snapshot == null) {
                    snapshot =
                            tables.snapshots
                                    .find(id)
                                    .map(Documents.Stored::object)
                                    .orElseThrow(() -> ObjectKind.SNAPSHOT.notFound(id));
                }
                AccessRules.requireUse(snapshot, actor);
                snapshots.put(id, snapshot);
            }
        }
        return snapshots;
    }

    private void requireCompleted(Map<String, Snapshot> snapshots) throws IOException {
        for (String id : snapshots.keySet()) {
            Optional<Documents.Stored<Snapshot>> now = tables.snapshots.find(id);
            if (now.isEmpty() || now.get().object().state() == SnapshotState.DELETED) {
                throw ObjectKind.SNAPSHOT.notFound(id);
            }
            AccessRules.requireCompleted(now.get().object());
        }
    }

    private MachineImage makeAvailable(Documents.Stored<MachineImage> pending, String action)
            throws IOException {
        Documents.Stored<MachineImage> seen = pending;
        for (int attempt = 0; attempt < Tables.ATTEMPTS_MAX; attempt++) {
            MachineImage image = seen.object();
            if (image.state() != ImageState.PENDING) {
                throw deregisteredMeanwhile(image.id());
            }
            try {
                return tables.replace(
                                tables.images,
                                seen,
                                image.withState(ImageState.AVAILABLE, null),
                                tables.event(actor, action, image))
                        .object();
            } catch (BlobConflictException _) {
                // Its owner may have tagged it, which changes nothing here, or deregistered it,
                // which does.
                seen =
                        tables.images
                                .find(image.id())
                                .orElseThrow(() -> deregisteredMeanwhile(image.id()));
            }
        }
        throw Tables.busy(pending.object().id());
    }

    private static CatalogException deregisteredMeanwhile(String id) {
        return new CatalogException(
                ErrorCode.INVALID_AMI_ID_UNAVAILABLE,
                "image " + id + " was deregistered while it was being registered");
    }
}

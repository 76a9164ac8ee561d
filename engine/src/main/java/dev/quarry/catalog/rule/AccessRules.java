package dev.quarry.catalog.rule;

import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.CatalogObject;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Grantee;
import dev.quarry.catalog.model.ImageState;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.ObjectKind;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotState;

import java.util.List;

/**
 * Who may see, use and change what (4.7.1, 4.10.1). This is the one place that decides it; {@code
 * Catalog} asks here before everything it does. What an account may not see does not exist for it.
 */
public final class AccessRules {

    private AccessRules() {}

    /** Whether a list of shares means an account. */
    public static boolean includes(List<Grantee> grantees, Actor actor) {
        for (Grantee grantee : grantees) {
            boolean meant =
                    switch (grantee.kind()) {
                        case GROUP -> grantee.equals(Grantee.ALL);
                        case USER -> grantee.value().equals(actor.account());
                        case ORGANIZATION, ORGANIZATIONAL_UNIT ->
                                actor.organizations().contains(grantee.value());
                    };
            if (meant) {
                return true;
            }
        }
        return false;
    }

    /** Whether an account may know of an object. Volumes and launches are their owner's alone. */
    public static boolean isVisible(CatalogObject object, Actor actor) {
        if (object instanceof MachineImage image) {
            return image.state() != ImageState.DEREGISTERED
                    && !LifecycleRules.isInRecycleBin(image)
                    && (actor.owns(image)
                            || (image.state() == ImageState.AVAILABLE
                                    && includes(image.access().launchPermissions(), actor)));
        }
        if (object instanceof Snapshot snapshot) {
            return snapshot.state() != SnapshotState.DELETED
                    && (actor.owns(snapshot)
                            || (snapshot.state() == SnapshotState.COMPLETED
                                    && includes(snapshot.createVolumePermissions(), actor)));
        }
        return actor.owns(object);
    }

    /**
     * Lets only the owner pass: to change, share, tag, deregister or delete.
     *
     * @throws CatalogException of code AuthFailure
     */
    public static void requireOwner(CatalogObject object, Actor actor) throws CatalogException {
        if (!actor.owns(object)) {
            throw new CatalogException(
                    ErrorCode.AUTH_FAILURE,
                    "account " + actor.account() + " does not own " + object.id());
        }
    }

    /**
     * Lets pass who may launch (4.1.2, 4.7.1).
     *
     * @throws CatalogException of code InvalidAMIID.NotFound if the image is not visible,
     *     InvalidAMIID.Unavailable if it is not available
     */
    public static void requireLaunch(MachineImage image, Actor actor) throws CatalogException {
        if (!isVisible(image, actor)) {
            throw ObjectKind.IMAGE.notFound(image.id());
        }
        if (image.state() != ImageState.AVAILABLE) {
            throw new CatalogException(
                    ErrorCode.INVALID_AMI_ID_UNAVAILABLE,
                    "image "
                            + image.id()
                            + " is "
                            + image.state().spelling()
                            + ": only an available image can be launched");
        }
    }

    /**
     * Lets pass who may make volumes and images of a snapshot.
     *
     * @throws CatalogException of code InvalidSnapshot.NotFound if it is not visible,
     *     IncorrectState if it is not completed
     */
    public static void requireUse(Snapshot snapshot, Actor actor) throws CatalogException {
        if (!isVisible(snapshot, actor)) {
            throw ObjectKind.SNAPSHOT.notFound(snapshot.id());
        }
        requireCompleted(snapshot);
    }

    /**
     * Whether who may launch an image may have a snapshot that it maps: an image over another
     * account's snapshot passes it on only as long as its own owner may use it.
     */
    public static boolean comesWith(MachineImage image, Snapshot snapshot, Actor actor)
            throws CatalogException {
        return isVisible(snapshot, actor) || isVisible(snapshot, Actor.of(image.ownerId()));
    }

    /** Rule 4.11.3: only a completed snapshot has content to use. */
    public static void requireCompleted(Snapshot snapshot) throws CatalogException {
        if (snapshot.state() != SnapshotState.COMPLETED) {
            throw new CatalogException(
                    ErrorCode.INCORRECT_STATE,
                    "snapshot "
                            + snapshot.id()
                            + " is "
                            + snapshot.state().spelling()
                            + ", not completed");
        }
    }
}

package dev.quarry.catalog.rule;

import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Grantee;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.StoreTask;
import dev.quarry.catalog.model.VirtualizationType;

import java.time.Duration;
import java.util.List;

/** What may be stored as an object and restored from one (4.12.1). */
public final class StoreRules {

    /** Bytes of an image's disks. */
    public static final long IMAGE_BYTES_MAX = 5000L * 1_000_000_000;

    /** Bytes that an account stores at one time. */
    public static final long STORING_BYTES_MAX = 600L * 1_000_000_000;

    /** Bytes that an account restores at one time. */
    public static final long RESTORING_BYTES_MAX = 300L * 1_000_000_000;

    /** How long a task is listed. */
    public static final Duration LISTED = Duration.ofDays(31);

    private StoreRules() {}

    /**
     * Lets pass what an account may store, of what it may take out of the store: an image that is
     * shared with the account itself, not merely with all.
     */
    public static void requireStorable(MachineImage image, Actor actor) throws CatalogException {
        if (!image.isEbsBacked()) {
            throw refused(image, "is instance-store-backed");
        }
        if (image.hardware().virtualizationType() == VirtualizationType.PARAVIRTUAL) {
            throw refused(image, "is paravirtual");
        }
        List<Grantee> direct =
                image.access().launchPermissions().stream()
                        .filter(grantee -> !grantee.equals(Grantee.ALL))
                        .toList();
        if (!actor.owns(image) && !AccessRules.includes(direct, actor)) {
            throw refused(image, "is public, and not shared with account " + actor.account());
        }
    }

    private static CatalogException refused(MachineImage image, String why) {
        return new CatalogException(
                ErrorCode.OPERATION_NOT_PERMITTED,
                "image " + image.id() + " cannot be stored: it " + why);
    }

    /**
     * Checks the sizes of a task.
     *
     * @param running bytes of the account's tasks of that kind that are in progress
     */
    public static void checkSize(StoreTask.Kind kind, long bytes, long running)
            throws CatalogException {
        if (bytes > IMAGE_BYTES_MAX) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "an image of " + bytes + " bytes exceeds " + IMAGE_BYTES_MAX);
        }
        long most = kind == StoreTask.Kind.STORE ? STORING_BYTES_MAX : RESTORING_BYTES_MAX;
        // One that is larger than the quota has it for itself.
        if (running > 0 && bytes > most - running) {
            throw new CatalogException(
                    ErrorCode.RESOURCE_LIMIT_EXCEEDED,
                    "tasks that "
                            + kind.spelling()
                            + " "
                            + running
                            + " bytes are in progress, and "
                            + bytes
                            + " more would exceed "
                            + most);
        }
    }
}

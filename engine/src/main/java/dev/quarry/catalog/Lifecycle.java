package dev.quarry.catalog;

import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.ImageLifecycle.DeregistrationProtection;
import dev.quarry.catalog.model.JsonObject;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.rule.LifecycleRules;
import dev.quarry.catalog.rule.RegistrationRules;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Instant;
import java.util.List;

/**
 * The later life of an account's images: deprecation, disabling, protection, deregistering and the
 * recycle bin (4.9), and what else of an image can change (4.6.4). Thread-safe.
 *
 * <p>All methods throw {@link CatalogException} where a rule refuses, with nothing changed.
 */
public final class Lifecycle {

    /** The one value of ImdsSupport. */
    private static final String IMDS = "v2.0";

    private final Tables tables;
    private final Actor actor;

    Lifecycle(Tables tables, Actor actor) {
        this.tables = tables;
        this.actor = actor;
    }

    private MachineImage change(
            String imageId, String action, Tables.Change<MachineImage> change, String... details)
            throws IOException {
        return tables.change(tables.images, imageId, actor, action, change, details);
    }

    /** Hides an image from others' listings from a time on; it can still be launched (4.9.5). */
    public MachineImage deprecate(String imageId, Instant time) throws IOException {
        return change(
                imageId,
                "EnableImageDeprecation",
                image -> LifecycleRules.deprecate(image, time, tables.now()),
                "DeprecateAt",
                JsonObject.time(time));
    }

    /** Takes the deprecation back; not that of a public image (4.9.5). */
    public MachineImage cancelDeprecation(String imageId) throws IOException {
        return change(imageId, "DisableImageDeprecation", LifecycleRules::cancelDeprecation);
    }

    /** Makes an image private and unusable until it is enabled (4.9.6). */
    public MachineImage disable(String imageId) throws IOException {
        return change(imageId, "DisableImage", LifecycleRules::disable);
    }

    /** Makes a disabled image usable again, for its owner alone (4.9.6). */
    public MachineImage enable(String imageId) throws IOException {
        return change(imageId, "EnableImage", LifecycleRules::enable);
    }

    /** Guards an image against deregistering (4.9.1). */
    public MachineImage protect(String imageId, DeregistrationProtection protection)
            throws IOException {
        return change(
                imageId,
                "EnableImageDeregistrationProtection",
                image -> LifecycleRules.protect(image, protection, tables.now()));
    }

    /** Ends the guard, at once or after its cool-down (4.9.1). */
    public MachineImage unprotect(String imageId) throws IOException {
        return change(
                imageId,
                "DisableImageDeregistrationProtection",
                image -> LifecycleRules.unprotect(image, tables.now()));
    }

    /** Gives an image another description (4.6.4). */
    public MachineImage describe(String imageId, @Nullable String description) throws IOException {
        RegistrationRules.checkDescription(description);
        return change(
                imageId,
                "ModifyImageAttribute",
                image -> image.withDescription(description),
                "Attribute",
                "description");
    }

    /** Says that machines of the image must use the newer metadata service; for good (4.6.4). */
    public MachineImage setImdsSupport(String imageId, String value) throws IOException {
        if (!value.equals(IMDS)) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "ImdsSupport '" + value + "' is not " + IMDS + ", and cannot be taken back");
        }
        return change(
                imageId,
                "ModifyImageAttribute",
                image -> image.withHardware(image.hardware().withImdsSupport(value)),
                "Attribute",
                "imdsSupport");
    }

    /**
     * Deregisters an image. Its snapshots stay; volumes that were launched from it are unaffected
     * (4.9.1). What a retention rule matches is held in the recycle bin (4.9.3). One that is
     * pending is cancelled (4.8.8).
     */
    public void deregister(String imageId) throws IOException {
        new Retirement(tables, actor).deregister(imageId);
    }

    /** Deregisters an image and deletes its snapshots; says what became of each (4.9.1). */
    public List<DeletedSnapshot> deregisterWithSnapshots(String imageId) throws IOException {
        Retirement retirement = new Retirement(tables, actor);
        return retirement.deleteSnapshotsOf(retirement.deregister(imageId));
    }

    /** The account's images in the recycle bin, by id (4.9.3). */
    public List<MachineImage> recycleBin() throws IOException {
        return new Retirement(tables, actor).recycleBin();
    }

    /**
     * Takes an image out of the recycle bin (4.9.3).
     *
     * @throws CatalogException of code InvalidAMIName.Duplicate if another image has its name by
     *     now
     */
    public MachineImage restore(String imageId) throws IOException {
        return new Retirement(tables, actor).restore(imageId);
    }
}

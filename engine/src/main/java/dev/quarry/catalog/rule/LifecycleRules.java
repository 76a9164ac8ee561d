package dev.quarry.catalog.rule;

import dev.quarry.catalog.model.AccountSettings;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.ImageLifecycle;
import dev.quarry.catalog.model.ImageLifecycle.DeregistrationProtection;
import dev.quarry.catalog.model.ImageState;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.ObjectKind;
import dev.quarry.catalog.model.RetentionRule;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Deprecation, disabling, protection and the recycle bin (4.9). Each method takes an image as it is
 * and gives it as it is to be.
 */
public final class LifecycleRules {

    /** From now, for an image that is not public. */
    public static final int DEPRECATION_YEARS_MAX = 10;

    /** From its creation, for a public image; also what a public image has that does not say. */
    public static final int DEPRECATION_YEARS_PUBLIC = 2;

    /** How long a protection holds that was switched off. */
    public static final Duration COOLDOWN = Duration.ofHours(24);

    private LifecycleRules() {}

    /** Rule 4.9.5: the image, deprecated at a time, rounded to the minute. */
    public static MachineImage deprecate(MachineImage image, Instant time, Instant now)
            throws CatalogException {
        requireState(image, ImageState.AVAILABLE, ImageState.DISABLED);
        Instant rounded = time.plusSeconds(30).truncatedTo(ChronoUnit.MINUTES);
        if (!rounded.isAfter(now)) {
            throw invalid("deprecation at " + rounded + " is not after now, " + now);
        }
        boolean isPublic = image.access().isPublic();
        Instant latest =
                isPublic
                        ? publicDeprecation(image)
                        : later(now.plusSeconds(60), DEPRECATION_YEARS_MAX);
        if (rounded.isAfter(latest)) {
            throw invalid(
                    "deprecation at "
                            + rounded
                            + " is after "
                            + latest
                            + ", the latest for "
                            + (isPublic ? "a public image" : "an image"));
        }
        return image.withLifecycle(image.lifecycle().withDeprecationTime(rounded));
    }

    /** Rule 4.9.5: a public image stays deprecated. */
    public static MachineImage cancelDeprecation(MachineImage image) throws CatalogException {
        if (image.access().isPublic()) {
            throw notPermitted(image, "is public: its deprecation cannot be cancelled");
        }
        return image.withLifecycle(image.lifecycle().withDeprecationTime(null));
    }

    /** Rule 4.9.5: what becomes public is deprecated two years after its creation at the latest. */
    public static MachineImage madePublic(MachineImage image) {
        Instant latest = publicDeprecation(image);
        Instant present = image.lifecycle().deprecationTime();
        return present != null && !present.isAfter(latest)
                ? image
                : image.withLifecycle(image.lifecycle().withDeprecationTime(latest));
    }

    private static Instant publicDeprecation(MachineImage image) {
        return later(image.creationDate(), DEPRECATION_YEARS_PUBLIC);
    }

    private static Instant later(Instant time, int years) {
        return time.atOffset(ZoneOffset.UTC)
                .plusYears(years)
                .toInstant()
                .truncatedTo(ChronoUnit.MINUTES);
    }

    /** Whether others' listings leave it out. */
    public static boolean isDeprecated(MachineImage image, Instant now) {
        Instant time = image.lifecycle().deprecationTime();
        return time != null && !time.isAfter(now);
    }

    /** Rule 4.9.6: nobody but the owner has it any more, and nobody can launch it. */
    public static MachineImage disable(MachineImage image) throws CatalogException {
        requireState(image, ImageState.AVAILABLE);
        return image.withState(ImageState.DISABLED, null)
                .withAccess(image.access().withLaunchPermissions(List.of()));
    }

    /** Rule 4.9.6: the shares that it had are not given back. */
    public static MachineImage enable(MachineImage image) throws CatalogException {
        requireState(image, ImageState.DISABLED);
        return image.withState(ImageState.AVAILABLE, null);
    }

    /**
     * Rule 4.9.1. A cool-down that runs goes on, and one that was promised begins when it is given
     * up: otherwise protecting once more without one would be the way around it.
     */
    public static MachineImage protect(
            MachineImage image, DeregistrationProtection protection, Instant now) {
        Instant end = cooldownEnd(image.lifecycle(), protection, now);
        return image.withLifecycle(image.lifecycle().withProtection(protection, end));
    }

    /** Rule 4.9.1: a protection with cool-down still holds for a day. */
    public static MachineImage unprotect(MachineImage image, Instant now) {
        return protect(image, DeregistrationProtection.DISABLED, now);
    }

    private static @Nullable Instant cooldownEnd(
            ImageLifecycle lifecycle, DeregistrationProtection next, Instant now) {
        DeregistrationProtection promised = DeregistrationProtection.ENABLED_WITH_COOLDOWN;
        return lifecycle.protection() == promised && next != promised
                ? now.plus(COOLDOWN)
                : lifecycle.protectionCooldownEnd();
    }

    /** Rule 4.9.1: what is protected is not deregistered. */
    public static void requireUnprotected(MachineImage image, Instant now) throws CatalogException {
        ImageLifecycle lifecycle = image.lifecycle();
        if (lifecycle.protection() != DeregistrationProtection.DISABLED) {
            throw notPermitted(image, "is protected against deregistration");
        }
        Instant end = lifecycle.protectionCooldownEnd();
        if (end != null && now.isBefore(end)) {
            throw notPermitted(image, "is protected against deregistration until " + end);
        }
    }

    /**
     * Rule 4.9.3: until when a deregistered image is held: the longest that a matching rule says,
     * or nothing if it is gone at once. Only EBS-backed images are held.
     */
    public static Optional<Instant> heldUntil(
            MachineImage image, AccountSettings owner, Instant now) {
        if (!image.isEbsBacked() || image.state() == ImageState.PENDING) {
            return Optional.empty();
        }
        return owner.retentionRules().stream()
                .filter(rule -> rule.matches(image.tags()))
                .map(RetentionRule::days)
                .max(Integer::compare)
                .map(days -> now.plus(Duration.ofDays(days)));
    }

    /** Whether it is in the recycle bin, or on its way out. */
    public static boolean isInRecycleBin(MachineImage image) {
        return image.lifecycle().recycleBinEnterTime() != null;
    }

    /** Whether the recycle bin has held it for as long as it had to. */
    public static boolean isExpired(MachineImage image, Instant now) {
        Instant exit = image.lifecycle().recycleBinExitTime();
        return exit != null && !now.isBefore(exit);
    }

    /**
     * Whether its name is free for another image: it is deregistered, or in the recycle bin and
     * nobody is restoring it.
     */
    public static boolean hasGivenUpName(MachineImage image) {
        return image.state() == ImageState.DEREGISTERED
                || (isInRecycleBin(image) && !isBeingRestored(image));
    }

    private static boolean isBeingRestored(MachineImage image) {
        return image.state() == ImageState.PENDING || image.state() == ImageState.TRANSIENT;
    }

    /** Puts an image into the recycle bin; it keeps its state. */
    public static MachineImage hold(MachineImage image, Instant now, Instant until) {
        return image.withLifecycle(image.lifecycle().withRecycleBin(now, until));
    }

    /**
     * The first step of restoring: from here on it claims its name. An available image is pending
     * meanwhile, a disabled one transient, so that each comes back as it was.
     */
    public static MachineImage beginRestore(MachineImage image, Instant now)
            throws CatalogException {
        if (!isInRecycleBin(image) || isExpired(image, now)) {
            throw ObjectKind.IMAGE.notFound(image.id());
        }
        return switch (image.state()) {
            case AVAILABLE -> image.withState(ImageState.PENDING, null);
            case DISABLED -> image.withState(ImageState.TRANSIENT, null);
            default -> image;
        };
    }

    /** The last step of restoring. */
    public static MachineImage endRestore(MachineImage image) {
        ImageState state =
                image.state() == ImageState.PENDING ? ImageState.AVAILABLE : ImageState.DISABLED;
        return image.withState(state, null)
                .withLifecycle(image.lifecycle().withRecycleBin(null, null));
    }

    /** Back into the recycle bin: the name is taken. */
    public static MachineImage giveUpRestore(MachineImage image) {
        ImageLifecycle lifecycle = image.lifecycle();
        return endRestore(image)
                .withLifecycle(
                        lifecycle.withRecycleBin(
                                Objects.requireNonNull(lifecycle.recycleBinEnterTime()),
                                lifecycle.recycleBinExitTime()));
    }

    private static void requireState(MachineImage image, ImageState... states)
            throws CatalogException {
        for (ImageState state : states) {
            if (image.state() == state) {
                return;
            }
        }
        throw new CatalogException(
                ErrorCode.INVALID_AMI_ID_UNAVAILABLE,
                "image "
                        + image.id()
                        + " is "
                        + image.state().spelling()
                        + ", not "
                        + states[0].spelling());
    }

    private static CatalogException notPermitted(MachineImage image, String reason) {
        return new CatalogException(
                ErrorCode.OPERATION_NOT_PERMITTED, "image " + image.id() + " " + reason);
    }

    private static CatalogException invalid(String reason) {
        return new CatalogException(ErrorCode.INVALID_PARAMETER_VALUE, reason);
    }
}

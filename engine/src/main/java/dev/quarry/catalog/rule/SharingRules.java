package dev.quarry.catalog.rule;

import dev.quarry.catalog.model.AccountSettings;
import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.Encryption;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Grantee;
import dev.quarry.catalog.model.ImageState;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotFacts;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** What can be shared, and with whom (4.7.1, 4.7.2). */
public final class SharingRules {

    /** Ids and ARNs of organisations and their units; they are ids that an account may carry. */
    private static final Pattern ORGANIZATION = Pattern.compile("[A-Za-z0-9:/_.-]{1,256}");

    private SharingRules() {}

    /**
     * Shares after a change: what is added twice is there once, what is not there is removed
     * without an error.
     *
     * @param owner cannot be added: an owner needs no share
     */
    public static List<Grantee> changed(
            List<Grantee> present, List<Grantee> add, List<Grantee> remove, String owner)
            throws CatalogException {
        Set<Grantee> grantees = new LinkedHashSet<>(present);
        for (Grantee grantee : add) {
            check(grantee);
            if (!grantee.equals(Grantee.account(owner))) {
                grantees.add(grantee);
            }
        }
        for (Grantee grantee : remove) {
            check(grantee);
            grantees.remove(grantee);
        }
        return new ArrayList<>(grantees);
    }

    private static void check(Grantee grantee) throws CatalogException {
        switch (grantee.kind()) {
            case GROUP -> {
                if (!grantee.equals(Grantee.ALL)) {
                    throw bad("group '" + grantee.value() + "' is not all, the only one there is");
                }
            }
            case USER -> Actor.checkAccount(grantee.value());
            case ORGANIZATION, ORGANIZATIONAL_UNIT -> {
                if (!ORGANIZATION.matcher(grantee.value()).matches()) {
                    throw bad("'" + grantee.value() + "' is no id of an organisation");
                }
            }
        }
    }

    private static CatalogException bad(String reason) {
        return new CatalogException(ErrorCode.INVALID_AMI_ATTRIBUTE_ITEM_VALUE, reason);
    }

    /**
     * Whether an image may have those launch permissions. What it has already is not judged anew: a
     * block of public sharing leaves public what is public.
     *
     * @param publicImages images of the owner that are public now
     */
    public static void checkImage(
            MachineImage image,
            List<Grantee> permissions,
            AccountSettings owner,
            int publicImages,
            Quota quota)
            throws CatalogException {
        boolean grows = !image.access().launchPermissions().containsAll(permissions);
        if (!grows) {
            return;
        }
        if (image.state() != ImageState.AVAILABLE) {
            throw new CatalogException(
                    ErrorCode.INVALID_AMI_ID_UNAVAILABLE,
                    "image "
                            + image.id()
                            + " is "
                            + image.state().spelling()
                            + ": only an available image can be shared");
        }
        if (permissions.size() > quota.shareTargets()) {
            throw new CatalogException(
                    ErrorCode.RESOURCE_LIMIT_EXCEEDED,
                    image.id()
                            + " would be shared with "
                            + permissions.size()
                            + ", more than "
                            + quota.shareTargets());
        }
        for (Map.Entry<String, SnapshotFacts> snapshot : image.snapshots().entrySet()) {
            checkKey(image.id(), snapshot.getValue().encryption());
            if (!snapshot.getValue().ownerId().equals(image.ownerId())) {
                throw refused(
                        image.id(),
                        "has snapshot "
                                + snapshot.getKey()
                                + " of another account and cannot be shared: a copy can");
            }
        }
        if (permissions.contains(Grantee.ALL) && !image.access().isPublic()) {
            checkPublic(image, owner, publicImages, quota);
        }
    }

    /**
     * What sharing is limited to.
     *
     * @param shareTargets grantees of one image
     * @param publicImages public images of one account; {@link Integer#MAX_VALUE} for any number
     */
    public record Quota(int shareTargets, int publicImages) {}

    private static void checkPublic(
            MachineImage image, AccountSettings owner, int publicImages, Quota quota)
            throws CatalogException {
        checkNotBlocked(image.id(), owner);
        if (image.snapshots().values().stream().anyMatch(s -> s.encryption().encrypted())) {
            throw refused(image.id(), "has an encrypted snapshot and cannot be public");
        }
        if (image.mappings().stream().anyMatch(SharingRules::isEncrypted)) {
            throw refused(image.id(), "has an encrypted volume and cannot be public");
        }
        if (!image.access().productCodes().isEmpty()) {
            throw refused(image.id(), "has a product code and cannot be public");
        }
        if (publicImages >= quota.publicImages()) {
            throw new CatalogException(
                    ErrorCode.RESOURCE_LIMIT_EXCEEDED,
                    "account "
                            + image.ownerId()
                            + " has "
                            + publicImages
                            + " public images, and may have "
                            + quota.publicImages());
        }
    }

    private static boolean isEncrypted(BlockDeviceMapping mapping) {
        Ebs ebs = mapping.ebs();
        return ebs != null && Boolean.TRUE.equals(ebs.encrypted());
    }

    /** What of the launch permissions remains to an image that comes back (4.7.2). */
    public static List<Grantee> restored(MachineImage image, AccountSettings owner) {
        return image.access().launchPermissions().stream()
                .filter(grantee -> !owner.publicSharingBlocked() || !grantee.equals(Grantee.ALL))
                .toList();
    }

    /** Whether a snapshot may have those create-volume permissions. */
    public static void checkSnapshot(
            Snapshot snapshot, List<Grantee> permissions, AccountSettings owner)
            throws CatalogException {
        List<Grantee> present = snapshot.createVolumePermissions();
        if (present.containsAll(permissions)) {
            return;
        }
        AccessRules.requireCompleted(snapshot);
        checkKey(snapshot.id(), snapshot.encryption());
        if (permissions.contains(Grantee.ALL) && !present.contains(Grantee.ALL)) {
            checkNotBlocked(snapshot.id(), owner);
            if (snapshot.encryption().encrypted()) {
                throw refused(snapshot.id(), "is encrypted and cannot be public");
            }
            if (!snapshot.productCodes().isEmpty()) {
                throw refused(snapshot.id(), "has a product code and cannot be public");
            }
        }
    }

    /** The provider's default key is no key that another account could use. */
    private static void checkKey(String id, Encryption encryption) throws CatalogException {
        String key = encryption.kmsKeyId();
        if (encryption.encrypted() && (key == null || key.isBlank())) {
            throw refused(id, "is encrypted with the default key and cannot be shared");
        }
    }

    private static void checkNotBlocked(String id, AccountSettings owner) throws CatalogException {
        if (owner.publicSharingBlocked()) {
            throw refused(id, "cannot be made public: account " + owner.account() + " blocks that");
        }
    }

    private static CatalogException refused(String id, String reason) {
        return new CatalogException(ErrorCode.OPERATION_NOT_PERMITTED, id + " " + reason);
    }
}

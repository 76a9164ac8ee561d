package dev.quarry.catalog;

import dev.quarry.catalog.model.AccountSettings;
import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Grantee;
import dev.quarry.catalog.model.ImageState;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.ObjectKind;
import dev.quarry.catalog.model.ProductCode;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.StoreSettings;
import dev.quarry.catalog.rule.AccessRules;
import dev.quarry.catalog.rule.LifecycleRules;
import dev.quarry.catalog.rule.ProductRules;
import dev.quarry.catalog.rule.SharingRules;
import dev.quarry.store.BlobConflictException;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Who else may launch images and make volumes of snapshots, as one account decides it (4.7.1,
 * 4.7.2). Thread-safe.
 *
 * <p>All methods throw {@link CatalogException} where a rule refuses, with nothing changed.
 */
public final class Sharing {

    private final Tables tables;
    private final Actor actor;

    Sharing(Tables tables, Actor actor) {
        this.tables = tables;
        this.actor = actor;
    }

    /** Changes an image's launch permissions; what becomes public is deprecated in time (4.9.5). */
    public MachineImage modifyImage(String imageId, List<Grantee> add, List<Grantee> remove)
            throws IOException {
        AccountSettings settings = tables.settings.account(actor.account());
        StoreSettings store = tables.settings.store();
        Integer publicMax = store.publicImagesMax();
        SharingRules.Quota quota =
                new SharingRules.Quota(
                        store.shareTargetsMax(), publicMax == null ? Integer.MAX_VALUE : publicMax);
        return tables.change(
                tables.images,
                imageId,
                actor,
                "ModifyImageAttribute",
                image -> {
                    List<Grantee> permissions =
                            SharingRules.changed(
                                    image.access().launchPermissions(),
                                    add,
                                    remove,
                                    image.ownerId());
                    SharingRules.checkImage(
                            image, permissions, settings, publicImages(permissions), quota);
                    MachineImage changed =
                            image.withAccess(image.access().withLaunchPermissions(permissions));
                    return changed.access().isPublic() && !image.access().isPublic()
                            ? LifecycleRules.madePublic(changed)
                            : changed;
                },
                "Attribute",
                "launchPermission",
                "Add",
                add.toString(),
                "Remove",
                remove.toString());
    }

    /**
     * Counted only where it matters: where an image is or becomes public. What the recycle bin
     * holds counts, too: it comes back as it was (4.9.3).
     */
    private int publicImages(List<Grantee> permissions) throws IOException {
        if (!permissions.contains(Grantee.ALL)) {
            return 0;
        }
        int count = 0;
        String everyone = Terms.grantee(Grantee.ALL);
        for (String id : tables.terms.find(Terms.SHARED, everyone, ObjectKind.IMAGE)) {
            Optional<Documents.Stored<MachineImage>> stored = tables.images.find(id);
            if (stored.isPresent()
                    && actor.owns(stored.get().object())
                    && stored.get().object().access().isPublic()
                    && stored.get().object().state() != ImageState.DEREGISTERED
                    && !LifecycleRules.isExpired(stored.get().object(), tables.now())) {
                count++;
            }
        }
        return count;
    }

    /** Takes all launch permissions from an image: ResetImageAttribute (4.6.4). */
    public MachineImage resetImage(String imageId) throws IOException {
        return tables.change(
                tables.images,
                imageId,
                actor,
                "ResetImageAttribute",
                image -> image.withAccess(image.access().withLaunchPermissions(List.of())),
                "Attribute",
                "launchPermission");
    }

    /**
     * Gives up the acting account's own launch permission for another's image.
     *
     * @throws CatalogException of code InvalidAMIAttributeItemValue if the image is not shared with
     *     the account itself
     */
    public void cancelImage(String imageId) throws IOException {
        Grantee self = Grantee.account(actor.account());
        for (int attempt = 0; attempt < Tables.ATTEMPTS_MAX; attempt++) {
            Documents.Stored<MachineImage> stored = tables.visible(tables.images, imageId, actor);
            MachineImage image = stored.object();
            List<Grantee> permissions = new ArrayList<>(image.access().launchPermissions());
            if (!permissions.remove(self)) {
                throw new CatalogException(
                        ErrorCode.INVALID_AMI_ATTRIBUTE_ITEM_VALUE,
                        "image " + imageId + " is not shared with account " + actor.account());
            }
            try {
                tables.replace(
                        tables.images,
                        stored,
                        image.withAccess(image.access().withLaunchPermissions(permissions)),
                        tables.event(actor, "CancelImageLaunchPermission", image));
                return;
            } catch (BlobConflictException _) {
                // Changed meanwhile: looked at anew.
            }
        }
        throw Tables.busy(imageId);
    }

    /** Changes who may make volumes of a snapshot. */
    public Snapshot modifySnapshot(String snapshotId, List<Grantee> add, List<Grantee> remove)
            throws IOException {
        AccountSettings settings = tables.settings.account(actor.account());
        return tables.change(
                tables.snapshots,
                snapshotId,
                actor,
                "ModifySnapshotAttribute",
                snapshot -> {
                    List<Grantee> permissions =
                            SharingRules.changed(
                                    snapshot.createVolumePermissions(),
                                    add,
                                    remove,
                                    snapshot.ownerId());
                    SharingRules.checkSnapshot(snapshot, permissions, settings);
                    return snapshot.withCreateVolumePermissions(permissions);
                },
                "Attribute",
                "createVolumePermission",
                "Add",
                add.toString(),
                "Remove",
                remove.toString());
    }

    /**
     * Attaches products to a snapshot, and removes them; volumes and images that are made of it
     * have its codes (4.6.2, 4.7.3). An image's own codes cannot be changed (4.6.4).
     *
     * @param add products of this account, or of none yet
     * @param remove codes of products of this account
     * @throws CatalogException of code AuthFailure if a product is another account's
     */
    public Snapshot modifyProducts(String snapshotId, List<ProductCode> add, List<String> remove)
            throws IOException {
        AccessRules.requireOwner(
                tables.visible(tables.snapshots, snapshotId, actor).object(), actor);
        Products products = new Products(tables);
        for (String code : remove) {
            products.requireOwner(code, actor.account());
        }
        for (ProductCode code : add) {
            Settings.checkProductCode(code.productCodeId());
            products.claim(code.productCodeId(), actor.account());
        }
        return tables.change(
                tables.snapshots,
                snapshotId,
                actor,
                "ModifySnapshotAttribute",
                snapshot -> snapshot.withProductCodes(ProductRules.changed(snapshot, add, remove)),
                "Attribute",
                "productCodes",
                "Add",
                add.toString(),
                "Remove",
                remove.toString());
    }

    /** Takes all create-volume permissions from a snapshot. */
    public Snapshot resetSnapshot(String snapshotId) throws IOException {
        return tables.change(
                tables.snapshots,
                snapshotId,
                actor,
                "ResetSnapshotAttribute",
                snapshot -> snapshot.withCreateVolumePermissions(List.of()));
    }
}

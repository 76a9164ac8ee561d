package dev.quarry.catalog.rule;

import dev.quarry.catalog.model.AccountSettings;
import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Grantee;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.ProductCode;
import dev.quarry.catalog.model.Snapshot;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** What is paid for (4.7.3). */
public final class ProductRules {

    /** Product codes of a snapshot. */
    public static final int CODES_MAX = 50;

    private ProductRules() {}

    /**
     * Lets pass who is subscribed to every product.
     *
     * @param id what the products come with
     * @throws CatalogException of code OptInRequired
     */
    public static void requireSubscribed(
            String id, Collection<ProductCode> codes, AccountSettings account)
            throws CatalogException {
        List<String> missing =
                codes.stream()
                        .map(ProductCode::productCodeId)
                        .filter(code -> !account.subscriptions().contains(code))
                        .distinct()
                        .toList();
        if (!missing.isEmpty()) {
            throw new CatalogException(
                    ErrorCode.OPT_IN_REQUIRED,
                    "account "
                            + account.account()
                            + " is not subscribed to "
                            + String.join(", ", missing)
                            + ", which comes with "
                            + id);
        }
    }

    /**
     * The products of a snapshot after a change.
     *
     * @throws CatalogException of code OperationNotPermitted if it is public (4.7.2),
     *     InvalidParameterValue if it lacks what is removed, ResourceLimitExceeded
     */
    public static List<ProductCode> changed(
            Snapshot snapshot, List<ProductCode> add, List<String> remove) throws CatalogException {
        List<ProductCode> codes = new ArrayList<>(snapshot.productCodes());
        for (String code : remove) {
            if (!codes.removeIf(present -> present.productCodeId().equals(code))) {
                throw new CatalogException(
                        ErrorCode.INVALID_PARAMETER_VALUE,
                        "snapshot " + snapshot.id() + " has no product '" + code + "'");
            }
        }
        for (ProductCode code : add) {
            codes.removeIf(present -> present.productCodeId().equals(code.productCodeId()));
            codes.add(code);
        }
        if (!add.isEmpty() && snapshot.createVolumePermissions().contains(Grantee.ALL)) {
            throw new CatalogException(
                    ErrorCode.OPERATION_NOT_PERMITTED,
                    "snapshot " + snapshot.id() + " is public, and what is sold is not");
        }
        if (codes.size() > CODES_MAX) {
            throw new CatalogException(
                    ErrorCode.RESOURCE_LIMIT_EXCEEDED,
                    codes.size() + " product codes exceed " + CODES_MAX);
        }
        return codes;
    }

    /**
     * Refuses to copy another account's marketplace image: it is launched, and an image made of the
     * launch.
     */
    public static void requireCopyable(MachineImage image, Actor actor) throws CatalogException {
        boolean sold =
                image.access().productCodes().stream()
                        .anyMatch(code -> code.type() == ProductCode.Type.MARKETPLACE);
        if (sold && !actor.owns(image)) {
            throw new CatalogException(
                    ErrorCode.OPERATION_NOT_PERMITTED,
                    "image "
                            + image.id()
                            + " comes from a marketplace and another account: launch it and create"
                            + " an image of the launch");
        }
    }
}

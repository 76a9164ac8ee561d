package dev.quarry.catalog.model;

import java.util.List;

/**
 * Who may launch an image, and what they must be subscribed to.
 *
 * @param launchPermissions whom it is shared with; the owner is not among them
 * @param productCodes products that come with it
 */
public record ImageAccess(List<Grantee> launchPermissions, List<ProductCode> productCodes) {

    public static final ImageAccess PRIVATE = new ImageAccess(List.of(), List.of());

    public ImageAccess {
        launchPermissions = List.copyOf(launchPermissions);
        productCodes = List.copyOf(productCodes);
    }

    /** Whether everyone may launch it. */
    public boolean isPublic() {
        return launchPermissions.contains(Grantee.ALL);
    }

    public ImageAccess withLaunchPermissions(List<Grantee> newPermissions) {
        return new ImageAccess(newPermissions, productCodes);
    }

    void putTo(JsonObject object) {
        object.putIfAny("LaunchPermissions", Grantee.toJson(launchPermissions))
                .putIfAny("ProductCodes", ProductCode.toJson(productCodes));
    }

    static ImageAccess fromJson(JsonFields fields) throws CatalogException {
        return new ImageAccess(
                Grantee.fromJson(fields.objects("LaunchPermissions")),
                ProductCode.fromJson(fields.objects("ProductCodes")));
    }
}

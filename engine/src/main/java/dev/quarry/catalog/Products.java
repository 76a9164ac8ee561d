package dev.quarry.catalog;

import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.JsonObject;
import dev.quarry.store.BlobConflictException;
import dev.quarry.store.BlobStore;

import java.io.IOException;
import java.util.Optional;

/**
 * Whose products are whose (4.7.3). A product belongs to the account that attached its code first;
 * only that account attaches and removes the code, so that who makes images of a paid image cannot
 * take it off.
 */
final class Products {

    private static final String FOLDER = "products/";
    private static final String OWNER = "OwnerId";

    private final BlobStore blobs;

    Products(BlobStore blobs) {
        this.blobs = blobs;
    }

    private static String name(String code) {
        return FOLDER + NameClaims.sha256(code) + ".json";
    }

    /**
     * Makes a product an account's, unless it is another's.
     *
     * @throws CatalogException of code AuthFailure if it is
     */
    void claim(String code, String account) throws IOException {
        if (blobs.readDocument(name(code)).isEmpty()) {
            try {
                blobs.createDocument(
                        name(code),
                        Documents.bytes(
                                new JsonObject()
                                        .put("ProductCodeId", code)
                                        .put(OWNER, account)
                                        .map()));
                return;
            } catch (BlobConflictException _) {
                // Another account was first, or this one.
            }
        }
        requireOwner(code, account);
    }

    /** Refuses to touch another account's product, or one that nobody attached here. */
    void requireOwner(String code, String account) throws IOException {
        Optional<BlobStore.Document> document = blobs.readDocument(name(code));
        boolean owns =
                document.isPresent()
                        && Documents.readDocument(document.get().bytes(), name(code))
                                .string(OWNER)
                                .equals(account);
        if (!owns) {
            throw new CatalogException(
                    ErrorCode.AUTH_FAILURE,
                    "product '" + code + "' is not account " + account + "'s");
        }
    }
}

package dev.quarry.catalog;

import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.JsonObject;
import dev.quarry.catalog.model.ProductCode;
import dev.quarry.store.BlobConflictException;
import dev.quarry.store.BlobStore;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Whose products are whose (4.7.3). A product belongs to the account that attached its code first,
 * in the store where that was, and wherever images and snapshots are copied from there; only that
 * account attaches and removes the code, so that who makes images of a paid image cannot take it
 * off. Where a code came out of an archive, nobody knows whose it is, and it stays.
 */
final class Products {

    private static final String FOLDER = "products/";
    private static final String OWNER = "OwnerId";

    private final Tables tables;

    Products(Tables tables) {
        this.tables = tables;
    }

    private static String name(String code) {
        return FOLDER + NameClaims.sha256(code) + ".json";
    }

    /** The account whose product it is, if that is known here. */
    Optional<String> owner(String code) throws IOException {
        Optional<BlobStore.Document> document = tables.blobs.readDocument(name(code));
        return document.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        Documents.readDocument(document.get().bytes(), name(code)).string(OWNER));
    }

    /**
     * Makes a product an account's, unless it is another's.
     *
     * @throws CatalogException of code AuthFailure if it is, or may be: something has it already
     */
    void claim(String code, String account) throws IOException {
        if (owner(code).isEmpty() && !isAttached(code)) {
            own(code, account);
        }
        requireOwner(code, account);
    }

    /**
     * Makes a product whose it is at the source of a copy.
     *
     * @param account or nothing if that is not known there
     * @throws CatalogException of code AuthFailure if it is another's here
     */
    void adopt(String code, Optional<String> account) throws IOException {
        if (account.isPresent()) {
            if (owner(code).isEmpty()) {
                own(code, account.get());
            }
            requireOwner(code, account.get());
        } else if (owner(code).isPresent()) {
            throw new CatalogException(
                    ErrorCode.AUTH_FAILURE,
                    "product '" + code + "' is somebody's here, and nobody's at the source");
        }
    }

    private void own(String code, String account) throws IOException {
        try {
            tables.blobs.createDocument(
                    name(code),
                    Documents.bytes(
                            new JsonObject().put("ProductCodeId", code).put(OWNER, account).map()));
        } catch (BlobConflictException _) {
            // Another account was first, or this one.
        }
    }

    /** Asked once for each code: all is read, and stays as simple as it is rare. */
    private boolean isAttached(String code) throws IOException {
        for (String id : tables.snapshots.ids()) {
            if (tables.snapshots.find(id).stream()
                    .anyMatch(stored -> has(stored.object().productCodes(), code))) {
                return true;
            }
        }
        for (String id : tables.volumes.ids()) {
            if (tables.volumes.find(id).stream()
                    .anyMatch(stored -> has(stored.object().productCodes(), code))) {
                return true;
            }
        }
        return false;
    }

    private static boolean has(List<ProductCode> codes, String code) {
        return codes.stream().anyMatch(present -> present.productCodeId().equals(code));
    }

    /** Refuses to touch another account's product, or one that nobody attached here. */
    void requireOwner(String code, String account) throws IOException {
        if (!owner(code).equals(Optional.of(account))) {
            throw new CatalogException(
                    ErrorCode.AUTH_FAILURE,
                    "product '" + code + "' is not account " + account + "'s");
        }
    }
}

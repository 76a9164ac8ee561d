package dev.quarry.catalog;

import dev.quarry.catalog.model.AccountSettings;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.JsonFields;
import dev.quarry.catalog.model.StoreSettings;
import dev.quarry.store.BlobConflictException;
import dev.quarry.store.BlobStore;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** What accounts, and the store as a whole, have decided; absent documents are defaults. */
final class SettingsDocuments {

    private static final String STORE = "settings.json";

    private final BlobStore blobs;

    SettingsDocuments(BlobStore blobs) {
        this.blobs = blobs;
    }

    /** A change of settings. */
    @FunctionalInterface
    interface Change<T> {
        T apply(T present) throws CatalogException;
    }

    /** Turns a document's fields into settings. */
    @FunctionalInterface
    private interface Reader<T> {
        T read(JsonFields fields) throws CatalogException;
    }

    /** Turns settings into a document's fields. */
    @FunctionalInterface
    private interface Writer<T> {
        Map<String, Object> write(T settings);
    }

    AccountSettings account(String account) throws IOException {
        return read(accountName(account), AccountSettings::fromJson, AccountSettings.of(account));
    }

    AccountSettings changeAccount(String account, Change<AccountSettings> change)
            throws IOException {
        return change(
                accountName(account),
                AccountSettings::fromJson,
                AccountSettings::toJson,
                AccountSettings.of(account),
                change);
    }

    StoreSettings store() throws IOException {
        return read(STORE, StoreSettings::fromJson, StoreSettings.DEFAULT);
    }

    StoreSettings changeStore(Change<StoreSettings> change) throws IOException {
        return change(
                STORE,
                StoreSettings::fromJson,
                StoreSettings::toJson,
                StoreSettings.DEFAULT,
                change);
    }

    private static String accountName(String account) {
        return "accounts/" + NameClaims.sha256(account) + ".json";
    }

    private <T> T read(String name, Reader<T> reader, T otherwise) throws IOException {
        Optional<BlobStore.Document> document = blobs.readDocument(name);
        return document.isEmpty()
                ? otherwise
                : reader.read(Documents.readDocument(document.get().bytes(), name));
    }

    private <T> T change(
            String name, Reader<T> reader, Writer<T> writer, T otherwise, Change<T> change)
            throws IOException {
        for (int attempt = 0; attempt < Tables.ATTEMPTS_MAX; attempt++) {
            Optional<BlobStore.Document> present = blobs.readDocument(name);
            T before =
                    present.isEmpty()
                            ? otherwise
                            : reader.read(Documents.readDocument(present.get().bytes(), name));
            T after = change.apply(before);
            if (after.equals(before)) {
                return after;
            }
            try {
                byte[] bytes = Documents.bytes(writer.write(after));
                if (present.isEmpty()) {
                    blobs.createDocument(name, bytes);
                } else {
                    blobs.replaceDocument(name, bytes, present.get().version());
                }
                return after;
            } catch (BlobConflictException _) {
                // Changed meanwhile: decided anew on what is there now.
            }
        }
        throw Tables.busy(name);
    }
}

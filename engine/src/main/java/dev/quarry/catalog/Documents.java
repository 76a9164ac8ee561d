package dev.quarry.catalog;

import dev.quarry.catalog.model.CatalogEvent;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.CatalogObject;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Json;
import dev.quarry.catalog.model.JsonFields;
import dev.quarry.catalog.model.JsonObject;
import dev.quarry.catalog.model.ObjectKind;
import dev.quarry.store.BlobConflictException;
import dev.quarry.store.BlobStore;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The documents of one kind of object: {@code FOLDER/ID.json}. Thread-safe. */
final class Documents<T extends CatalogObject> {

    /** Version of every document of the catalogue; a reader refuses another. */
    static final int FORMAT = 1;

    private static final String FORMAT_FIELD = "Format";
    private static final String EVENT_FIELD = "LastEvent";
    private static final String SUFFIX = ".json";

    private final BlobStore blobs;
    private final ObjectKind kind;
    private final String folder;
    private final Reader<T> reader;

    /** Turns a document's fields into an object. */
    @FunctionalInterface
    interface Reader<T> {
        T read(JsonFields fields) throws CatalogException;
    }

    /**
     * An object as it was read.
     *
     * @param object the object
     * @param version names this state of its document
     * @param event what was done to it last, or null
     */
    record Stored<T>(T object, String version, @Nullable CatalogEvent event) {}

    Documents(BlobStore blobs, ObjectKind kind, String folder, Reader<T> reader) {
        this.blobs = blobs;
        this.kind = kind;
        this.folder = folder + "/";
        this.reader = reader;
    }

    ObjectKind kind() {
        return kind;
    }

    /** The name of an object's document. */
    String name(String id) throws CatalogException {
        return folder + kind.check(id) + SUFFIX;
    }

    /**
     * Reads an object, or nothing if there is none.
     *
     * @throws CatalogException if the id is malformed, or the document is damaged (InternalError)
     */
    Optional<Stored<T>> find(String id) throws IOException {
        String name = name(id);
        Optional<BlobStore.Document> document = blobs.readDocument(name);
        if (document.isEmpty()) {
            return Optional.empty();
        }
        JsonFields fields = readDocument(document.get().bytes(), name + " in " + blobs.name());
        JsonFields event = fields.optionalObject(EVENT_FIELD);
        return Optional.of(
                new Stored<>(
                        reader.read(fields),
                        document.get().version(),
                        event == null ? null : CatalogEvent.fromJson(event)));
    }

    /** Parses a document of the catalogue and checks its version. */
    static JsonFields readDocument(byte[] bytes, String where) throws CatalogException {
        JsonFields fields = Json.readDocument(bytes, where);
        long format = fields.number(FORMAT_FIELD);
        if (format != FORMAT) {
            throw new CatalogException(
                    ErrorCode.INTERNAL_ERROR,
                    "document of format " + format + ", not " + FORMAT + ": " + where);
        }
        return fields;
    }

    /** The bytes of a document of the catalogue. */
    static byte[] bytes(Map<String, Object> fields) {
        return Json.document(new JsonObject().put(FORMAT_FIELD, FORMAT).putAll(fields).map());
    }

    /** The bytes of an object's document. */
    static byte[] bytes(CatalogObject object, @Nullable CatalogEvent event) {
        Map<String, Object> fields = object.toJson();
        if (event != null) {
            fields.put(EVENT_FIELD, event.toJson());
        }
        return bytes(fields);
    }

    /**
     * @param event goes into the document
     * @throws BlobConflictException if there is an object of that id
     */
    Stored<T> create(T object, @Nullable CatalogEvent event) throws IOException {
        String version = blobs.createDocument(name(object.id()), bytes(object, event));
        return new Stored<>(object, version, event);
    }

    /**
     * @param event goes into the document in the place of the last one
     * @throws BlobConflictException if the document is not as it was read; nothing was changed
     */
    Stored<T> replace(Stored<T> old, T object, @Nullable CatalogEvent event) throws IOException {
        String version =
                blobs.replaceDocument(name(object.id()), bytes(object, event), old.version());
        return new Stored<>(object, version, event);
    }

    /**
     * Removes an object if its document is still as it was read: under its id there may be another
     * one by then.
     *
     * @return whether it did
     */
    boolean delete(Stored<T> old) throws IOException {
        String name = name(old.object().id());
        return blobs.deleteIf(
                name,
                () -> {
                    Optional<BlobStore.Document> now = blobs.readDocument(name);
                    return now.isPresent() && now.get().version().equals(old.version());
                });
    }

    /** Ids of all objects, sorted; what comes and goes meanwhile may be missing. */
    List<String> ids() throws IOException {
        List<String> ids = new ArrayList<>();
        for (String name : blobs.list(folder)) {
            if (name.endsWith(SUFFIX)) {
                String id = name.substring(folder.length(), name.length() - SUFFIX.length());
                if (kind.isId(id)) {
                    ids.add(id);
                }
            }
        }
        return ids;
    }
}

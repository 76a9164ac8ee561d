package dev.quarry.catalog;

import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.JsonFields;
import dev.quarry.catalog.model.JsonObject;
import dev.quarry.store.BlobConflictException;
import dev.quarry.store.BlobStore;

import java.io.IOException;
import java.util.Optional;

/** What client tokens stand for: asking again finds what was begun (4.8.7). Thread-safe. */
final class ClientTokens {

    private static final String OBJECT = "ImageId";

    private final Tables tables;
    private final Actor actor;

    ClientTokens(Tables tables, Actor actor) {
        this.tables = tables;
        this.actor = actor;
    }

    /**
     * A client token.
     *
     * @param token as the client gave it
     * @param request digest of everything else that it asked for
     */
    record Token(String token, String request) {

        /** The token of a request, whose parts all count. */
        static Token of(String token, String request) {
            return new Token(token, NameClaims.sha256(request));
        }
    }

    /**
     * What a token stands for.
     *
     * @param objectId of an image or a snapshot
     * @param isBegun whether it was made
     */
    record Claim(String objectId, boolean isBegun) {}

    private String documentName(String token) {
        return "tokens/" + NameClaims.sha256(actor.account() + "\0" + token) + ".json";
    }

    private static byte[] bytes(String request, Claim claim) {
        return Documents.bytes(
                new JsonObject()
                        .put(OBJECT, claim.objectId())
                        .put("Request", request)
                        .put("Begun", claim.isBegun())
                        .map());
    }

    /**
     * The object that a token stands for: the given one, or that of an earlier call.
     *
     * @throws CatalogException of code IdempotentParameterMismatch if that asked for something else
     */
    Claim claim(Token token, String objectId) throws IOException {
        String name = documentName(token.token());
        Optional<BlobStore.Document> present = tables.blobs.readDocument(name);
        if (present.isEmpty()) {
            try {
                Claim claim = new Claim(objectId, false);
                tables.blobs.createDocument(name, bytes(token.request(), claim));
                return claim;
            } catch (BlobConflictException _) {
                present = tables.blobs.readDocument(name);
            }
        }
        JsonFields fields = Documents.readDocument(present.orElseThrow().bytes(), name);
        if (!fields.string("Request").equals(token.request())) {
            throw new CatalogException(
                    ErrorCode.IDEMPOTENT_PARAMETER_MISMATCH,
                    "client token '"
                            + token.token()
                            + "' was used with other parameters, for "
                            + fields.string(OBJECT));
        }
        return new Claim(fields.string(OBJECT), fields.bool("Begun"));
    }

    /** Notes that what a token stands for was made. */
    void markBegun(Token token, String objectId) throws IOException {
        String name = documentName(token.token());
        Optional<BlobStore.Document> present = tables.blobs.readDocument(name);
        if (present.isPresent()) {
            try {
                tables.blobs.replaceDocument(
                        name,
                        bytes(token.request(), new Claim(objectId, true)),
                        present.get().version());
            } catch (BlobConflictException _) {
                // Another call with the same token has done it.
            }
        }
    }

    /** What a token stands for, if it was ever used. */
    Optional<Claim> find(String token) throws IOException {
        String name = documentName(token);
        Optional<BlobStore.Document> present = tables.blobs.readDocument(name);
        if (present.isEmpty()) {
            return Optional.empty();
        }
        JsonFields fields = Documents.readDocument(present.get().bytes(), name);
        return Optional.of(new Claim(fields.string(OBJECT), fields.bool("Begun")));
    }

    /**
     * Lets a token stand for another object, if it stands for one still that is gone.
     *
     * @param gone id of that one
     * @param objectId of the one that is to be begun
     */
    void renew(String token, String gone, String objectId) throws IOException {
        String name = documentName(token);
        Optional<BlobStore.Document> present = tables.blobs.readDocument(name);
        if (present.isPresent()) {
            JsonFields fields = Documents.readDocument(present.get().bytes(), name);
            if (fields.string(OBJECT).equals(gone)) {
                byte[] renewed = bytes(fields.string("Request"), new Claim(objectId, false));
                try {
                    tables.blobs.replaceDocument(name, renewed, present.get().version());
                } catch (BlobConflictException _) {
                    // Another call with the same token has done it.
                }
            }
        }
    }
}

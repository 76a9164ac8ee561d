package dev.quarry.catalog;

import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.JsonObject;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.rule.LifecycleRules;
import dev.quarry.chunk.BlockHasher;
import dev.quarry.store.BlobConflictException;
import dev.quarry.store.BlobStore;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Unique names without locks (4.1.3): a document for each name that an account ever used says which
 * image has it. Creating the document, or replacing it when its image is gone, is what two claims
 * of one name race for; the store lets one win. Thread-safe.
 *
 * <p>Each claim is a random number in the document, so that a claim that was overtaken never
 * mistakes a later state for the one it saw. A name document is never deleted: deleting is not
 * conditional, and could take away a name that somebody just claimed.
 */
final class NameClaims {

    static final String FOLDER = "names/";

    private final BlobStore blobs;
    private final Documents<MachineImage> images;
    private final RandomGenerator random;

    NameClaims(BlobStore blobs, Documents<MachineImage> images, RandomGenerator random) {
        this.blobs = blobs;
        this.images = images;
        this.random = random;
    }

    /**
     * Claims a name for an image whose document is there.
     *
     * @throws CatalogException of code InvalidAMIName.Duplicate if another image has it
     */
    void claim(MachineImage image) throws IOException {
        String document = documentName(image.ownerId(), image.name());
        byte[] bytes = document(image);
        for (int attempt = 0; attempt < Tables.ATTEMPTS_MAX; attempt++) {
            Optional<BlobStore.Document> present = blobs.readDocument(document);
            try {
                if (present.isEmpty()) {
                    blobs.createDocument(document, bytes);
                    return;
                }
                String holder = holder(document, present.get());
                if (!holder.equals(image.id())) {
                    requireGone(image.name(), holder);
                }
                blobs.replaceDocument(document, bytes, present.get().version());
                return;
            } catch (BlobConflictException _) {
                // Another claim was faster: whoever holds the name now is looked at in the next
                // round.
            }
        }
        throw Tables.busy(image.id());
    }

    /** The document of the name of an image, as another claim than every one before. */
    byte[] document(MachineImage image) {
        return Documents.bytes(
                new JsonObject()
                        .put("OwnerId", image.ownerId())
                        .put("Name", image.name())
                        .put("ImageId", image.id())
                        .put("Claim", Long.toHexString(random.nextLong()))
                        .map());
    }

    private static String holder(String document, BlobStore.Document present)
            throws CatalogException {
        return Documents.readDocument(present.bytes(), document).string("ImageId");
    }

    private void requireGone(String name, String holder) throws IOException {
        Optional<Documents.Stored<MachineImage>> other = images.find(holder);
        if (other.isPresent() && !LifecycleRules.hasGivenUpName(other.get().object())) {
            throw new CatalogException(
                    ErrorCode.INVALID_AMI_NAME_DUPLICATE,
                    "the name '"
                            + name
                            + "' is that of image "
                            + holder
                            + ", which is "
                            + other.get().object().state().spelling());
        }
    }

    /**
     * Refuses a name that is taken now.
     *
     * @throws CatalogException of code InvalidAMIName.Duplicate
     */
    void requireFree(String owner, String name) throws IOException {
        String document = documentName(owner, name);
        Optional<BlobStore.Document> present = blobs.readDocument(document);
        if (present.isPresent()) {
            requireGone(name, holder(document, present.get()));
        }
    }

    /** Whether an image may have its name: nobody else has it. */
    boolean isFreeFor(MachineImage image) throws IOException {
        if (LifecycleRules.hasGivenUpName(image)) {
            return true;
        }
        String document = documentName(image.ownerId(), image.name());
        Optional<BlobStore.Document> present = blobs.readDocument(document);
        if (present.isEmpty()) {
            return true;
        }
        String holder = holder(document, present.get());
        if (holder.equals(image.id())) {
            return true;
        }
        Optional<Documents.Stored<MachineImage>> other = images.find(holder);
        return other.isEmpty() || LifecycleRules.hasGivenUpName(other.get().object());
    }

    static String documentName(String owner, String name) {
        return FOLDER + sha256(owner + "\0" + name) + ".json";
    }

    static String sha256(String text) {
        byte[] digest = BlockHasher.sha256().digest(text.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest);
    }
}

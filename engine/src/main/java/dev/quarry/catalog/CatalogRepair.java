package dev.quarry.catalog;

import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.rule.BlockRules;
import dev.quarry.catalog.rule.LifecycleRules;
import dev.quarry.store.BlobConflictException;
import dev.quarry.store.BlobStore;
import dev.quarry.store.ChunkStore;
import dev.quarry.store.Finding;
import dev.quarry.store.StoreException;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Repairs damaged documents of the catalogue. What follows from others is made anew. A document
 * under a random id is taken from another store that has it: a copy of this one from before. What
 * is left is taken out of use where nothing else is lost by that. Snapshots, volumes, launches and
 * what accounts have decided stay as they are, and stop what needs them: without a snapshot's
 * document its content would be garbage, and without a decision the default would hold. Whatever is
 * changed is copied to {@code quarantine/} before.
 */
final class CatalogRepair {

    private static final List<String> REPLACEABLE =
            List.of("snapshots/", "images/", "volumes/", "launches/");

    private static final List<String> EXPENDABLE =
            List.of("images/", "tokens/", "tasks/", "events/", StagedBlocks.FOLDER);

    private final Tables tables;
    private final List<BlobStore> others;
    private final List<String> restored = new ArrayList<>();
    private final List<String> quarantined = new ArrayList<>();

    /**
     * @param others what other stores keep
     */
    CatalogRepair(Tables tables, List<BlobStore> others) {
        this.tables = tables;
        this.others = List.copyOf(others);
    }

    /** Repairs what findings name, if it is damaged still. */
    Catalog.Repaired run(List<Finding> findings) throws IOException {
        for (Finding finding : findings) {
            String name = finding.blob();
            if (isRepairable(name) && isDamaged(name)) {
                try {
                    repair(name);
                } catch (BlobConflictException e) {
                    // Somebody has changed it meanwhile: it is theirs.
                }
            }
        }
        return new Catalog.Repaired(restored, quarantined);
    }

    private static boolean isRepairable(String name) {
        return isExpendable(name)
                || name.startsWith(Terms.FOLDER)
                || name.startsWith(Uploads.FOLDER)
                || REPLACEABLE.stream().anyMatch(name::startsWith);
    }

    private boolean isDamaged(String name) throws IOException {
        if (name.startsWith(StagedBlocks.FOLDER)) {
            return true;
        }
        try {
            Optional<BlobStore.Document> document = tables.blobs.readDocument(name);
            if (document.isEmpty()) {
                return false;
            }
            if (name.startsWith(Terms.FOLDER)) {
                return document.get().bytes().length > 0;
            }
            Documents.readDocument(document.get().bytes(), name);
            return false;
        } catch (CatalogException e) {
            return true;
        } catch (StoreException e) {
            if (e.kind() == StoreException.Kind.CORRUPT) {
                return true;
            }
            throw e;
        }
    }

    private void repair(String name) throws IOException {
        byte[] healthy = name.startsWith(Terms.FOLDER) ? new byte[0] : healthy(name);
        if (healthy.length > 0 || name.startsWith(Terms.FOLDER)) {
            tables.blobs.keepDocument(name, ChunkStore.QUARANTINE);
            tables.blobs.overwriteDocument(name, healthy);
            restored.add(name);
        } else if (isExpendable(name)) {
            tables.blobs.keepDocument(name, ChunkStore.QUARANTINE);
            tables.blobs.delete(name);
            quarantined.add(name);
        }
    }

    /** A name that no image has is free. */
    private static boolean isExpendable(String name) {
        return name.startsWith(NameClaims.FOLDER) || EXPENDABLE.stream().anyMatch(name::startsWith);
    }

    /** What the document is to be, or nothing if that is not known. */
    private byte[] healthy(String name) throws IOException {
        if (name.startsWith(Uploads.FOLDER)) {
            return Uploads.document(
                    new Uploads.Upload(BlockRules.TIMEOUT_MINUTES_DEFAULT, tables.now(), null));
        }
        if (name.startsWith(NameClaims.FOLDER)) {
            return nameClaim(name);
        }
        if (REPLACEABLE.stream().anyMatch(name::startsWith)) {
            for (BlobStore other : others) {
                byte[] copy = copy(other, name);
                if (copy.length > 0) {
                    return copy;
                }
            }
        }
        return new byte[0];
    }

    private byte[] nameClaim(String name) throws IOException {
        for (String id : tables.images.ids()) {
            try {
                Optional<Documents.Stored<MachineImage>> stored = tables.images.find(id);
                if (stored.isPresent()
                        && !LifecycleRules.hasGivenUpName(stored.get().object())
                        && NameClaims.documentName(
                                        stored.get().object().ownerId(),
                                        stored.get().object().name())
                                .equals(name)) {
                    return tables.names.document(stored.get().object());
                }
            } catch (CatalogException | StoreException e) {
                // Damaged itself, and named as that.
            }
        }
        return new byte[0];
    }

    /** A document that another store has and can read. */
    private static byte[] copy(BlobStore other, String name) throws IOException {
        try {
            Optional<BlobStore.Document> document = other.readDocument(name);
            if (document.isPresent()) {
                Documents.readDocument(document.get().bytes(), name);
                return document.get().bytes();
            }
        } catch (CatalogException | StoreException e) {
            // Damaged there, too.
        }
        return new byte[0];
    }
}

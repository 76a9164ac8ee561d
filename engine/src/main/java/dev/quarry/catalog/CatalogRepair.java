package dev.quarry.catalog;

import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ImageState;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.ObjectKind;
import dev.quarry.catalog.model.Snapshot;
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

    private static final String SNAPSHOTS = "snapshots/";
    private static final String IMAGES = "images/";
    private static final byte[] NOTHING = new byte[0];

    private static final List<String> REPLACEABLE =
            List.of(SNAPSHOTS, IMAGES, "volumes/", "launches/");

    private static final List<String> EXPENDABLE =
            List.of(IMAGES, "tokens/", "tasks/", "events/", StagedBlocks.FOLDER);

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
            return new StagedBlocks(tables.blobs).isDamaged(name);
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
        byte[] healthy = name.startsWith(Terms.FOLDER) ? NOTHING : healthy(name);
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
        return NOTHING;
    }

    private byte[] nameClaim(String name) throws IOException {
        for (String id : tables.images.ids()) {
            try {
                Optional<Documents.Stored<MachineImage>> stored = tables.images.find(id);
                if (stored.isPresent()
                        && stored.get().object().state() != ImageState.PENDING
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
        return NOTHING;
    }

    private static byte[] snapshot(Optional<Documents.Stored<Snapshot>> copy) {
        if (copy.isEmpty() || !Catalog.hasContent(copy.get().object())) {
            return NOTHING;
        }
        return Documents.bytes(
                copy.get().object().withCreateVolumePermissions(List.of()), copy.get().event());
    }

    private byte[] image(Optional<Documents.Stored<MachineImage>> copy) throws IOException {
        if (copy.isEmpty()
                || copy.get().object().state() == ImageState.PENDING
                || !tables.names.isFreeFor(copy.get().object())) {
            return NOTHING;
        }
        MachineImage image = copy.get().object();
        MachineImage unshared = image.withAccess(image.access().withLaunchPermissions(List.of()));
        tables.terms.add(Terms.of(unshared));
        return Documents.bytes(unshared, copy.get().event());
    }

    /**
     * A document that another store has and can read. It is from before: whom it was shared with
     * may have been taken back since, so that is left out; and a snapshot without content, or an
     * image that was being made, would give up what has come since.
     */
    private byte[] copy(BlobStore other, String name) throws IOException {
        String id = name.substring(name.indexOf('/') + 1, name.lastIndexOf('.'));
        try {
            if (name.startsWith(SNAPSHOTS)) {
                return snapshot(
                        new Documents<>(other, ObjectKind.SNAPSHOT, "snapshots", Snapshot::fromJson)
                                .find(id));
            }
            if (name.startsWith(IMAGES)) {
                return image(
                        new Documents<>(other, ObjectKind.IMAGE, "images", MachineImage::fromJson)
                                .find(id));
            }
            Optional<BlobStore.Document> document = other.readDocument(name);
            if (document.isPresent()) {
                Documents.readDocument(document.get().bytes(), name);
                return document.get().bytes();
            }
        } catch (CatalogException | StoreException e) {
            // Damaged there, too.
        }
        return NOTHING;
    }
}

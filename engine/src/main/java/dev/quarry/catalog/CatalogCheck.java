package dev.quarry.catalog;

import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.CatalogObject;
import dev.quarry.catalog.model.ImageState;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotFacts;
import dev.quarry.catalog.model.SnapshotState;
import dev.quarry.catalog.model.Volume;
import dev.quarry.store.BlobStore;
import dev.quarry.store.Findings;
import dev.quarry.store.StoreException;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Reads every document of the catalogue, and goes on behind those that are damaged. */
final class CatalogCheck {

    private static final List<String> OTHERS =
            List.of(
                    "names/",
                    "accounts/",
                    "settings.json",
                    "tokens/",
                    "products/",
                    "uploads/",
                    "tasks/",
                    "events/");

    private final Tables tables;
    private final BlobStore blobs;
    private final Findings findings;

    /** Ids of objects whose documents are damaged. */
    private final Set<String> unreadable = new TreeSet<>();

    CatalogCheck(Tables tables, BlobStore blobs, Findings findings) {
        this.tables = tables;
        this.blobs = blobs;
        this.findings = findings;
    }

    /** Checks all documents and gives the contents of the store. */
    Catalog.Contents run() throws IOException {
        Map<String, Snapshot> snapshots = new TreeMap<>();
        for (Snapshot snapshot : all(tables.snapshots)) {
            if (snapshot.state() != SnapshotState.DELETED && snapshot.hasContent()) {
                snapshots.put(snapshot.id(), snapshot);
            }
        }
        Set<String> damaged = Set.copyOf(unreadable);
        List<MachineImage> images = new ArrayList<>();
        for (MachineImage image : all(tables.images)) {
            if (image.state() == ImageState.DEREGISTERED) {
                continue;
            }
            images.add(image);
            for (String id : image.snapshots().keySet()) {
                if (damaged.contains(id)) {
                    findings.add(
                            "images/" + image.id() + ".json",
                            "the document of its snapshot is damaged: " + id);
                }
            }
            String root = image.rootSnapshotId();
            // The snapshots of a copy come one by one, and its image is pending meanwhile. Another
            // account may have deleted what is its own.
            if (root != null
                    && isOwned(image, root)
                    && image.state() != ImageState.PENDING
                    && !damaged.contains(root)
                    && !snapshots.containsKey(root)) {
                findings.add(
                        "images/" + image.id() + ".json",
                        "its root snapshot is not there: " + root);
            }
        }
        List<Volume> volumes = all(tables.volumes);
        all(tables.launches);
        for (String kind : OTHERS) {
            for (String name : blobs.list(kind)) {
                checkOther(name);
            }
        }
        return new Catalog.Contents(List.copyOf(snapshots.values()), images, volumes);
    }

    private static boolean isOwned(MachineImage image, String snapshot) {
        SnapshotFacts facts = image.snapshots().get(snapshot);
        return facts == null || facts.ownerId().equals(image.ownerId());
    }

    /**
     * Checks what takes longer: blocks of uploads, and search entries, which have nothing in them.
     */
    void runDeep() throws IOException {
        new StagedBlocks(blobs).check(findings);
        for (String name : blobs.list(Terms.FOLDER)) {
            try {
                Optional<BlobStore.Document> entry = blobs.readDocument(name);
                if (entry.isPresent() && entry.get().bytes().length > 0) {
                    findings.add(name, "is a search entry, and not empty");
                }
            } catch (StoreException e) {
                noteDamage(name, e);
            }
        }
    }

    /** Of these nothing is checked but that they can be read. */
    private void checkOther(String name) throws IOException {
        try {
            Optional<BlobStore.Document> document = blobs.readDocument(name);
            if (document.isPresent()) {
                Documents.readDocument(document.get().bytes(), name);
            }
        } catch (CatalogException e) {
            findings.add(name, String.valueOf(e.getMessage()));
        } catch (StoreException e) {
            noteDamage(name, e);
        }
    }

    private void noteDamage(String name, StoreException e) throws StoreException {
        if (e.kind() != StoreException.Kind.CORRUPT) {
            throw e;
        }
        findings.add(name, String.valueOf(e.getMessage()));
    }

    private <T extends CatalogObject> List<T> all(Documents<T> documents) throws IOException {
        List<T> objects = new ArrayList<>();
        for (String id : documents.ids()) {
            String name = documents.name(id);
            try {
                Optional<Documents.Stored<T>> stored = documents.find(id);
                if (stored.isPresent() && !stored.get().object().id().equals(id)) {
                    findings.add(name, "is the document of " + stored.get().object().id());
                } else {
                    stored.ifPresent(found -> objects.add(found.object()));
                }
            } catch (CatalogException e) {
                unreadable.add(id);
                findings.add(name, String.valueOf(e.getMessage()));
            } catch (StoreException e) {
                unreadable.add(id);
                noteDamage(name, e);
            }
        }
        return objects;
    }
}

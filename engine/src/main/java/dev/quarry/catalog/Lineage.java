package dev.quarry.catalog;

import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.Volume;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/**
 * Which snapshots come from one another (4.11.2): a volume and its snapshots, a snapshot and the
 * volumes made of it, a snapshot and its children and copies. What is gone, or not the account's to
 * see, ends the search.
 */
public final class Lineage {

    /** A longer chain is a circle that somebody wrote. */
    private static final int STEPS_MAX = 1000;

    private final AccountCatalog catalog;

    public Lineage(AccountCatalog catalog) {
        this.catalog = catalog;
    }

    /** Whether two snapshots have an ancestor in common; each is its own. */
    public boolean isOne(Snapshot one, Snapshot other) throws IOException {
        Set<String> ancestors = ancestors(one);
        ancestors.retainAll(ancestors(other));
        return !ancestors.isEmpty();
    }

    private Set<String> ancestors(Snapshot snapshot) throws IOException {
        Set<String> ids = new HashSet<>();
        Snapshot at = snapshot;
        while (at != null && ids.size() < STEPS_MAX && ids.add(at.id())) {
            String volumeId = at.source().volumeId();
            if (volumeId != null) {
                ids.add(volumeId);
            }
            String parent = volumeId == null ? at.source().snapshotId() : madeOf(volumeId);
            if (parent != null) {
                at = find(parent);
                if (at == null) {
                    ids.add(parent);
                }
            } else {
                at = null;
            }
        }
        return ids;
    }

    private @Nullable String madeOf(String volumeId) throws IOException {
        try {
            Volume volume = catalog.volume(volumeId);
            return volume.snapshotId();
        } catch (CatalogException e) {
            return null;
        }
    }

    private @Nullable Snapshot find(String id) throws IOException {
        try {
            return catalog.snapshot(id);
        } catch (CatalogException e) {
            return null;
        }
    }
}

package dev.quarry;

import dev.quarry.catalog.AccountCatalog;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.snapshot.UsageCounter;
import dev.quarry.store.ChunkStore;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Counts what a store holds of the images and snapshots that an account may see. */
final class StoreCensus {

    private StoreCensus() {}

    /** What the store holds of the images and snapshots that the acting account may see. */
    static StoreStatistics count(ChunkStore chunks, AccountCatalog account) throws IOException {
        // A snapshot that an image maps may have been deleted, unless it is the root's.
        Map<String, Snapshot> snapshots = new TreeMap<>();
        long logical = 0;
        for (Snapshot snapshot : account.snapshots()) {
            snapshots.put(snapshot.id(), snapshot);
            logical += snapshot.sizeBytes();
        }
        List<UsageCounter.Holder> holders = new ArrayList<>();
        Set<String> mapped = new HashSet<>();
        for (MachineImage image : account.images()) {
            List<String> roots = new ArrayList<>();
            for (String id : image.snapshots().keySet()) {
                Snapshot snapshot = snapshots.get(id);
                if (snapshot != null) {
                    mapped.add(id);
                    roots.add(snapshot.root());
                }
            }
            holders.add(new UsageCounter.Holder(image.id(), roots));
        }
        int images = holders.size();
        for (Snapshot snapshot : snapshots.values()) {
            if (!mapped.contains(snapshot.id())) {
                holders.add(new UsageCounter.Holder(snapshot.id(), List.of(snapshot.root())));
            }
        }
        chunks.refresh();
        List<UsageCounter.Usage> usages = new UsageCounter(chunks).count(holders);
        ChunkStore.PackTotals packs = chunks.packTotals();
        return new StoreStatistics(
                usages.subList(0, images),
                usages.subList(images, usages.size()),
                logical,
                packs.packs(),
                packs.bytes());
    }
}

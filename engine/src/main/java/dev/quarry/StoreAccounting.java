package dev.quarry;

import dev.quarry.catalog.AccountCatalog;
import dev.quarry.catalog.Catalog;
import dev.quarry.catalog.model.AccountSettings;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.rule.AccessRules;
import dev.quarry.catalog.rule.LifecycleRules;
import dev.quarry.image.ImageFormats;
import dev.quarry.image.OpenOptions;
import dev.quarry.image.ReferenceGate;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.snapshot.SnapshotWriter;
import dev.quarry.snapshot.UsageCounter;
import dev.quarry.store.BlobStore;
import dev.quarry.store.ChunkSession;
import dev.quarry.store.ChunkStore;
import dev.quarry.store.Collector;
import dev.quarry.store.Findings;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Says what things take in a store, on behalf of an account. What it may not see is counted where
 * others share it, and not shown. Got from {@link Quarry#accounting}, and of use as long as that is
 * open. Thread-safe.
 */
public final class StoreAccounting {

    private final BlobStore blobs;
    private final ChunkStore chunks;
    private final ImageFormats formats;
    private final Catalog catalog;
    private final AccountCatalog account;
    private final int threads;

    StoreAccounting(
            BlobStore blobs,
            ChunkStore chunks,
            ImageFormats formats,
            Catalog catalog,
            AccountCatalog account,
            int threads) {
        this.blobs = blobs;
        this.chunks = chunks;
        this.formats = formats;
        this.catalog = catalog;
        this.account = account;
        this.threads = threads;
    }

    /** What the store holds of the images and snapshots that the acting account may see. */
    public StoreStatistics statistics() throws IOException {
        Set<String> visible = new HashSet<>();
        long logical = 0;
        for (Snapshot snapshot : account.snapshots()) {
            visible.add(snapshot.id());
            logical += snapshot.sizeBytes();
        }
        account.images().forEach(image -> visible.add(image.id()));
        try (StoreReading _ = StoreReading.begin(chunks)) {
            Catalog.Contents contents = catalog.check(new Findings());
            UsageCounter counter = new UsageCounter(chunks);
            ChunkStore.PackTotals packs = chunks.packTotals();
            return new StoreStatistics(
                    visible(counter.count(imageHolders(contents)), visible, "ami-"),
                    visible(counter.count(snapshotHolders(contents)), visible, "snap-"),
                    logical,
                    packs.packs(),
                    packs.bytes());
        }
    }

    private static List<UsageCounter.Usage> visible(
            List<UsageCounter.Usage> usages, Set<String> visible, String prefix) {
        return usages.stream()
                .filter(usage -> usage.name().startsWith(prefix) && visible.contains(usage.name()))
                .toList();
    }

    /** Images, and snapshots that none of them maps. */
    private static List<UsageCounter.Holder> imageHolders(Catalog.Contents contents) {
        Map<String, Snapshot> unmapped = usable(contents);
        Map<String, Snapshot> snapshots = Map.copyOf(unmapped);
        List<UsageCounter.Holder> holders = new ArrayList<>();
        for (MachineImage image : contents.images()) {
            List<String> roots = new ArrayList<>();
            for (String id : image.snapshots().keySet()) {
                // One that an image maps may have been deleted, unless it is the root's.
                Snapshot snapshot = snapshots.get(id);
                if (snapshot != null) {
                    unmapped.remove(id);
                    roots.add(snapshot.root());
                }
            }
            holders.add(new UsageCounter.Holder(image.id(), roots));
        }
        unmapped.values().forEach(snapshot -> holders.add(holder(snapshot)));
        return holders;
    }

    private static List<UsageCounter.Holder> snapshotHolders(Catalog.Contents contents) {
        List<UsageCounter.Holder> holders = new ArrayList<>();
        usable(contents).values().forEach(snapshot -> holders.add(holder(snapshot)));
        return holders;
    }

    /** Snapshots whose content is in the store. */
    private static Map<String, Snapshot> usable(Catalog.Contents contents) {
        Map<String, Snapshot> usable = new TreeMap<>();
        for (Snapshot snapshot : contents.snapshots()) {
            if (Catalog.hasContent(snapshot)) {
                usable.put(snapshot.id(), snapshot);
            }
        }
        return usable;
    }

    private static UsageCounter.Holder holder(Snapshot snapshot) {
        return new UsageCounter.Holder(snapshot.id(), List.of(snapshot.root()));
    }

    /**
     * Bytes of packs that deregistering each of some images with its snapshots, and then
     * collecting, would free beyond what collecting now would: exactly that, if nobody changes the
     * store meanwhile; nothing for an image that a retention rule would hold. It can be less than
     * the image's exclusive bytes, where these lie in packs that are mostly needed.
     *
     * @return image id to bytes, in the order of the ids
     * @throws dev.quarry.catalog.model.CatalogException if the account may not deregister one
     */
    public Map<String, Long> freedBy(List<String> imageIds) throws IOException {
        Map<String, Set<String>> deleted = new LinkedHashMap<>();
        Catalog.Contents contents = catalog.check(new Findings());
        AccountSettings settings = account.settings().account();
        for (String id : imageIds) {
            MachineImage image = account.image(id);
            AccessRules.requireOwner(image, account.actor());
            LifecycleRules.requireUnprotected(image, account.now());
            boolean isHeld = LifecycleRules.heldUntil(image, settings, account.now()).isPresent();
            deleted.put(id, isHeld ? Set.of() : deletedWith(image, contents));
        }
        try (StoreReading _ = StoreReading.begin(chunks)) {
            long anyway = freedWithout(Set.of());
            Map<String, Long> freed = new LinkedHashMap<>();
            for (Map.Entry<String, Set<String>> each : deleted.entrySet()) {
                freed.put(each.getKey(), freedWithout(each.getValue()) - anyway);
            }
            return freed;
        }
    }

    /** Snapshots that are deleted with an image. */
    private Set<String> deletedWith(MachineImage image, Catalog.Contents contents) {
        Set<String> others = new HashSet<>();
        for (MachineImage each : contents.images()) {
            if (!each.id().equals(image.id())) {
                others.addAll(each.snapshots().keySet());
            }
        }
        Set<String> deleted = new HashSet<>();
        for (Snapshot snapshot : contents.snapshots()) {
            String id = snapshot.id();
            if (image.snapshots().containsKey(id)
                    && !others.contains(id)
                    && account.actor().owns(snapshot)) {
                deleted.add(id);
            }
        }
        return deleted;
    }

    private long freedWithout(Set<String> snapshots) throws IOException {
        return new Collector(
                        chunks,
                        new CatalogRoots(catalog, blobs, snapshots),
                        Collector.LIVE_RATIO,
                        threads)
                .dryRun()
                .freedBytes();
    }

    /**
     * Says what importing images would add, and adds nothing. Whatever several of them have counts
     * once. Memory grows with the chunks that are new.
     *
     * @param gate what the images may refer to
     * @param listener hears about one file after the other
     */
    public StoreAddition additionOf(
            List<Path> files, ReferenceGate gate, ProgressListener listener, CancelToken cancel)
            throws IOException {
        try (StoreReading _ = StoreReading.begin(chunks);
                ChunkSession session = chunks.rehearse()) {
            long diskBytes = 0;
            long dataBytes = 0;
            for (Path file : files) {
                ImageFiles.Source source =
                        ImageFiles.source(
                                file,
                                null,
                                null,
                                OpenOptions.of(formats).withGate(gate),
                                ImageFiles.UNKNOWN_SIZE_MAX);
                try (source) {
                    SnapshotWriter.Result result =
                            new SnapshotWriter(chunks, source.threads(threads))
                                    .rehearse(source.disk(), session, listener, cancel);
                    diskBytes += result.sizeBytes();
                    dataBytes += result.dataBytes();
                }
            }
            return new StoreAddition(
                    diskBytes,
                    dataBytes,
                    session.newChunks() - session.newNodes(),
                    session.newPlainBytes() - session.newNodeBytes(),
                    session.newNodes(),
                    session.newPlainBytes(),
                    session.storedBytes());
        }
    }
}

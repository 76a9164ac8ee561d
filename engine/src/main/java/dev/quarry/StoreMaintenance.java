package dev.quarry;

import dev.quarry.catalog.Catalog;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageFormats;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.job.Workers;
import dev.quarry.secret.KeySource;
import dev.quarry.snapshot.SnapshotHealer;
import dev.quarry.snapshot.SnapshotVerifier;
import dev.quarry.snapshot.SnapshotWriter;
import dev.quarry.store.BlobStore;
import dev.quarry.store.ChunkStore;
import dev.quarry.store.CollectionResult;
import dev.quarry.store.Collector;
import dev.quarry.store.Findings;
import dev.quarry.store.LeaseTiming;
import dev.quarry.store.LocalBlobStore;
import dev.quarry.store.SoundStore;
import dev.quarry.store.StoreException;
import dev.quarry.store.StoreLease;
import dev.quarry.store.VerifyDepth;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What an operator does to a store as a whole, whatever account its images belong to. Other
 * processes may use the store at the same time. Got from {@link Quarry#maintenance}, and of use as
 * long as that is open. Thread-safe.
 */
public final class StoreMaintenance {

    static final String BASE_ENDING = ".raw";

    private final Path folder;
    private final @Nullable KeySource key;
    private final BlobStore blobs;
    private final ChunkStore chunks;
    private final ImageFormats formats;
    private final Catalog catalog;
    private final int threads;

    /**
     * @param key what opened the store, if it is encrypted; other stores are opened with it, too
     */
    StoreMaintenance(
            Path folder,
            @Nullable KeySource key,
            ChunkStore chunks,
            ImageFormats formats,
            Catalog catalog,
            int threads) {
        this.folder = folder;
        this.key = key;
        this.blobs = chunks.blobs();
        this.chunks = chunks;
        this.formats = formats;
        this.catalog = catalog;
        this.threads = threads;
    }

    /** Looks for what is not as it was written. Changes nothing. */
    public VerifyReport verify(VerifyDepth depth, ProgressListener listener, CancelToken cancel)
            throws IOException {
        try (StoreReading _ = StoreReading.begin(chunks)) {
            Documents documents = checkDocuments();
            try (SoundStore sound = chunks.verify(depth, threads, listener, cancel)) {
                return report(documents, sound, depth, cancel);
            }
        }
    }

    /** What the catalogue had, and what is wrong with its documents. */
    private record Documents(Catalog.Contents contents, Findings findings) {}

    /**
     * Comes before packs are listed: a snapshot that is registered later may need packs that the
     * list does not have.
     */
    private Documents checkDocuments() throws IOException {
        Findings findings = new Findings();
        return new Documents(catalog.check(findings), findings);
    }

    private VerifyReport report(
            Documents documents, SoundStore sound, VerifyDepth depth, CancelToken cancel)
            throws IOException {
        Findings findings = sound.findings();
        findings.addAll(documents.findings());
        Catalog.Contents contents = documents.contents();
        List<VerifyReport.Loss> losses = losses(sound, contents, cancel);
        BaseVerifier baseVerifier = baseVerifier();
        baseVerifier.checkPresence(contents, findings);
        if (depth.percent() == VerifyDepth.full().percent()) {
            catalog.checkDeep(findings);
            baseVerifier.checkContents(contents, findings, cancel);
        }
        return new VerifyReport(
                sound.packs(),
                sound.frames(),
                sound.plainBytes(),
                contents.snapshots().size(),
                findings.list(),
                findings.count(),
                losses);
    }

    /**
     * Verifies everything, takes what is damaged out of use, brings back what snapshots have lost
     * as far as the given stores and images have it, and verifies again. From the first look on,
     * until what is damaged is taken away, no collection begins beside it.
     *
     * @throws StoreException of kind BUSY if a collection is under way
     */
    public RepairReport repair(RepairRequest request, ProgressListener listener, CancelToken cancel)
            throws IOException {
        VerifyReport before;
        List<String> restored = new ArrayList<>();
        List<String> quarantined = new ArrayList<>();
        try (StoreLease own = chunks.leaseAlone(cancel)) {
            Documents documents = checkDocuments();
            try (SoundStore sound = chunks.verify(VerifyDepth.full(), threads, listener, cancel)) {
                before = report(documents, sound, VerifyDepth.full(), cancel);
                // Who was stopped for too long may have looked while things were deleted.
                own.confirm();
                if (before.isSound()) {
                    return new RepairReport(before, List.of(), List.of(), before);
                }
                if (chunks.rebuildCollectionState(new CatalogRoots(catalog, blobs), own, cancel)) {
                    restored.add("gc/state.json");
                }
                quarantined.addAll(chunks.quarantine(sound, own, cancel));
            }
        }
        Catalog.Repaired repaired = repairDocuments(before, request.stores());
        restored.addAll(repaired.restored());
        quarantined.addAll(repaired.quarantined());
        for (Path store : request.stores()) {
            heal(before, store, cancel);
        }
        for (Path image : request.images()) {
            ImageFiles.Opened source = ImageFiles.open(formats, image, null, request.gate());
            try (DiskImage disk = source.image()) {
                new SnapshotWriter(chunks, threads).write(disk, ProgressListener.none(), cancel);
            }
        }
        chunks.refresh();
        BaseVerifier.Repaired bases =
                baseVerifier().repair(catalog.check(new Findings()), before.findings(), cancel);
        restored.addAll(bases.restored());
        quarantined.addAll(bases.quarantined());
        return new RepairReport(
                before, restored, quarantined, verify(VerifyDepth.full(), listener, cancel));
    }

    private Catalog.Repaired repairDocuments(VerifyReport damaged, List<Path> stores)
            throws IOException {
        List<OtherStore> others = new ArrayList<>();
        try {
            for (Path store : stores) {
                others.add(openOther(store));
            }
            return catalog.repair(
                    damaged.findings(),
                    others.stream().map(each -> each.chunks().blobs()).toList());
        } finally {
            for (OtherStore other : others) {
                other.close();
            }
        }
    }

    /** A store to take from what this one has lost. */
    private record OtherStore(BlobStore blobs, ChunkStore chunks) implements Closeable {
        @Override
        public void close() throws IOException {
            try (blobs) {
                chunks.close();
            }
        }
    }

    private OtherStore openOther(Path store) throws IOException {
        LocalBlobStore otherBlobs = new LocalBlobStore(store);
        try {
            OtherStore opened =
                    new OtherStore(
                            otherBlobs,
                            ChunkStore.open(
                                    otherBlobs,
                                    LeaseTiming.USUAL,
                                    ChunkStore.isEncrypted(otherBlobs) ? key : null));
            if (!opened.chunks().sharesKey(chunks)) {
                opened.chunks().close();
                throw new StoreException(
                        StoreException.Kind.LOCKED,
                        "chunks have other ids there, because the two stores are not encrypted with"
                                + " the same key: "
                                + store);
            }
            return opened;
        } catch (IOException | RuntimeException e) {
            otherBlobs.close();
            throw e;
        }
    }

    private void heal(VerifyReport damaged, Path store, CancelToken cancel) throws IOException {
        try (OtherStore opened = openOther(store)) {
            ChunkStore other = opened.chunks();
            SnapshotHealer healer = new SnapshotHealer(chunks, other);
            for (Snapshot snapshot : catalog.check(new Findings()).snapshots()) {
                boolean isDamaged =
                        damaged.losses().stream()
                                .anyMatch(loss -> loss.snapshotId().equals(snapshot.id()));
                if (isDamaged) {
                    healer.heal(snapshot.root(), cancel);
                }
            }
        }
    }

    private List<VerifyReport.Loss> losses(
            SoundStore sound, Catalog.Contents contents, CancelToken cancel) throws IOException {
        Map<String, List<String>> users = new HashMap<>();
        for (MachineImage image : contents.images()) {
            for (String snapshot : image.snapshots().keySet()) {
                users.computeIfAbsent(snapshot, id -> new ArrayList<>()).add(image.id());
            }
        }
        SnapshotVerifier verifier = new SnapshotVerifier(sound);
        List<Snapshot> snapshots = contents.snapshots();
        SnapshotVerifier.Result[] results = new SnapshotVerifier.Result[snapshots.size()];
        Workers.run(
                "quarry-verify",
                results.length,
                threads,
                cancel,
                () ->
                        index -> {
                            Snapshot snapshot = snapshots.get((int) index);
                            results[(int) index] =
                                    verifier.verify(
                                            snapshot.root(),
                                            snapshot.sizeBytes(),
                                            snapshot.contentDigest());
                        });
        List<VerifyReport.Loss> losses = new ArrayList<>();
        for (int i = 0; i < results.length; i++) {
            if (!results[i].isSound()) {
                String id = snapshots.get(i).id();
                losses.add(
                        new VerifyReport.Loss(id, users.getOrDefault(id, List.of()), results[i]));
            }
        }
        return losses;
    }

    /**
     * Deletes what no snapshot needs. Imports and launches go on meanwhile; it waits for those that
     * began before it.
     *
     * @throws StoreException of kind BUSY if another collection is under way; of kind MISSING or
     *     CORRUPT if a snapshot is damaged: then nothing is deleted
     */
    public CollectionResult collect(CancelToken cancel) throws IOException {
        return bases().run(collector().run(cancel));
    }

    /** Says what {@link #collect} would do now; changes nothing. */
    public CollectionResult collectDry() throws IOException {
        try (StoreReading _ = StoreReading.begin(chunks)) {
            return bases().dryRun(collector().dryRun());
        }
    }

    private BaseVerifier baseVerifier() {
        return new BaseVerifier(folder, chunks, formats, catalog, threads);
    }

    private BaseCollector bases() {
        return new BaseCollector(folder, blobs, catalog);
    }

    private Collector collector() {
        return new Collector(
                chunks, new CatalogRoots(catalog, blobs), Collector.LIVE_RATIO, threads);
    }
}

package dev.quarry;

import dev.quarry.block.BlockSource;
import dev.quarry.bundle.Bundle;
import dev.quarry.catalog.AccountCatalog;
import dev.quarry.catalog.Attachments;
import dev.quarry.catalog.Catalog;
import dev.quarry.catalog.mapping.MergedMapping;
import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.ObjectKind;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotSource;
import dev.quarry.catalog.model.StoreTask;
import dev.quarry.catalog.model.Tags;
import dev.quarry.catalog.model.Volume;
import dev.quarry.catalog.rule.ImageRegistration;
import dev.quarry.catalog.rule.SnapshotRegistration;
import dev.quarry.chunk.ChunkAnalyzer;
import dev.quarry.image.CreateOptions;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageFormats;
import dev.quarry.image.OpenOptions;
import dev.quarry.image.ReferenceGate;
import dev.quarry.image.stream.ForwardInput;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.job.Workers;
import dev.quarry.secret.KeySource;
import dev.quarry.snapshot.SnapshotTransfer;
import dev.quarry.snapshot.SnapshotWriter;
import dev.quarry.store.BlobConflictException;
import dev.quarry.store.BlobStore;
import dev.quarry.store.ChunkStore;
import dev.quarry.store.LeaseTiming;
import dev.quarry.store.LocalBlobStore;
import dev.quarry.store.StoreException;
import dev.quarry.store.StoreLease;
import dev.quarry.store.StoreProperties;
import dev.quarry.volume.LaunchEnd;
import dev.quarry.volume.LaunchRequest;
import dev.quarry.volume.LaunchResult;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/**
 * An image store with its catalogue: import, register, launch, export. Everything that the command
 * does is a method here, with a listener for progress and a token to cancel.
 *
 * <pre>{@code
 * try (Quarry quarry = Quarry.openOrCreate(Path.of("/var/lib/images"))) {
 *     ImportResult imported = quarry.importImage(
 *             ImportRequest.of(Path.of("debian.qcow2")).withName("debian-12"), ProgressListener.none(), new CancelToken());
 *     quarry.launch(LaunchRequest.of(imported.image().id(), Path.of("vm")), ProgressListener.none(), new CancelToken());
 * }
 * }</pre>
 *
 * <p>Thread-safe except for {@link #close}; other processes may use the same store at the same
 * time. An operation that fails or is cancelled leaves the store as it was.
 */
public final class Quarry implements Closeable {

    /** Folder of the disks that overlays stand on, in the store's. */
    static final String BASES = "bases";

    private final Path folder;
    private final @Nullable KeySource key;
    private final BlobStore blobs;
    private final ChunkStore chunks;
    private final Catalog catalog;
    private final AccountCatalog account;
    private final int threads = Workers.defaultThreads();

    private Quarry(
            Path folder,
            @Nullable KeySource key,
            BlobStore blobs,
            ChunkStore chunks,
            Catalog catalog,
            AccountCatalog account) {
        this.folder = folder;
        this.key = key;
        this.blobs = blobs;
        this.chunks = chunks;
        this.catalog = catalog;
        this.account = account;
    }

    /**
     * Opens a store that is there, acting as {@link Actor#DEFAULT_ACCOUNT}.
     *
     * @throws StoreException of kind NOT_FOUND or VERSION
     */
    public static Quarry open(Path store) throws IOException {
        return open(store, (KeySource) null);
    }

    /**
     * Opens a store that is there.
     *
     * @param key what opens it, if it is encrypted; or null
     * @throws StoreException of kind NOT_FOUND, VERSION or LOCKED
     */
    public static Quarry open(Path store, @Nullable KeySource key) throws IOException {
        return open(store, null, key);
    }

    /**
     * Makes a store.
     *
     * @throws IOException if there is one already
     */
    public static Quarry create(Path store, StoreProperties properties) throws IOException {
        return create(store, properties, null);
    }

    /**
     * Makes a store.
     *
     * @param key what will open it, if it is to be encrypted; or null
     */
    public static Quarry create(Path store, StoreProperties properties, @Nullable KeySource key)
            throws IOException {
        return open(store, properties, key);
    }

    /**
     * Whether a store is encrypted.
     *
     * @throws dev.quarry.store.StoreException if there is none
     */
    public static boolean isEncrypted(Path store) throws IOException {
        try (LocalBlobStore blobs = new LocalBlobStore(store)) {
            return ChunkStore.isEncrypted(blobs);
        }
    }

    /**
     * Lets another passphrase or key file open an encrypted store, and the present one no longer.
     * Nothing is encrypted anew: whoever has both a copy from before and the present one can read
     * it, and what is added later.
     */
    public static void changeKey(Path store, KeySource present, KeySource next) throws IOException {
        try (LocalBlobStore blobs = new LocalBlobStore(store)) {
            ChunkStore.changeKey(blobs, present, next);
        }
    }

    /** Opens a store, or makes one with the usual properties where there is none. */
    public static Quarry openOrCreate(Path store) throws IOException {
        return openOrCreate(store, StoreProperties.DEFAULT, null);
    }

    /**
     * Opens a store, whatever its properties, or makes one where there is none.
     *
     * @param properties of a store that is made
     * @param key what opens it, if it is encrypted; one that is made is encrypted if this is not
     *     null
     */
    public static Quarry openOrCreate(
            Path store, StoreProperties properties, @Nullable KeySource key) throws IOException {
        if (Files.exists(store.resolve(ChunkStore.PROPERTIES))) {
            return open(store, null, key);
        }
        try {
            return open(store, properties, key);
        } catch (BlobConflictException e) {
            // Another process has just made it.
            return open(store, null, key);
        }
    }

    private static Quarry open(
            Path store, @Nullable StoreProperties create, @Nullable KeySource key)
            throws IOException {
        return open(store, new LocalBlobStore(store), create, key, LeaseTiming.USUAL);
    }

    /**
     * @param blobs what the store's folder holds; closed with it
     * @param timing of the leases in a store that is there; the same in all processes that use it
     */
    static Quarry open(
            Path store,
            BlobStore blobs,
            @Nullable StoreProperties create,
            @Nullable KeySource key,
            LeaseTiming timing)
            throws IOException {
        try {
            ChunkStore chunks =
                    create == null
                            ? ChunkStore.open(blobs, timing, key)
                            : ChunkStore.create(blobs, create, key);
            Catalog catalog = Catalog.open(chunks.blobs(), Clock.systemUTC());
            return new Quarry(
                    store, key, blobs, chunks, catalog, catalog.as(Actor.DEFAULT_ACCOUNT));
        } catch (IOException | RuntimeException e) {
            blobs.close();
            throw e;
        }
    }

    /** The same store, acting as another account. Closing either closes both. */
    public Quarry as(Actor actor) {
        return new Quarry(folder, key, blobs, chunks, catalog, catalog.as(actor));
    }

    /** Images, snapshots, volumes and launches, as the acting account may see and change them. */
    public AccountCatalog catalog() {
        return account;
    }

    /** Verification and what else an operator does to the store as a whole, for all accounts. */
    public StoreMaintenance maintenance() {
        return new StoreMaintenance(
                folder, key, chunks, ImageFormats.installed(), catalog, threads);
    }

    /** What things take in the store, on behalf of the acting account. */
    public StoreAccounting accounting() {
        return new StoreAccounting(
                blobs, chunks, ImageFormats.installed(), catalog, account, threads);
    }

    /** Whether the store is encrypted. */
    public boolean isEncrypted() {
        return chunks.isEncrypted();
    }

    /** What the store was made with. */
    public StoreProperties properties() {
        return chunks.properties();
    }

    /**
     * Imports an image file as a snapshot, and registers a machine image where the request has a
     * name.
     *
     * @throws dev.quarry.image.ImageException if the file is no good image
     * @throws CatalogException if the image cannot be registered; then the snapshot is not there
     *     either
     */
    public ImportResult importImage(
            ImportRequest request, ProgressListener listener, CancelToken cancel)
            throws IOException {
        if (request.name() != null) {
            account.checkImageName(request.name());
        }
        ImageFiles.Source source =
                ImageFiles.source(
                        request.file(),
                        request.input(),
                        request.format(),
                        OpenOptions.of(ImageFormats.installed())
                                .withGate(request.gate())
                                .withSnapshot(request.internal())
                                .withMember(request.member()),
                        ImageFiles.UNKNOWN_SIZE_MAX);
        try (source;
                StoreLease lease = chunks.lease(StoreLease.Kind.WRITER)) {
            SnapshotWriter.Result content =
                    new SnapshotWriter(chunks, source.threads(threads))
                            .write(
                                    source.disk(),
                                    null,
                                    lease,
                                    source.isSizeKnown() ? listener : ProgressListener.none(),
                                    cancel);
            SnapshotRegistration registration = registration(request, source, content);
            Snapshot snapshot;
            MachineImage image = null;
            if (request.name() == null) {
                snapshot = account.registerSnapshot(registration, lease);
            } else {
                snapshot = account.prepareSnapshot(registration);
                image =
                        account.registerImage(
                                registration(request, request.name(), snapshot),
                                List.of(snapshot),
                                lease);
            }
            return new ImportResult(
                    snapshot,
                    image,
                    source.format(),
                    source.compression(),
                    source.isGuess(),
                    source.isDirty(),
                    content);
        }
    }

    private static SnapshotRegistration registration(
            ImportRequest request, ImageFiles.Source source, SnapshotWriter.Result content) {
        Path fileName = request.file().getFileName();
        return SnapshotRegistration.of(content.root(), content.content().hex(), content.sizeBytes())
                .withDescription(request.description())
                .withSource(SnapshotSource.file(String.valueOf(fileName), source.format()))
                .withTags(request.tags());
    }

    private static ImageRegistration registration(
            ImportRequest request, String name, Snapshot snapshot) {
        List<BlockDeviceMapping> mappings = new ArrayList<>();
        mappings.add(
                BlockDeviceMapping.ebs(
                        request.rootDeviceName(), Ebs.builder().snapshotId(snapshot.id()).build()));
        mappings.addAll(request.mappings());
        return ImageRegistration.of(name, mappings)
                .withDescription(request.description())
                .withHardware(request.hardware())
                .withRootDeviceName(request.rootDeviceName())
                .withTags(request.tags());
    }

    /**
     * Registers an instance-store-backed image of a bundle (4.6.2, 4.6.3). The bundle stays where
     * it is, and any later change of it makes the image invalid.
     *
     * @param manifest the bundle's, which also gives architecture, root device and mapping
     * @param registration everything else; its mapping is empty
     */
    public MachineImage registerBundle(Path manifest, ImageRegistration registration)
            throws IOException {
        Bundle bundle = Bundle.open(manifest.toAbsolutePath().normalize());
        return account.registerImage(BundleRegistration.of(bundle, registration));
    }

    /**
     * Writes the content of a snapshot, or of an image's root snapshot, into a file or device.
     *
     * @param id {@code snap-…} or {@code ami-…}
     * @param file replaced when the export is complete; a block device is written in place
     */
    public void export(
            String id,
            Path file,
            String format,
            CreateOptions options,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        new SnapshotExport(chunks, ImageFormats.installed(), account, threads)
                .export(id, file, format, options, listener, cancel);
    }

    /**
     * Opens the content of a snapshot, or of an image's root snapshot, to be read from anywhere: a
     * look at a partition table or a file system needs no export. Until it is closed, which is to
     * happen before this is, collections wait for it.
     *
     * @param id {@code snap-…} or {@code ami-…}; who asks must be allowed to export it
     */
    public BlockSource disk(String id) throws IOException {
        Snapshot snapshot = account.prepareExport(id);
        BlockSource disk = StoredDisk.open(chunks, snapshot, threads);
        try {
            account.recordExport(snapshot);
            return disk;
        } catch (IOException | RuntimeException e) {
            disk.close();
            throw e;
        }
    }

    /**
     * Merges an image's mapping with the caller's and writes every volume.
     *
     * @throws CatalogException if the image may not be launched so
     */
    public LaunchResult launch(LaunchRequest request, ProgressListener listener, CancelToken cancel)
            throws IOException {
        return launching().launch(request, listener, cancel);
    }

    /**
     * Makes several launches of one image, each in a folder {@code 1}, {@code 2} and so on in that
     * of the request. Its content is decoded once: the others are copies of the first by the
     * kernel, which shares their blocks where the file system can. All are made, or none.
     *
     * @param count at least 1
     */
    public List<LaunchResult> launch(
            LaunchRequest request, int count, ProgressListener listener, CancelToken cancel)
            throws IOException {
        return launching().launch(request, count, listener, cancel);
    }

    /** What a launch would make, and where each field of each device comes from (4.5). */
    public MergedMapping explain(LaunchRequest request) throws IOException {
        return launching().explain(request);
    }

    /**
     * Writes an image with the content of its snapshots into one file, {@code IMAGE.bin} in a
     * folder (4.12.1).
     *
     * @param bucket a folder that is there
     * @return the task, which {@code catalog().storeTasks()} lists for 31 days
     */
    public StoreTask storeImage(
            String imageId, Path bucket, ProgressListener listener, CancelToken cancel)
            throws IOException {
        return new ImageObjects(chunks, account, threads).store(imageId, bucket, listener, cancel);
    }

    /**
     * Makes an image of such a file (4.12.1). It has a new id, and shares nothing with anybody.
     *
     * @param name of the image, or null for the one that it had
     * @param tags more than those that it had
     */
    public MachineImage restoreImage(
            Path bucket,
            String objectKey,
            @Nullable String name,
            Tags tags,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        return new ImageObjects(chunks, account, threads)
                .restore(bucket, objectKey, name, tags, listener, cancel);
    }

    /** Snapshots as blocks of 512 KiB (4.11). */
    public SnapshotBlocks blocks() {
        return new SnapshotBlocks(chunks, account, threads);
    }

    private Launching launching() {
        return new Launching(
                chunks, ImageFormats.installed(), account, folder.resolve(BASES), threads);
    }

    /**
     * Makes an image of the volumes of a launch (4.6.1): of an overlay only pages that have changed
     * are read, of a raw disk everything.
     */
    public MachineImage createImage(
            CreateImageRequest request, ProgressListener listener, CancelToken cancel)
            throws IOException {
        return new ImageCreation(chunks, ImageFormats.installed(), account, threads)
                .create(request, listener, cancel);
    }

    /**
     * Terminates a launch (4.5.10): volumes with DeleteOnTermination and instance-store disks are
     * deleted, the others are detached and stay. Begun again, it goes on where it was cut off.
     *
     * @return the volumes that were deleted
     */
    public List<Volume> terminate(String launchId) throws IOException {
        Attachments attachments = account.attachments();
        Attachments.Ending ending = attachments.beginTermination(launchId);
        attachments.endTermination(LaunchEnd.deleteFiles(ending));
        return ending.volumes();
    }

    /** Deletes a volume that is attached to nothing, and its file; a block device is left alone. */
    public void deleteVolume(String volumeId) throws IOException {
        Volume volume = account.attachments().beginDeletion(volumeId);
        LaunchEnd.deleteFile(volume, account.attachments().files());
        account.attachments().endDeletion(volumeId);
    }

    /**
     * Copies an image, within the region or from another one, which is a store that {@code
     * settings().addRegion} made known (4.8). Only chunks that are not here are brought. Asked
     * again with the same client token, it goes on where it was cut off, or gives the image that it
     * made.
     *
     * @throws CatalogException if the image may not be copied; IncorrectState if the copy was
     *     cancelled by deregistering it
     */
    public MachineImage copyImage(
            CopyImageRequest request, ProgressListener listener, CancelToken cancel)
            throws IOException {
        String region = request.sourceRegion();
        if (region == null || region.equals(account.settings().store().region())) {
            return copyImage(this, request, listener, cancel);
        }
        Path store = Path.of(account.settings().regionStore(region));
        try (Quarry source = open(store, isEncrypted(store) ? key : null).as(account.actor())) {
            return copyImage(source, request, listener, cancel);
        }
    }

    /** Also within a store: what only packs have that are about to go is stored anew. */
    private MachineImage copyImage(
            Quarry source, CopyImageRequest request, ProgressListener listener, CancelToken cancel)
            throws IOException {
        SnapshotTransfer transfer = new SnapshotTransfer(source.chunks, chunks, threads);
        try (StoreLease lease = chunks.lease(StoreLease.Kind.WRITER)) {
            return new ImageCopy(
                            source.account,
                            account,
                            (snapshot, progress, token) -> {
                                if (source != this) {
                                    source.account.recordExport(snapshot);
                                }
                                SnapshotTransfer.Result result =
                                        transfer.transfer(snapshot.root(), lease, progress, token);
                                StoreTransfer.requireSame(result, snapshot);
                                return result.root();
                            },
                            lease)
                    .copy(request, listener, cancel);
        }
    }

    /**
     * Brings an image with its snapshots, or a snapshot, into another store: only what is not
     * there. Asked again after it was cut off, it goes on, and after it was complete, it gives what
     * it made.
     *
     * @param id {@code ami-…} or {@code snap-…}
     * @param target acts for itself; another store
     * @param name of the image there, or null for the one that it has here
     * @throws CatalogException if the account here may not read it, or the one there not have it
     */
    public TransferResult transfer(
            String id,
            Quarry target,
            @Nullable String name,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        StoreTransfer transfer =
                new StoreTransfer(chunks, account, target.chunks, target.account, threads);
        return ObjectKind.of(id).orElse(null) == ObjectKind.IMAGE
                ? transfer.image(id, name, listener, cancel)
                : transfer.snapshot(id, listener, cancel);
    }

    /**
     * Writes an image with its snapshots, or a snapshot, into one file to be carried by hand.
     *
     * @param file replaced when the archive is complete
     */
    public void archive(String id, Path file, ProgressListener listener, CancelToken cancel)
            throws IOException {
        new StoreArchive(chunks, account, threads).write(id, file, listener, cancel);
    }

    /**
     * Takes an image with its snapshots, or a snapshot, out of an archive. The acting account owns
     * what is registered.
     *
     * @param input the archive's bytes; becomes this one's
     * @param name of the image, or null for the one that it had
     * @throws dev.quarry.image.ImageException if it is no archive, or a damaged one: then nothing
     *     was registered
     */
    public ArchiveResult unarchive(
            ForwardInput input,
            @Nullable String name,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        return new StoreArchive(chunks, account, threads)
                .read(input, name, Tags.none(), listener, cancel);
    }

    /** Converts an image from one format into another; needs no store. */
    public static ConvertResult convert(
            ConvertRequest request, ProgressListener listener, CancelToken cancel)
            throws IOException {
        return ImageConversion.convert(request, listener, cancel);
    }

    /** What the store holds of the images and snapshots that the acting account may see. */
    public StoreStatistics statistics() throws IOException {
        return accounting().statistics();
    }

    /**
     * Says what a store would save on a set of image files at several chunk sizes; needs no store.
     *
     * @param gate what the images may refer to
     * @param listener hears about one file after the other
     */
    public static ChunkAnalyzer analyze(
            List<Path> files, ReferenceGate gate, ProgressListener listener, CancelToken cancel)
            throws IOException {
        ImageFormats formats = ImageFormats.installed();
        ChunkAnalyzer analyzer = new ChunkAnalyzer(Workers.defaultThreads());
        for (Path file : files) {
            ImageFiles.Opened source = ImageFiles.open(formats, file, null, gate);
            try (DiskImage disk = source.image()) {
                analyzer.add(disk, listener, cancel);
            }
        }
        return analyzer;
    }

    @Override
    public void close() throws IOException {
        try (blobs) {
            chunks.close();
        }
    }
}

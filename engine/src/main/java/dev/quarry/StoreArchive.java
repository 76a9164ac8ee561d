package dev.quarry;

import dev.quarry.archive.ArchiveReader;
import dev.quarry.archive.ArchiveWriter;
import dev.quarry.block.EncodingTarget;
import dev.quarry.block.StreamedDisk;
import dev.quarry.catalog.AccountCatalog;
import dev.quarry.catalog.Copies;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.ImageLifecycle;
import dev.quarry.catalog.model.ImageOrigin;
import dev.quarry.catalog.model.JsonFields;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.ObjectKind;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotSource;
import dev.quarry.catalog.model.Tags;
import dev.quarry.catalog.rule.CopyRules;
import dev.quarry.catalog.rule.ImageRegistration;
import dev.quarry.catalog.rule.SnapshotRegistration;
import dev.quarry.image.ImageException;
import dev.quarry.image.stream.ForwardInput;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.json.JsonTree;
import dev.quarry.snapshot.SnapshotDisk;
import dev.quarry.snapshot.SnapshotReader;
import dev.quarry.snapshot.SnapshotRoot;
import dev.quarry.snapshot.SnapshotWriter;
import dev.quarry.store.ChunkStore;
import dev.quarry.store.StoreLease;
import dev.quarry.volume.Copier;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes images and snapshots of a store into archives, and takes them out again. */
final class StoreArchive {

    private static final String FORMAT = "quarry-archive";
    private static final int VERSION = 1;
    private static final int SNAPSHOTS_MAX = 1000;

    /** Pages of a stream that are cut at once: what one steps over waits in memory. */
    private static final int STREAM_THREADS = 4;

    private final ChunkStore chunks;
    private final AccountCatalog account;
    private final int threads;

    StoreArchive(ChunkStore chunks, AccountCatalog account, int threads) {
        this.chunks = chunks;
        this.account = account;
        this.threads = threads;
    }

    /** Writes an image with its snapshots, or a snapshot, into a file. */
    void write(String id, Path file, ProgressListener listener, CancelToken cancel)
            throws IOException {
        if (ObjectKind.of(id).orElse(null) == ObjectKind.IMAGE) {
            Copies.Source source = account.copies().prepareExport(id);
            if (!source.image().isEbsBacked()) {
                throw new CatalogException(
                        ErrorCode.OPERATION_NOT_PERMITTED,
                        "image "
                                + id
                                + " is instance-store-backed: its disk is in its bundle, and not"
                                + " in the store");
            }
            write(source.image(), List.copyOf(source.snapshots().values()), file, listener, cancel);
        } else {
            write(null, List.of(account.prepareExport(id)), file, listener, cancel);
        }
    }

    /**
     * Writes what the account was found to be allowed to read. Shares stay behind, and what only
     * the owner sees.
     *
     * @param image or null
     */
    void write(
            @Nullable MachineImage image,
            List<Snapshot> snapshots,
            Path file,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        Map<String, Object> description = new LinkedHashMap<>();
        description.put("Format", FORMAT);
        description.put("Version", VERSION);
        description.put("Region", account.settings().store().region());
        if (image != null) {
            description.put("Image", described(image).toJson());
        }
        description.put(
                "Snapshots",
                snapshots.stream().map(snapshot -> described(snapshot).toJson()).toList());
        long total = snapshots.stream().mapToLong(Snapshot::sizeBytes).sum();
        try (StoreReading _ = StoreReading.begin(chunks);
                ArchiveWriter archive = new ArchiveWriter(file, JsonTree.pretty(description))) {
            long done = 0;
            for (Snapshot snapshot : snapshots) {
                account.recordExport(snapshot);
                long before = done;
                write(
                        snapshot,
                        archive,
                        (bytes, _) -> listener.progress(before + bytes, total),
                        cancel);
                done += snapshot.sizeBytes();
            }
            cancel.check();
            archive.commit();
        }
    }

    private MachineImage described(MachineImage image) {
        MachineImage unshared = image.withAccess(image.access().withLaunchPermissions(List.of()));
        return account.actor().owns(image)
                ? unshared
                : unshared.withTags(Tags.none()).withLifecycle(ImageLifecycle.NEW);
    }

    private Snapshot described(Snapshot snapshot) {
        return snapshot.withCreateVolumePermissions(List.of())
                .withTags(account.actor().owns(snapshot) ? snapshot.tags() : Tags.none());
    }

    private void write(
            Snapshot snapshot, ArchiveWriter archive, ProgressListener listener, CancelToken cancel)
            throws IOException {
        SnapshotReader reader = new SnapshotReader(chunks, threads);
        SnapshotRoot root = reader.root(snapshot.root());
        try (SnapshotDisk disk = new SnapshotDisk(chunks, reader, root);
                EncodingTarget target = archive.newDisk(root.size())) {
            Copier.copy(disk, target, threads, listener, cancel);
            target.commit();
        }
    }

    /**
     * Bytes of all disks of an archive of an image, as it says.
     *
     * @throws CatalogException of code InvalidParameterValue if it is of a snapshot
     */
    static long sizeOfImage(ForwardInput input) throws IOException {
        try (ArchiveReader archive = new ArchiveReader(input)) {
            Description description = parse(archive.description(), input.name());
            if (description.image() == null) {
                throw noImage(input.name());
            }
            return description.snapshots().stream().mapToLong(Snapshot::sizeBytes).sum();
        }
    }

    static CatalogException noImage(String where) {
        return new CatalogException(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "the object is of a snapshot, not of an image: " + where);
    }

    /**
     * Takes everything out of an archive. Nothing is registered before all of it was read and
     * compared.
     *
     * @param input becomes this one's
     * @param name of the image, or null for the one that it had
     * @param tags of the image, more than it had
     */
    ArchiveResult read(
            ForwardInput input,
            @Nullable String name,
            Tags tags,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        try (ArchiveReader archive = new ArchiveReader(input)) {
            Description description = parse(archive.description(), input.name());
            MachineImage image = tagged(description.image(), tags);
            if (name != null && image == null) {
                throw new CatalogException(
                        ErrorCode.INVALID_PARAMETER_VALUE,
                        "a name is for an image, and the archive is of a snapshot");
            }
            String imageName = image == null ? null : name == null ? image.name() : name;
            if (imageName != null) {
                account.checkImageName(imageName);
            }
            try (StoreLease lease = chunks.lease(StoreLease.Kind.WRITER)) {
                List<SnapshotWriter.Result> contents =
                        readDisks(archive, description, lease, input.name(), listener, cancel);
                List<SnapshotRegistration> registrations = new ArrayList<>();
                for (int i = 0; i < contents.size(); i++) {
                    Snapshot original = description.snapshots().get(i);
                    registrations.add(registration(description, original, contents.get(i)));
                }
                long newBytes = contents.stream().mapToLong(SnapshotWriter.Result::newBytes).sum();
                return image == null || imageName == null
                        ? new ArchiveResult(null, registerAlone(registrations, lease), newBytes)
                        : registerImage(
                                description, image, imageName, registrations, lease, newBytes);
            }
        }
    }

    private static @Nullable MachineImage tagged(@Nullable MachineImage image, Tags more)
            throws CatalogException {
        return image == null ? null : image.withTags(image.tags().with(more.values()));
    }

    private List<SnapshotWriter.Result> readDisks(
            ArchiveReader archive,
            Description description,
            StoreLease lease,
            String where,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        long total = description.snapshots().stream().mapToLong(Snapshot::sizeBytes).sum();
        long done = 0;
        List<SnapshotWriter.Result> contents = new ArrayList<>();
        for (Snapshot snapshot : description.snapshots()) {
            long before = done;
            SnapshotWriter.Result content;
            try (StreamedDisk disk =
                    new StreamedDisk(
                            archive.nextDisk(snapshot.sizeBytes()), where, snapshot.sizeBytes())) {
                content =
                        new SnapshotWriter(chunks, Math.min(threads, STREAM_THREADS))
                                .write(
                                        disk,
                                        null,
                                        lease,
                                        (bytes, _) -> listener.progress(before + bytes, total),
                                        cancel);
            }
            if (!content.content().hex().equals(snapshot.contentDigest())) {
                throw new ImageException(
                        ImageException.Kind.CORRUPT,
                        where,
                        -1,
                        "the disk of "
                                + snapshot.id()
                                + " has the content digest "
                                + content.content().hex()
                                + ", and the archive says "
                                + snapshot.contentDigest());
            }
            contents.add(content);
            done += snapshot.sizeBytes();
        }
        archive.finish();
        return contents;
    }

    private SnapshotRegistration registration(
            Description description, Snapshot original, SnapshotWriter.Result content)
            throws IOException {
        return SnapshotRegistration.of(content.root(), content.content().hex(), content.sizeBytes())
                .withDescription(original.description())
                .withSource(
                        new SnapshotSource(null, null, null, original.id(), description.region()))
                .withEncryption(account.encryptionOfCopy(original))
                .withProductCodes(original.productCodes())
                .withTags(original.tags());
    }

    private ArchiveResult registerImage(
            Description description,
            MachineImage image,
            String name,
            List<SnapshotRegistration> registrations,
            StoreLease lease,
            long newBytes)
            throws IOException {
        List<Snapshot> snapshots = new ArrayList<>();
        Map<String, String> ids = new TreeMap<>();
        for (int i = 0; i < registrations.size(); i++) {
            Snapshot snapshot = account.prepareSnapshot(registrations.get(i));
            snapshots.add(snapshot);
            ids.put(description.snapshots().get(i).id(), snapshot.id());
        }
        MachineImage made =
                account.registerImage(
                        ImageRegistration.of(name, CopyRules.mappings(image, ids))
                                .withDescription(image.description())
                                .withHardware(image.hardware())
                                .withRootDeviceName(image.rootDeviceName())
                                .withOrigin(ImageOrigin.copy(image.id(), description.region()))
                                .withTags(image.tags()),
                        snapshots,
                        lease);
        return new ArchiveResult(made, snapshots, newBytes);
    }

    private List<Snapshot> registerAlone(List<SnapshotRegistration> registrations, StoreLease lease)
            throws IOException {
        List<Snapshot> registered = new ArrayList<>();
        try {
            for (SnapshotRegistration registration : registrations) {
                registered.add(account.registerSnapshot(registration, lease));
            }
            return registered;
        } catch (IOException | RuntimeException e) {
            for (Snapshot snapshot : registered) {
                try {
                    account.deleteSnapshot(snapshot.id());
                } catch (IOException suppressed) {
                    e.addSuppressed(suppressed);
                }
            }
            throw e;
        }
    }

    /** What an archive says of itself. */
    private record Description(
            String region, List<Snapshot> snapshots, @Nullable MachineImage image) {}

    private static Description parse(String json, String where) throws IOException {
        try {
            JsonFields fields =
                    JsonFields.of(
                            JsonTree.readObject(json), where, ErrorCode.INVALID_PARAMETER_VALUE);
            if (!fields.string("Format").equals(FORMAT) || fields.number("Version") != VERSION) {
                throw new IllegalArgumentException("is of another format");
            }
            List<Snapshot> snapshots = new ArrayList<>();
            for (JsonFields each : fields.objects("Snapshots")) {
                snapshots.add(Snapshot.fromJson(each));
            }
            JsonFields imageFields = fields.optionalObject("Image");
            MachineImage image = imageFields == null ? null : MachineImage.fromJson(imageFields);
            checkTogether(snapshots, image);
            return new Description(fields.string("Region"), snapshots, image);
        } catch (IOException | IllegalArgumentException e) {
            throw new ImageException(
                    ImageException.Kind.CORRUPT,
                    where,
                    -1,
                    "the archive's description does not hold: " + e.getMessage(),
                    e);
        }
    }

    private static void checkTogether(List<Snapshot> snapshots, @Nullable MachineImage image) {
        Map<String, Snapshot> byId = new TreeMap<>();
        for (Snapshot snapshot : snapshots) {
            if (byId.put(snapshot.id(), snapshot) != null) {
                throw new IllegalArgumentException(snapshot.id() + " is there twice");
            }
        }
        if (snapshots.isEmpty() || snapshots.size() > SNAPSHOTS_MAX) {
            throw new IllegalArgumentException(
                    snapshots.size() + " snapshots, not 1 to " + SNAPSHOTS_MAX);
        }
        if (image != null) {
            image.mappings().stream()
                    .map(mapping -> mapping.ebs())
                    .filter(ebs -> ebs != null && ebs.snapshotId() != null)
                    .forEach(ebs -> {
                        if (!byId.containsKey(String.valueOf(ebs.snapshotId()))) {
                            throw new IllegalArgumentException(
                                    "its image maps " + ebs.snapshotId() + ", which it lacks");
                        }
                    });
        }
    }
}

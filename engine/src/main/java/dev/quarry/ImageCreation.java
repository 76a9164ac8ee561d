package dev.quarry;

import dev.quarry.catalog.AccountCatalog;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.ImageOrigin;
import dev.quarry.catalog.model.Launch;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.SnapshotSource;
import dev.quarry.catalog.model.Volume;
import dev.quarry.catalog.rule.CreateImageRules;
import dev.quarry.catalog.rule.ImageRegistration;
import dev.quarry.catalog.rule.SnapshotRegistration;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageFormats;
import dev.quarry.image.Mapping;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.snapshot.Increment;
import dev.quarry.snapshot.SnapshotWriter;
import dev.quarry.store.ChunkStore;
import dev.quarry.store.StoreLease;
import dev.quarry.volume.VolumeFiles;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Makes an image of the volumes of a launch (4.6.1). */
final class ImageCreation {

    private final ChunkStore chunks;
    private final ImageFormats formats;
    private final AccountCatalog account;
    private final int threads;

    ImageCreation(ChunkStore chunks, ImageFormats formats, AccountCatalog account, int threads) {
        this.chunks = chunks;
        this.formats = formats;
        this.account = account;
        this.threads = threads;
    }

    /**
     * Stores every volume, then registers the image with its snapshots; what fails leaves nothing
     * behind.
     */
    MachineImage create(CreateImageRequest request, ProgressListener listener, CancelToken cancel)
            throws IOException {
        account.checkImageName(request.name());
        CreateImageRules.Plan plan =
                account.attachments().planImage(request.launchId(), request.mappings());
        chunks.refresh();
        long total = plan.volumes().stream().mapToLong(Volume::sizeBytes).sum();
        List<Snapshot> snapshots = new ArrayList<>();
        Map<String, String> ids = new TreeMap<>();
        try (StoreLease lease = chunks.lease(StoreLease.Kind.WRITER)) {
            long done = 0;
            for (Volume volume : plan.volumes()) {
                long before = done;
                Snapshot snapshot =
                        snapshot(
                                volume,
                                request,
                                lease,
                                (bytes, _) -> listener.progress(before + bytes, total),
                                cancel);
                snapshots.add(snapshot);
                ids.put(volume.id(), snapshot.id());
                done += volume.sizeBytes();
                listener.progress(done, total);
            }
            return account.registerImage(registration(request, plan, ids), snapshots, lease);
        }
    }

    private ImageRegistration registration(
            CreateImageRequest request, CreateImageRules.Plan plan, Map<String, String> snapshots)
            throws IOException {
        Launch launch = plan.launch();
        boolean running = request.running() == CreateImageRequest.Running.NO_REBOOT;
        return ImageRegistration.of(request.name(), plan.mappings(snapshots))
                .withDescription(request.description())
                .withHardware(launch.hardware())
                .withRootDeviceName(launch.rootDeviceName())
                .withOrigin(
                        new ImageOrigin(
                                null,
                                null,
                                launch.id(),
                                running,
                                launch.imageId(),
                                account.settings().store().region()))
                .withTags(request.imageTags());
    }

    /** Stores a volume's content, and says what its snapshot is to be. */
    private Snapshot snapshot(
            Volume volume,
            CreateImageRequest request,
            StoreLease lease,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        try (DiskImage disk = VolumeFiles.open(formats, volume.file())) {
            requireSize(volume, disk);
            SnapshotWriter.Result content =
                    new SnapshotWriter(chunks, threads)
                            .write(disk, increment(volume, disk), lease, listener, cancel);
            return account.prepareSnapshot(
                    SnapshotRegistration.of(
                                    content.root(), content.content().hex(), content.sizeBytes())
                            .withDescription("Created by CreateImage(" + request.launchId() + ")")
                            .withSource(SnapshotSource.volume(volume.id()))
                            .withEncryption(volume.encryption())
                            .withProductCodes(volume.productCodes())
                            .withTags(request.snapshotTags()));
        }
    }

    private static void requireSize(Volume volume, DiskImage disk) throws CatalogException {
        if (disk.size() < volume.sizeBytes()) {
            throw new CatalogException(
                    ErrorCode.INCORRECT_STATE,
                    "volume "
                            + volume.id()
                            + " has "
                            + volume.sizeBytes()
                            + " bytes, and its file "
                            + disk.size()
                            + ": "
                            + volume.file().path());
        }
    }

    /** An overlay says itself what has changed since its base; a raw disk is read whole. */
    private static @Nullable Increment increment(Volume volume, DiskImage disk) {
        String root = volume.file().baseRoot();
        return root == null
                ? null
                : new Increment(root, (offset, limit) -> isAllocated(disk, offset, limit));
    }

    private static boolean isAllocated(DiskImage overlay, long offset, long limit)
            throws IOException {
        for (long at = offset; at < limit; ) {
            Mapping mapping = overlay.map(at, limit);
            boolean untouched =
                    mapping instanceof Mapping.Backing
                            || (mapping instanceof Mapping.Zero zero && !zero.explicit());
            if (!untouched) {
                return true;
            }
            at = mapping.end();
        }
        return false;
    }
}

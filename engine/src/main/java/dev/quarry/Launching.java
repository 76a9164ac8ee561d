package dev.quarry;

import dev.quarry.bundle.Bundle;
import dev.quarry.catalog.AccountCatalog;
import dev.quarry.catalog.LaunchSubject;
import dev.quarry.catalog.mapping.MergedMapping;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageFormats;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.snapshot.SnapshotReader;
import dev.quarry.store.ChunkStore;
import dev.quarry.volume.LaunchExecutor;
import dev.quarry.volume.LaunchPlan;
import dev.quarry.volume.LaunchPlanner;
import dev.quarry.volume.LaunchRequest;
import dev.quarry.volume.LaunchResult;
import dev.quarry.volume.VolumeContent;
import dev.quarry.volume.VolumeMode;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Plans launches and carries them out. */
final class Launching {

    /** Launches at once: more is a mistake, and each takes a folder and files. */
    private static final int LAUNCHES_MAX = 1000;

    /** What a bundle is that has changed since it was registered. */
    private static final Set<ImageException.Kind> SPOILT =
            Set.of(ImageException.Kind.CORRUPT, ImageException.Kind.TRUNCATED);

    private final ChunkStore chunks;
    private final ImageFormats formats;
    private final AccountCatalog account;
    private final Path bases;
    private final int threads;

    Launching(
            ChunkStore chunks,
            ImageFormats formats,
            AccountCatalog account,
            Path bases,
            int threads) {
        this.chunks = chunks;
        this.formats = formats;
        this.account = account;
        this.bases = bases;
        this.threads = threads;
    }

    /**
     * Merges an image's mapping with the caller's and writes every volume.
     *
     * @throws CatalogException if the image may not be launched so
     */
    LaunchResult launch(LaunchRequest request, ProgressListener listener, CancelToken cancel)
            throws IOException {
        Planned planned = plan(request);
        return StoreReading.during(
                chunks, () -> execute(executor(), planned, null, listener, cancel));
    }

    /** A part of a bundle that has changed shows when it is read, and then as the manifest does. */
    private LaunchResult execute(
            LaunchExecutor executor,
            Planned planned,
            @Nullable LaunchResult twin,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        try {
            return executor.withBundle(planned.bundle())
                    .execute(planned.plan(), twin, listener, cancel);
        } catch (ImageException e) {
            if (planned.bundle() != null && SPOILT.contains(e.kind())) {
                throw invalidated(planned.plan().image(), e.getMessage());
            }
            throw e;
        }
    }

    /**
     * Makes several launches of one image, each in a folder {@code 1}, {@code 2} and so on in that
     * of the request. Its content is decoded once: the others are copies of the first by the
     * kernel, which shares their blocks where the file system can. All are made, or none.
     *
     * @param count at least 1
     */
    List<LaunchResult> launch(
            LaunchRequest request, int count, ProgressListener listener, CancelToken cancel)
            throws IOException {
        if (count < 1 || count > LAUNCHES_MAX || !request.targets().isEmpty()) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    request.targets().isEmpty()
                            ? count + " launches, not 1 to " + LAUNCHES_MAX
                            : "several launches cannot write the same targets");
        }
        return StoreReading.during(chunks, () -> launchAll(request, count, listener, cancel));
    }

    private List<LaunchResult> launchAll(
            LaunchRequest request, int count, ProgressListener listener, CancelToken cancel)
            throws IOException {
        LaunchExecutor executor = executor();
        List<LaunchResult> results = new ArrayList<>();
        try {
            for (int i = 1; i <= count; i++) {
                int part = i;
                Planned planned =
                        plan(request.withFolder(request.folder().resolve(Integer.toString(i))));
                ProgressListener one =
                        (done, total) ->
                                listener.progress((part - 1) * total + done, count * total);
                results.add(
                        execute(
                                executor,
                                planned,
                                results.isEmpty() ? null : results.getFirst(),
                                one,
                                cancel));
            }
            return results;
        } catch (IOException | RuntimeException e) {
            for (LaunchResult result : results) {
                try {
                    executor.undo(result);
                } catch (IOException suppressed) {
                    e.addSuppressed(suppressed);
                }
            }
            throw e;
        }
    }

    /** What a launch would make, and where each field of each device comes from (4.5). */
    MergedMapping explain(LaunchRequest request) throws IOException {
        return plan(request).mapping();
    }

    /** What will be done, and with which bundle where the image has one. */
    private record Planned(LaunchPlan plan, MergedMapping mapping, @Nullable Bundle bundle) {}

    private Planned plan(LaunchRequest request) throws IOException {
        if (request.mode() == VolumeMode.OVERLAY && chunks.isEncrypted()) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_COMBINATION,
                    "overlays stand on plain disks in the store's folder, and this store is"
                            + " encrypted: launch without them");
        }
        LaunchSubject subject = account.prepareLaunch(request.imageId(), request.mappings());
        Bundle bundle = bundleOf(subject.image());
        LaunchPlan plan =
                LaunchPlanner.plan(
                        subject, request, bundle == null ? null : bundle.manifest().sizeBytes());
        return new Planned(plan, subject.mapping(), bundle);
    }

    /** Rule 4.6.2: a bundle that is not as it was registered invalidates its image. */
    private @Nullable Bundle bundleOf(MachineImage image) throws IOException {
        String location = image.origin().imageLocation();
        if (location == null) {
            return null;
        }
        try {
            Bundle bundle = Bundle.open(Path.of(location));
            if (bundle.digest().equals(image.origin().manifestDigest())) {
                return bundle;
            }
        } catch (NoSuchFileException e) {
            // What is not there now may be there again: a file system that is not mounted.
            throw new CatalogException(
                    ErrorCode.INVALID_MANIFEST,
                    "the bundle of image " + image.id() + " is not there: " + e.getFile());
        } catch (ImageException e) {
            // Changed, too.
        }
        throw invalidated(image, location);
    }

    private CatalogException invalidated(MachineImage image, @Nullable String where)
            throws IOException {
        String reason =
                "the bundle of image "
                        + image.id()
                        + " has changed since it was registered: "
                        + where;
        account.invalidate(image.id(), reason);
        return new CatalogException(ErrorCode.INVALID_MANIFEST, reason);
    }

    private LaunchExecutor executor() {
        SnapshotReader reader = new SnapshotReader(chunks, threads);
        VolumeContent content =
                (root, target, progress, token) ->
                        reader.rebuild(reader.root(root), target, progress, token);
        return new LaunchExecutor(formats, content, bases, account);
    }
}

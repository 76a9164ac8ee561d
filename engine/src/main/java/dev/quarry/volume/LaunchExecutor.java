package dev.quarry.volume;

import dev.quarry.block.BlockTarget;
import dev.quarry.bundle.Bundle;
import dev.quarry.catalog.AccountCatalog;
import dev.quarry.catalog.Attachments;
import dev.quarry.catalog.DiskFiles;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.catalog.model.Json;
import dev.quarry.catalog.model.ObjectKind;
import dev.quarry.image.CreateOptions;
import dev.quarry.image.ImageFormats;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.storage.FileStorage;
import dev.quarry.storage.OutputFile;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Carries out {@link LaunchPlan}s: writes every disk, then {@code launch.json}, then the
 * catalogue's records. Thread-safe; disks of one launch are written one after the other, each by as
 * many threads as its content takes.
 */
public final class LaunchExecutor {

    /** Copied between two looks at whether to stop: a tenth of a second or so. */
    private static final long COPY_BYTES = 128L << 20;

    private final ImageFormats formats;
    private final VolumeContent content;
    private final BaseImages bases;
    private final AccountCatalog catalog;
    private final @Nullable Bundle bundle;

    /**
     * An executor for one account.
     *
     * @param formats has raw, and qcow2 where plans ask for it
     * @param bases folder of the disks that overlays stand on; made when it is needed
     * @param catalog takes the records, as the account that launches
     */
    public LaunchExecutor(
            ImageFormats formats, VolumeContent content, Path bases, AccountCatalog catalog) {
        this(formats, content, new BaseImages(bases, content), catalog, null);
    }

    private LaunchExecutor(
            ImageFormats formats,
            VolumeContent content,
            BaseImages bases,
            AccountCatalog catalog,
            @Nullable Bundle bundle) {
        this.formats = formats;
        this.content = content;
        this.bases = bases;
        this.catalog = catalog;
        this.bundle = bundle;
    }

    /** The same for plans whose root comes from a bundle, or from none. */
    public LaunchExecutor withBundle(@Nullable Bundle value) {
        return new LaunchExecutor(formats, content, bases, catalog, value);
    }

    /**
     * Writes everything. When this throws, the files and folders that it made are gone again; a
     * target that was there before is half written. Complete bases stay: other launches can use
     * them.
     *
     * @throws FileAlreadyExistsException if the folder holds a launch or a file of that name
     *     already
     * @throws dev.quarry.job.CancelledException if {@code cancel} asked for it
     */
    public LaunchResult execute(LaunchPlan plan, ProgressListener listener, CancelToken cancel)
            throws IOException {
        return execute(plan, null, listener, cancel);
    }

    /**
     * The same where another launch of the same image and request was just written: its files are
     * copied, by the kernel, and nothing is decoded.
     *
     * @param twin what that launch came to, or null; nobody may have written to its files yet
     */
    public LaunchResult execute(
            LaunchPlan plan,
            @Nullable LaunchResult twin,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        List<Path> made = new ArrayList<>();
        LaunchResult result;
        try {
            checkFree(plan);
            makeFolder(plan.folder(), made);
            List<LaunchedVolume> volumes = new ArrayList<>();
            long done = 0;
            long total = plan.totalBytes();
            for (PlannedVolume volume : plan.volumes()) {
                cancel.check();
                long before = done;
                ProgressListener part = (bytes, _) -> listener.progress(before + bytes, total);
                Path twinFile =
                        twin == null ? null : twin.volumes().get(volumes.size()).planned().path();
                volumes.add(write(volume, twinFile, made, part, cancel));
                done += volume.sizeBytes();
                listener.progress(done, total);
            }
            Path description = plan.folder().resolve(LaunchResult.FILE_NAME);
            result =
                    new LaunchResult(
                            catalog.newId(ObjectKind.LAUNCH),
                            plan.image(),
                            catalog.now(),
                            description,
                            volumes,
                            plan.notices());
            writeText(description, Json.pretty(result.toJson()), made);
        } catch (IOException | RuntimeException e) {
            remove(made, e);
            throw e;
        }
        record(plan, result, made);
        try {
            requireBases(result, cancel);
        } catch (IOException | RuntimeException e) {
            try {
                undo(result);
            } catch (IOException | RuntimeException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
        return result;
    }

    /** A collection that did not see the volumes yet may have deleted what they stand on. */
    private void requireBases(LaunchResult result, CancelToken cancel) throws IOException {
        for (LaunchedVolume volume : result.volumes()) {
            String root = volume.planned().root();
            if (volume.base() != null && root != null) {
                bases.base(root, volume.planned().snapshotBytes(), ProgressListener.none(), cancel);
            }
        }
    }

    /**
     * The files stay once the launch may be on record: a record of files that are gone is worse.
     */
    private void record(LaunchPlan plan, LaunchResult result, List<Path> made) throws IOException {
        LaunchRecords records = LaunchRecords.of(plan, result, catalog.actor().account());
        try {
            catalog.recordLaunch(records.launch(), records.volumes());
        } catch (IOException | RuntimeException e) {
            if (!mayBeRecorded(result.launchId())) {
                remove(made, e);
            }
            throw e;
        }
    }

    private boolean mayBeRecorded(String launchId) {
        try {
            catalog.launch(launchId);
            return true;
        } catch (CatalogException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    /** Takes back a launch that was executed: its files, and its records. */
    public void undo(LaunchResult launch) throws IOException {
        Attachments attachments = catalog.attachments();
        List<BlockDeviceMapping> all = new ArrayList<>();
        for (LaunchedVolume volume : launch.volumes()) {
            if (volume.volumeId() != null) {
                all.add(
                        BlockDeviceMapping.ebs(
                                volume.planned().deviceName(), Ebs.builder().build()));
            }
        }
        attachments.setDeleteOnTermination(launch.launchId(), all);
        attachments.endTermination(
                LaunchEnd.deleteFiles(attachments.beginTermination(launch.launchId())));
    }

    /** Refuses to write over another launch, or two disks into one file that has two names. */
    private void checkFree(LaunchPlan plan) throws IOException {
        Map<Path, String> targets = new HashMap<>();
        for (PlannedVolume volume : plan.volumes()) {
            Path path = volume.path();
            if (!volume.isTarget()) {
                requireAbsent(path);
            } else if (Files.exists(path)) {
                requireNoDisk(path);
                String other = targets.putIfAbsent(path.toRealPath(), volume.deviceName());
                if (other != null) {
                    throw new FileSystemException(
                            path.toString(),
                            null,
                            "is the target of " + volume.deviceName() + " and of " + other);
                }
            }
        }
        requireAbsent(plan.folder().resolve(LaunchResult.FILE_NAME));
    }

    /** Devices are used again and again; the file of a volume is one's only copy of a disk. */
    private void requireNoDisk(Path target) throws IOException {
        if (!Files.isRegularFile(target)) {
            return;
        }
        DiskFiles files = catalog.attachments().files();
        if (files.isTaken(target) || files.isTaken(target.toRealPath())) {
            throw new FileAlreadyExistsException(
                    target.toString(), null, "is the disk of another launch or volume");
        }
    }

    private static void requireAbsent(Path path) throws FileAlreadyExistsException {
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new FileAlreadyExistsException(
                    path.toString(), null, "is there already; launch into another folder");
        }
    }

    /** Makes a folder and what is missing above it, and notes what was made. */
    private static void makeFolder(Path folder, List<Path> made) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        Path parent = folder.getParent();
        if (parent != null) {
            makeFolder(parent, made);
        }
        Files.createDirectory(folder);
        made.add(folder);
        // Else a crash could take the folder away from under the launch's record.
        OutputFile.syncName(folder);
    }

    private LaunchedVolume write(
            PlannedVolume volume,
            @Nullable Path twin,
            List<Path> made,
            ProgressListener listener,
            CancelToken cancel)
            throws IOException {
        String root = volume.root();
        Path base =
                volume.mode() == VolumeMode.OVERLAY && root != null
                        ? bases.base(root, volume.snapshotBytes(), listener, cancel)
                        : null;
        String id = volume.virtualName() == null ? catalog.newId(ObjectKind.VOLUME) : null;
        if (twin != null && base == null) {
            copy(twin, volume.path(), made, cancel);
            return new LaunchedVolume(volume, id, null, false);
        }
        OutputFile file = open(volume);
        boolean isDevice = file.isDevice();
        try (BlockTarget target = create(file, volume, base)) {
            if (volume.isBundleRoot()) {
                Unbundling.write(Objects.requireNonNull(bundle), target, listener, cancel);
            } else if (root == null) {
                target.zero(0, target.size());
            } else if (base == null) {
                content.rebuild(root, target, listener, cancel);
            }
            target.commit();
        } finally {
            note(file, made);
        }
        return new LaunchedVolume(volume, id, base, isDevice);
    }

    private static void copy(Path twin, Path path, List<Path> made, CancelToken cancel)
            throws IOException {
        try (FileStorage source = FileStorage.open(twin);
                OutputFile file = OutputFile.createExclusive(path)) {
            long end = source.size();
            file.extendTo(end);
            for (long position = source.nextData(0, end); position < end; ) {
                long stop = source.nextHole(position, end);
                while (position < stop) {
                    cancel.check();
                    long length = Math.min(COPY_BYTES, stop - position);
                    file.copyFrom(source, position, length);
                    position += length;
                }
                position = source.nextData(position, end);
            }
            commit(file, made);
        }
    }

    /** A target that is there is written in place; everything else is a new file. */
    private static OutputFile open(PlannedVolume volume) throws IOException {
        Path path = volume.path();
        if (volume.isTarget() && Files.exists(path)) {
            return OutputFile.openExisting(path);
        }
        return OutputFile.createExclusive(path);
    }

    private static void commit(OutputFile file, List<Path> made) throws IOException {
        try {
            file.commit();
        } finally {
            note(file, made);
        }
    }

    /** Before its file has its name, a launch may find there what another has made. */
    private static void note(OutputFile file, List<Path> made) {
        if (file.isPublished()) {
            made.add(file.path());
        }
    }

    private BlockTarget create(OutputFile file, PlannedVolume volume, @Nullable Path base)
            throws IOException {
        CreateOptions options =
                base == null
                        ? CreateOptions.defaults()
                        : new CreateOptions(base.toString(), "raw", Map.of());
        try {
            return formats.named(volume.mode().format()).create(file, volume.sizeBytes(), options);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static void writeText(Path path, String text, List<Path> made) throws IOException {
        try (OutputFile file = OutputFile.createExclusive(path)) {
            file.write(0, MemorySegment.ofArray((text + "\n").getBytes(StandardCharsets.UTF_8)));
            commit(file, made);
        }
    }

    /** Removes what was made, the last first; a folder that others have written into stays. */
    private static void remove(List<Path> made, Exception failure) {
        List<Path> lastFirst = new ArrayList<>(made);
        Collections.reverse(lastFirst);
        for (Path path : lastFirst) {
            try {
                Files.deleteIfExists(path);
            } catch (IOException e) {
                failure.addSuppressed(e);
            }
        }
    }
}

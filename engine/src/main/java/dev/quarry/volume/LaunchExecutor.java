package dev.quarry.volume;

import dev.quarry.block.BlockTarget;
import dev.quarry.catalog.AccountCatalog;
import dev.quarry.catalog.model.Attachment;
import dev.quarry.catalog.model.Json;
import dev.quarry.catalog.model.Launch;
import dev.quarry.catalog.model.LaunchState;
import dev.quarry.catalog.model.ObjectKind;
import dev.quarry.catalog.model.Volume;
import dev.quarry.catalog.model.VolumeFile;
import dev.quarry.catalog.model.VolumePerformance;
import dev.quarry.catalog.model.VolumeState;
import dev.quarry.image.CreateOptions;
import dev.quarry.image.ImageFormats;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.storage.OutputFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Carries out a {@link LaunchPlan}: writes every disk, then {@code launch.json}, then the catalogue's records. */
public final class LaunchExecutor {

    /** Name of the file that describes a launch. */
    public static final String DESCRIPTION = "launch.json";

    private final ImageFormats formats;
    private final VolumeContent content;
    private final BaseImages bases;
    private final AccountCatalog catalog;

    /**
     * @param bases folder of the disks that overlays stand on
     * @param catalog takes the records, as the account that launches
     */
    public LaunchExecutor(ImageFormats formats, VolumeContent content, Path bases, AccountCatalog catalog) {
        this.formats = formats;
        this.content = content;
        this.bases = new BaseImages(bases, formats, content);
        this.catalog = catalog;
    }

    /**
     * Writes everything. When this throws, the files and the folder that it made are gone again; a target that was there before is half
     * written.
     *
     * @throws FileAlreadyExistsException if the folder holds a launch or a file of that name already
     */
    public LaunchResult execute(LaunchPlan plan, ProgressListener listener, CancelToken cancel) throws IOException {
        List<Path> made = new ArrayList<>();
        try {
            makeFolder(plan.folder(), made);
            checkFree(plan);
            String launchId = catalog.newId(ObjectKind.LAUNCH);
            List<LaunchedVolume> volumes = new ArrayList<>();
            long done = 0;
            long total = plan.totalBytes();
            for (PlannedVolume volume : plan.volumes()) {
                long before = done;
                volumes.add(write(
                        volume, made, (doneBytes, _) -> listener.progress(before + doneBytes, total), cancel));
                done += volume.sizeBytes();
            }
            Path description = plan.folder().resolve(DESCRIPTION);
            LaunchResult result =
                    new LaunchResult(launchId, plan.image(), description, volumes, plan.notices());
            writeText(description, Json.pretty(result.toJson()));
            made.add(description);
            record(plan, result);
            return result;
        } catch (IOException | RuntimeException e) {
            remove(made, e);
            throw e;
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
    }

    private static void checkFree(LaunchPlan plan) throws IOException {
        List<Path> wanted = new ArrayList<>();
        wanted.add(plan.folder().resolve(DESCRIPTION));
        plan.volumes().stream()
                .filter(volume -> !volume.isTarget())
                .map(PlannedVolume::path)
                .forEach(wanted::add);
        for (Path path : wanted) {
            if (Files.exists(path)) {
                throw new FileAlreadyExistsException(path.toString(), null, "is there already; launch into another folder");
            }
        }
    }

    private LaunchedVolume write(
            PlannedVolume volume, List<Path> made, ProgressListener listener, CancelToken cancel) throws IOException {
        Path base = null;
        CreateOptions options = CreateOptions.defaults();
        String root = volume.root();
        if (volume.mode() == VolumeMode.OVERLAY && root != null) {
            base = bases.base(root, volume.snapshotBytes(), listener, cancel);
            options = new CreateOptions(base.toString(), "raw", Map.of());
        }
        boolean existed = Files.exists(volume.path());
        OutputFile file = existed ? OutputFile.openExisting(volume.path()) : OutputFile.create(volume.path());
        boolean isDevice = file.isDevice();
        try (BlockTarget target = create(file, volume, options)) {
            if (base == null) {
                if (root == null) {
                    target.zero(0, target.size());
                } else {
                    content.rebuild(root, target, listener, cancel);
                }
            }
            target.commit();
        }
        if (!existed) {
            made.add(volume.path());
        }
        String id = volume.virtualName() == null ? catalog.newId(ObjectKind.VOLUME) : null;
        return new LaunchedVolume(volume, id, base, isDevice);
    }

    private BlockTarget create(OutputFile file, PlannedVolume volume, CreateOptions options) throws IOException {
        try {
            return formats.named(volume.mode().format()).create(file, volume.sizeBytes(), options);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static void writeText(Path path, String text) throws IOException {
        try (OutputFile file = OutputFile.create(path)) {
            file.write(0, MemorySegment.ofArray((text + "\n").getBytes(StandardCharsets.UTF_8)));
            file.commit();
        }
    }

    private void record(LaunchPlan plan, LaunchResult result) throws IOException {
        Instant now = catalog.now();
        List<Volume> volumes = new ArrayList<>();
        List<Launch.Device> devices = new ArrayList<>();
        for (LaunchedVolume launched : result.volumes()) {
            PlannedVolume planned = launched.planned();
            devices.add(new Launch.Device(
                    planned.deviceName(),
                    launched.volumeId(),
                    planned.virtualName(),
                    planned.path().toString()));
            VolumePerformance performance = planned.performance();
            if (launched.volumeId() != null && performance != null) {
                volumes.add(volume(plan, result, launched, launched.volumeId(), performance, now));
            }
        }
        catalog.recordLaunch(
                new Launch(
                        result.launchId(),
                        plan.image().id(),
                        catalog.actor().account(),
                        now,
                        LaunchState.RUNNING,
                        plan.image().rootDeviceName(),
                        plan.folder().toString(),
                        devices,
                        plan.image().access().productCodes(),
                        plan.tags()),
                volumes);
    }

    private Volume volume(
            LaunchPlan plan,
            LaunchResult result,
            LaunchedVolume launched,
            String id,
            VolumePerformance performance,
            Instant now) {
        PlannedVolume planned = launched.planned();
        @Nullable String base = launched.base() == null ? null : launched.base().toString();
        return new Volume(
                id,
                catalog.actor().account(),
                planned.sizeBytes(),
                performance,
                planned.snapshotId(),
                planned.encryption(),
                VolumeState.IN_USE,
                now,
                new VolumeFile(
                        planned.path().toString(),
                        planned.mode().format(),
                        base,
                        base == null ? null : planned.root()),
                new Attachment(result.launchId(), planned.deviceName(), planned.deleteOnTermination(), now),
                plan.image().access().productCodes(),
                plan.tags());
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

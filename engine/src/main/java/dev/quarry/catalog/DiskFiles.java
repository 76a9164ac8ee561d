package dev.quarry.catalog;

import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.CatalogObject;
import dev.quarry.catalog.model.Launch;
import dev.quarry.catalog.model.LaunchState;
import dev.quarry.catalog.model.Volume;
import dev.quarry.catalog.model.VolumeState;
import dev.quarry.store.StoreException;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Whose the files of disks are, as the records of one moment have it. Who deletes a launch's files
 * by hand and launches into the same folder leaves two records of one path: the file is that of the
 * later one.
 */
public final class DiskFiles {

    /** When the last volume or instance-store disk was made there, by path. */
    private final Map<String, Instant> made = new HashMap<>();

    private DiskFiles() {}

    static DiskFiles of(Tables tables) throws IOException {
        DiskFiles files = new DiskFiles();
        for (Volume volume : sound(tables.volumes)) {
            if (volume.state() != VolumeState.DELETED) {
                files.add(volume.file().path(), volume.createTime());
            }
        }
        for (Launch launch : sound(tables.launches)) {
            if (launch.state() == LaunchState.RUNNING) {
                for (Launch.Device device : launch.devices()) {
                    if (device.volumeId() == null) {
                        files.add(device.path(), launch.launchTime());
                    }
                }
            }
        }
        return files;
    }

    /** Another's damaged record is for a repair, and keeps nobody from ending a launch. */
    private static <T extends CatalogObject> List<T> sound(Documents<T> documents)
            throws IOException {
        List<T> sound = new ArrayList<>();
        for (String id : documents.ids()) {
            try {
                documents.find(id).ifPresent(stored -> sound.add(stored.object()));
            } catch (CatalogException | StoreException e) {
                // It says nothing of files that could be trusted.
            }
        }
        return sound;
    }

    private void add(String path, Instant time) {
        made.merge(path, time, (a, b) -> a.isAfter(b) ? a : b);
    }

    /** Whether a file is the disk of somebody. */
    public boolean isTaken(Path file) {
        return made.containsKey(file.toString());
    }

    /** Whether a volume's file is still its own. */
    public boolean isOf(Volume volume) {
        return isOf(volume.file().path(), volume.createTime());
    }

    /**
     * Whether the file of an instance-store disk is still its own.
     *
     * @param launch that has it
     */
    public boolean isOf(Launch.Device disk, Launch launch) {
        return isOf(disk.path(), launch.launchTime());
    }

    private boolean isOf(String path, Instant time) {
        Instant last = made.get(path);
        return last == null || !last.isAfter(time);
    }
}

package dev.quarry.volume;

import dev.quarry.catalog.Attachments;
import dev.quarry.catalog.DiskFiles;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.Json;
import dev.quarry.catalog.model.Launch;
import dev.quarry.catalog.model.Volume;
import dev.quarry.storage.FileStorage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Deletes what a launch leaves when it is terminated. Block devices are left as they are. */
public final class LaunchEnd {

    private LaunchEnd() {}

    /**
     * Deletes the files of volumes that go with a launch, of its instance-store disks, its {@code
     * launch.json}, and its folder if nothing else is in it. What is gone already is no error, and
     * what is another's now stays.
     *
     * @return the same ending, whose records can go now
     */
    public static Attachments.Ending deleteFiles(Attachments.Ending ending) throws IOException {
        for (Volume volume : ending.volumes()) {
            deleteFile(volume, ending.files());
        }
        Launch launch = ending.launch();
        for (Launch.Device device : launch.devices()) {
            if (device.volumeId() == null && ending.files().isOf(device, launch)) {
                delete(Path.of(device.path()));
            }
        }
        Path folder = Path.of(launch.folder());
        Path description = folder.resolve(LaunchResult.FILE_NAME);
        if (Files.exists(description) && launch.id().equals(launchIdIn(folder))) {
            delete(description);
            try {
                Files.delete(folder);
            } catch (DirectoryNotEmptyException _) {
                // Others' files, or volumes that stay.
            }
        }
        return ending;
    }

    /** Deletes the file of a volume, if it is still its own. */
    public static void deleteFile(Volume volume, DiskFiles files) throws IOException {
        if (files.isOf(volume)) {
            delete(Path.of(volume.file().path()));
        }
    }

    private static void delete(Path file) throws IOException {
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            Files.delete(file);
        }
    }

    /**
     * The launch that a folder says it holds. Only the id is taken from there: where its disks are,
     * and what they are, the catalogue knows.
     *
     * @throws CatalogException of code InvalidInstanceID.NotFound if the folder holds none
     */
    public static String launchIdIn(Path folder) throws IOException {
        Path description = folder.resolve(LaunchResult.FILE_NAME);
        if (!Files.isRegularFile(description)) {
            throw new CatalogException(
                    ErrorCode.INVALID_INSTANCE_ID_NOT_FOUND,
                    "there is no " + LaunchResult.FILE_NAME + " in " + folder);
        }
        try (FileStorage file = FileStorage.open(description)) {
            if (file.size() > Json.TEXT_CHARS_MAX) {
                throw new CatalogException(
                        ErrorCode.INVALID_INSTANCE_ID_NOT_FOUND,
                        description + " of " + file.size() + " bytes is no launch's description");
            }
            byte[] text = new byte[(int) file.size()];
            file.read(0, MemorySegment.ofArray(text));
            return Json.readDocument(text, description.toString()).string("InstanceId");
        }
    }
}

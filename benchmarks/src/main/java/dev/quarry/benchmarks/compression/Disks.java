package dev.quarry.benchmarks.compression;

import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageFormats;
import dev.quarry.image.OpenOptions;
import dev.quarry.storage.FileStorage;

import java.io.IOException;
import java.nio.file.Path;

/** Opens image files of any format. */
final class Disks {

    private Disks() {}

    static DiskImage open(Path file) throws IOException {
        ImageFormats formats = ImageFormats.installed();
        FileStorage storage = FileStorage.open(file);
        try {
            return formats.detect(storage).format().open(storage, OpenOptions.of(formats));
        } catch (IOException | RuntimeException e) {
            storage.close();
            throw e;
        }
    }
}

package dev.quarry.volume;

import dev.quarry.catalog.model.VolumeFile;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageFormat;
import dev.quarry.image.ImageFormats;
import dev.quarry.image.OpenOptions;
import dev.quarry.image.ReferenceGate;
import dev.quarry.storage.FileStorage;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Opens volumes that a guest has written to: in the format that the catalogue recorded, over the
 * base that it recorded, and never as a header says. A guest that writes a qcow2 header onto its
 * raw disk gets those bytes back as bytes.
 */
public final class VolumeFiles {

    private static final String RAW = "raw";

    private VolumeFiles() {}

    /**
     * Opens a volume for reading.
     *
     * @param formats has the format of the volume, and raw for a base
     * @return the disk; the caller closes it, and its base with it
     * @throws ImageException if an overlay does not stand on a base, or refers to more than one
     */
    public static DiskImage open(ImageFormats formats, VolumeFile file) throws IOException {
        String base = file.basePath();
        ImageFormat format = formats.named(file.format());
        FileStorage storage = FileStorage.open(Path.of(file.path()));
        DiskImage disk;
        try {
            // Below an overlay there is one raw base: whatever else its header names is refused.
            OpenOptions options =
                    OpenOptions.of(ImageFormats.of(formats.named(RAW)))
                            .withGate(base == null ? ReferenceGate.deny() : recorded(base));
            disk = format.open(storage, options);
        } catch (IOException | RuntimeException e) {
            storage.close();
            throw e;
        }
        if (base != null && disk.backing() == null) {
            disk.close();
            throw new ImageException(
                    ImageException.Kind.CORRUPT,
                    file.path(),
                    -1,
                    "should be an overlay over " + base + ", and names no backing file");
        }
        return disk;
    }

    private static ReferenceGate recorded(String base) {
        return (from, role, reference) ->
                role == ReferenceGate.Role.BACKING_FILE
                        ? FileStorage.open(Path.of(base))
                        : ReferenceGate.deny().open(from, role, reference);
    }
}

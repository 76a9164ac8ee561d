package dev.quarry;

import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageFormat;
import dev.quarry.image.ImageFormats;
import dev.quarry.image.OpenOptions;
import dev.quarry.image.ReferenceGate;
import dev.quarry.storage.FileStorage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;

/** Opens image files in the formats that the class path offers. */
final class ImageFiles {

    private ImageFiles() {}

    /**
     * An image that was opened; closing the image closes the file.
     *
     * @param isGuess whether the format was taken only because nothing contradicts it
     */
    record Opened(DiskImage image, String format, boolean isGuess) {}

    /**
     * Opens the disk as it is.
     *
     * @param format as the user named it, or null to find out
     */
    static Opened open(ImageFormats formats, Path file, @Nullable String format, ReferenceGate gate)
            throws IOException {
        return open(file, format, OpenOptions.of(formats).withGate(gate));
    }

    /**
     * @param format as the user named it, or null to find out
     */
    static Opened open(Path file, @Nullable String format, OpenOptions options) throws IOException {
        ImageFormats formats = options.formats();
        FileStorage storage = FileStorage.open(file);
        try {
            ImageFormat found;
            boolean isGuess = false;
            if (format == null) {
                ImageFormats.Detection detection = formats.detect(storage);
                found = detection.format();
                isGuess = detection.isGuess();
            } else {
                found = formats.named(format);
            }
            DiskImage image = found.open(storage, options);
            return new Opened(image, found.name(), isGuess);
        } catch (IOException | RuntimeException e) {
            storage.close();
            throw e;
        }
    }
}

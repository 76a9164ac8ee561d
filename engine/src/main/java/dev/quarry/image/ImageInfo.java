package dev.quarry.image;

import org.jspecify.annotations.Nullable;

import java.util.Map;

/**
 * What an image says of itself. Names of files are as the image spells them and were not opened.
 *
 * @param format name of the format, as {@link ImageFormat#name}
 * @param virtualSize guest bytes
 * @param clusterSize unit of allocation in bytes (cluster, grain), or 0 if the format has none
 * @param backingFile what the image refers to as its backing file or parent, or null
 * @param backingFormat the format it names for it, or null
 * @param dirty whether its last writer did not close it
 * @param encrypted whether its data is encrypted
 * @param formatSpecific further facts under qemu-img's names ({@code info --output=json}, {@code
 *     format-specific.data}); values are strings, numbers, booleans, lists and maps
 */
public record ImageInfo(
        String format,
        long virtualSize,
        long clusterSize,
        @Nullable String backingFile,
        @Nullable String backingFormat,
        boolean dirty,
        boolean encrypted,
        Map<String, Object> formatSpecific) {

    /** The same of a disk of another size, as a snapshot may have. */
    public ImageInfo withVirtualSize(long value) {
        return new ImageInfo(
                format,
                value,
                clusterSize,
                backingFile,
                backingFormat,
                dirty,
                encrypted,
                formatSpecific);
    }

    /** The same of an image whose last writer did not close it. */
    public ImageInfo withDirty() {
        return new ImageInfo(
                format,
                virtualSize,
                clusterSize,
                backingFile,
                backingFormat,
                true,
                encrypted,
                formatSpecific);
    }
}

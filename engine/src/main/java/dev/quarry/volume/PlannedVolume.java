package dev.quarry.volume;

import dev.quarry.catalog.model.Encryption;
import dev.quarry.catalog.model.ProductCode;
import dev.quarry.catalog.model.VolumePerformance;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.List;

/**
 * One disk of a launch, decided and not yet written.
 *
 * @param deviceName the device
 * @param virtualName {@code ephemeralN} for an instance-store disk, {@link #BUNDLE_ROOT} for one
 *     that begins as a bundle, or null for a volume
 * @param snapshotId what it begins as, or null for an empty disk
 * @param root of that snapshot, in hex, or null
 * @param snapshotBytes of that snapshot, 0 without one
 * @param sizeBytes of the disk, at least that; a qcow2 disk has whole sectors
 * @param mode how it is written
 * @param path absolute path of its file or device
 * @param isTarget whether the caller named the path, so that it may be there already and hold old
 *     data
 * @param performance type and limits, or null for an instance-store disk
 * @param encryption whether it counts as encrypted
 * @param deleteOnTermination whether it goes with the launch
 * @param productCodes products that come with its snapshot (4.5.8)
 */
public record PlannedVolume(
        String deviceName,
        @Nullable String virtualName,
        @Nullable String snapshotId,
        @Nullable String root,
        long snapshotBytes,
        long sizeBytes,
        VolumeMode mode,
        Path path,
        boolean isTarget,
        @Nullable VolumePerformance performance,
        Encryption encryption,
        boolean deleteOnTermination,
        List<ProductCode> productCodes) {

    /** Virtual name of a root that comes from a bundle (4.6.3), as the guest's metadata have it. */
    public static final String BUNDLE_ROOT = "ami";

    public PlannedVolume {
        productCodes = List.copyOf(productCodes);
    }

    /** Whether the disk begins as the bundle of its image. */
    public boolean isBundleRoot() {
        return BUNDLE_ROOT.equals(virtualName);
    }
}

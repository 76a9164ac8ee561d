package dev.quarry.bundle;

import dev.quarry.catalog.model.Architecture;

import java.util.List;
import java.util.Map;

/**
 * What a manifest says of its bundle; {@code bundle-format.md} is the specification.
 *
 * @param imageName stem of the parts' names
 * @param user account that bundled the disk
 * @param architecture of the machine
 * @param rootDeviceName device of the disk, {@code /dev/…}
 * @param instanceStore other devices to {@code ephemeralN}
 * @param sizeBytes of the disk
 * @param bundledBytes of all parts together
 * @param parts in their order
 */
public record BundleManifest(
        String imageName,
        String user,
        Architecture architecture,
        String rootDeviceName,
        Map<String, String> instanceStore,
        long sizeBytes,
        long bundledBytes,
        List<Part> parts) {

    /** Bytes of every part but the last. */
    public static final int PART_BYTES = 10 << 20;

    /** Rule 4.6.3: the root of an instance-store image has 10 GiB at most. */
    public static final long DISK_BYTES_MAX = 10L << 30;

    /** What does not compress grows a little; far more parts than the largest disk can need. */
    public static final int PARTS_MAX = 1100;

    /** A manifest of so many parts takes a fifth of it. */
    public static final int MANIFEST_BYTES_MAX = 1 << 20;

    public BundleManifest {
        instanceStore = Map.copyOf(instanceStore);
        parts = List.copyOf(parts);
    }

    /**
     * A part.
     *
     * @param fileName bare name of the file beside the manifest
     * @param digest SHA-256 of the file, in hex
     */
    public record Part(String fileName, String digest) {}

    /** Bytes that a part must have. */
    long bytesOf(int index) {
        return index < parts.size() - 1
                ? PART_BYTES
                : bundledBytes - (long) (parts.size() - 1) * PART_BYTES;
    }
}

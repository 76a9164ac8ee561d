package dev.quarry;

import dev.quarry.block.BlockTarget;
import dev.quarry.bundle.Bundle;
import dev.quarry.bundle.BundleWriter;
import dev.quarry.catalog.mapping.DeviceNames;
import dev.quarry.catalog.mapping.MappingRules;
import dev.quarry.catalog.model.Assignment;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.VirtualizationType;
import dev.quarry.image.CreateOptions;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageFormat;
import dev.quarry.image.ImageFormats;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.volume.Unbundling;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Bundles of instance-store-backed images, as files (4.6.3); {@link Quarry#registerBundle} makes an
 * image of one. Needs no store.
 */
public final class Bundles {

    private static final Pattern IMAGE_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    private Bundles() {}

    /**
     * Compresses a disk, cuts it into parts, and writes a manifest.
     *
     * @throws CatalogException if a mapping is none of an instance-store disk
     */
    public static Bundle bundle(
            BundleRequest request, ProgressListener listener, CancelToken cancel)
            throws IOException {
        if (!IMAGE_NAME.matcher(request.imageName()).matches()) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "bundle name '"
                            + request.imageName()
                            + "' is not letters, digits, '.', '_' and '-', 64 at most");
        }
        DeviceNames.checkRoot(request.rootDeviceName(), VirtualizationType.HVM);
        BundleWriter.Description description =
                new BundleWriter.Description(
                        request.imageName(),
                        request.user(),
                        request.architecture(),
                        request.rootDeviceName(),
                        instanceStore(request));
        ImageFiles.Opened source =
                ImageFiles.open(
                        ImageFormats.installed(), request.file(), request.format(), request.gate());
        try (DiskImage disk = source.image()) {
            return BundleWriter.write(disk, description, request.folder(), listener, cancel);
        }
    }

    private static Map<String, String> instanceStore(BundleRequest request)
            throws CatalogException {
        MappingRules.checkRequest(request.mappings(), VirtualizationType.HVM);
        Map<String, String> devices = new TreeMap<>();
        for (BlockDeviceMapping mapping : request.mappings()) {
            if (!(mapping.assignment() instanceof Assignment.VirtualName virtual)
                    || mapping.deviceName().equals(request.rootDeviceName())) {
                throw new CatalogException(
                        ErrorCode.INVALID_BLOCK_DEVICE_MAPPING,
                        "device "
                                + mapping.deviceName()
                                + ": only instance-store disks can be mapped beside the root of a"
                                + " bundle");
            }
            devices.put(mapping.deviceName(), virtual.name());
        }
        return devices;
    }

    /**
     * Writes the disk of a bundle into a raw file or a device.
     *
     * @throws dev.quarry.image.ImageException if the bundle is not as its manifest says
     */
    public static void unbundle(
            Path manifest, Path file, ProgressListener listener, CancelToken cancel)
            throws IOException {
        Bundle bundle = Bundle.open(manifest);
        ImageFormat raw = ImageFormats.installed().named("raw");
        try (BlockTarget target =
                Targets.create(
                        file,
                        output ->
                                raw.create(
                                        output,
                                        bundle.manifest().sizeBytes(),
                                        CreateOptions.defaults()))) {
            Unbundling.write(bundle, target, listener, cancel);
            target.commit();
        }
    }
}

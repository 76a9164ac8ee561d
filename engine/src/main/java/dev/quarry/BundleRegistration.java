package dev.quarry;

import dev.quarry.bundle.Bundle;
import dev.quarry.bundle.BundleManifest;
import dev.quarry.catalog.model.Architecture;
import dev.quarry.catalog.model.Assignment;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ErrorCode;
import dev.quarry.catalog.model.ImageHardware;
import dev.quarry.catalog.model.ImageOrigin;
import dev.quarry.catalog.rule.ImageRegistration;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a bundle is registered as. Pure. */
final class BundleRegistration {

    private BundleRegistration() {}

    static ImageRegistration of(Bundle bundle, ImageRegistration registration)
            throws CatalogException {
        if (!registration.mappings().isEmpty() || registration.rootDeviceName() != null) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_COMBINATION,
                    "a manifest says itself what is mapped, and from where the machine boots");
        }
        BundleManifest manifest = bundle.manifest();
        Architecture asked = registration.hardware().architecture();
        if (asked != ImageHardware.defaults().architecture() && asked != manifest.architecture()) {
            throw new CatalogException(
                    ErrorCode.INVALID_PARAMETER_COMBINATION,
                    "the manifest says itself that the processor is "
                            + manifest.architecture().spelling()
                            + ", and not "
                            + asked.spelling());
        }
        List<BlockDeviceMapping> mappings =
                new TreeMap<>(manifest.instanceStore())
                        .entrySet().stream().map(BundleRegistration::mapping).toList();
        return new ImageRegistration(
                registration.name(),
                registration.description(),
                registration.hardware().withArchitecture(manifest.architecture()),
                manifest.rootDeviceName(),
                mappings,
                ImageOrigin.manifest(bundle.file().toString(), bundle.digest()),
                registration.tags());
    }

    private static BlockDeviceMapping mapping(Map.Entry<String, String> device) {
        return new BlockDeviceMapping(
                device.getKey(), new Assignment.VirtualName(device.getValue()));
    }
}

package dev.quarry.catalog.model;

import org.jspecify.annotations.Nullable;

/**
 * What machine an image needs.
 *
 * @param architecture processor
 * @param imageType machine, kernel or ramdisk
 * @param virtualizationType how it is virtualised
 * @param bootMode firmware, or null for the architecture's own
 * @param platform {@code windows}, or null
 * @param kernelId kernel image of a paravirtual image
 * @param ramdiskId ramdisk image of a paravirtual image
 * @param enaSupport whether it has the driver of enhanced networking
 * @param sriovNetSupport {@code simple}, or null
 * @param tpmSupport {@code v2.0}, or null
 * @param imdsSupport {@code v2.0}, or null
 * @param uefiData variable store, base64
 */
public record ImageHardware(
        Architecture architecture,
        ImageType imageType,
        VirtualizationType virtualizationType,
        @Nullable BootMode bootMode,
        @Nullable String platform,
        @Nullable String kernelId,
        @Nullable String ramdiskId,
        boolean enaSupport,
        @Nullable String sriovNetSupport,
        @Nullable String tpmSupport,
        @Nullable String imdsSupport,
        @Nullable String uefiData) {

    private static final ImageHardware DEFAULTS =
            new ImageHardware(
                    Architecture.X86_64,
                    ImageType.MACHINE,
                    VirtualizationType.HVM,
                    null,
                    null,
                    null,
                    null,
                    false,
                    null,
                    null,
                    null,
                    null);

    /** What an image has that was registered without saying: x86_64 and hvm. */
    public static ImageHardware defaults() {
        return DEFAULTS;
    }

    public ImageHardware withArchitecture(Architecture value) {
        return new ImageHardware(
                value,
                imageType,
                virtualizationType,
                bootMode,
                platform,
                kernelId,
                ramdiskId,
                enaSupport,
                sriovNetSupport,
                tpmSupport,
                imdsSupport,
                uefiData);
    }

    public ImageHardware withVirtualizationType(VirtualizationType value) {
        return new ImageHardware(
                architecture,
                imageType,
                value,
                bootMode,
                platform,
                kernelId,
                ramdiskId,
                enaSupport,
                sriovNetSupport,
                tpmSupport,
                imdsSupport,
                uefiData);
    }

    public ImageHardware withBootMode(@Nullable BootMode value) {
        return new ImageHardware(
                architecture,
                imageType,
                virtualizationType,
                value,
                platform,
                kernelId,
                ramdiskId,
                enaSupport,
                sriovNetSupport,
                tpmSupport,
                imdsSupport,
                uefiData);
    }

    public ImageHardware withImdsSupport(@Nullable String value) {
        return new ImageHardware(
                architecture,
                imageType,
                virtualizationType,
                bootMode,
                platform,
                kernelId,
                ramdiskId,
                enaSupport,
                sriovNetSupport,
                tpmSupport,
                value,
                uefiData);
    }

    void putTo(JsonObject object) {
        object.put("Architecture", architecture)
                .put("ImageType", imageType)
                .put("VirtualizationType", virtualizationType)
                .put("BootMode", bootMode)
                .put("Platform", platform)
                .put("KernelId", kernelId)
                .put("RamdiskId", ramdiskId)
                .put("EnaSupport", enaSupport)
                .put("SriovNetSupport", sriovNetSupport)
                .put("TpmSupport", tpmSupport)
                .put("ImdsSupport", imdsSupport)
                .put("UefiData", uefiData);
    }

    static ImageHardware fromJson(JsonFields fields) throws CatalogException {
        return new ImageHardware(
                fields.oneOf("Architecture", Architecture.class),
                fields.oneOf("ImageType", ImageType.class),
                fields.oneOf("VirtualizationType", VirtualizationType.class),
                fields.optionalOneOf("BootMode", BootMode.class),
                fields.optionalString("Platform"),
                fields.optionalString("KernelId"),
                fields.optionalString("RamdiskId"),
                fields.bool("EnaSupport"),
                fields.optionalString("SriovNetSupport"),
                fields.optionalString("TpmSupport"),
                fields.optionalString("ImdsSupport"),
                fields.optionalString("UefiData"));
    }
}

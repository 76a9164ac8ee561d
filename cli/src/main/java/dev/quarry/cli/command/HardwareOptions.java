package dev.quarry.cli.command;

import dev.quarry.catalog.model.Architecture;
import dev.quarry.catalog.model.BootMode;
import dev.quarry.catalog.model.CatalogException;
import dev.quarry.catalog.model.ImageHardware;
import dev.quarry.catalog.model.Spelled;
import dev.quarry.catalog.model.VirtualizationType;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.Specs;

import picocli.CommandLine.Model.CommandSpec;

import java.util.ArrayList;
import java.util.List;

/** What machine an image needs. */
final class HardwareOptions {

    static final String ARCHITECTURE = "--architecture";
    private static final String BOOT_MODE = "--boot-mode";
    private static final String VIRTUALIZATION = "--virtualization-type";

    /** All of them. */
    static final List<String> NAMES = List.of(ARCHITECTURE, BOOT_MODE, VIRTUALIZATION);

    private HardwareOptions() {}

    static CommandSpec addTo(CommandSpec spec) {
        return spec.addOption(
                        Specs.option("NAME", ARCHITECTURE)
                                .completionCandidates(spellings(Architecture.values()))
                                .description("Processor of the image; x86_64 unless told.")
                                .build())
                .addOption(
                        Specs.option("MODE", BOOT_MODE)
                                .completionCandidates(spellings(BootMode.values()))
                                .description(
                                        "Firmware that the image needs: legacy-bios, uefi or"
                                                + " uefi-preferred.")
                                .build())
                .addOption(
                        Specs.option("TYPE", VIRTUALIZATION)
                                .completionCandidates(spellings(VirtualizationType.values()))
                                .description("hvm unless told, or paravirtual.")
                                .build());
    }

    private static List<String> spellings(Spelled... values) {
        List<String> spellings = new ArrayList<>();
        for (Spelled value : values) {
            spellings.add(value.spelling());
        }
        return spellings;
    }

    static ImageHardware hardware(Invocation invocation) throws CatalogException {
        ImageHardware hardware = ImageHardware.defaults();
        String architecture = invocation.value(ARCHITECTURE);
        if (architecture != null) {
            hardware =
                    hardware.withArchitecture(
                            Spelled.parse(Architecture.class, architecture, "Architecture"));
        }
        String bootMode = invocation.value(BOOT_MODE);
        if (bootMode != null) {
            hardware = hardware.withBootMode(Spelled.parse(BootMode.class, bootMode, "BootMode"));
        }
        String virtualization = invocation.value(VIRTUALIZATION);
        if (virtualization != null) {
            hardware =
                    hardware.withVirtualizationType(
                            Spelled.parse(
                                    VirtualizationType.class,
                                    virtualization,
                                    "VirtualizationType"));
        }
        return hardware;
    }
}

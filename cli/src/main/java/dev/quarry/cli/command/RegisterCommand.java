package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.rule.ImageRegistration;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.OutputOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.cli.frame.UsageException;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** {@code quarry register}: makes a machine image of snapshots. */
public final class RegisterCommand implements Subcommand {

    private static final String NAME = "--name";
    private static final String DESCRIPTION = "--description";
    private static final String MANIFEST = "--manifest";
    private static final String ROOT = "--root-device-name";

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "register",
                                "Registers a machine image of snapshots that are there, or of a"
                                        + " bundle. Prints its id.",
                                "quarry register --name web-1 -b"
                                        + " /dev/sda1=snap-0123456789abcdef0 -b /dev/sdb=:20",
                                "quarry register --name web-2 --manifest"
                                        + " bundle/image.manifest.xml")
                        .addOption(
                                Specs.option("NAME", NAME)
                                        .required(true)
                                        .description("Name of the image; unique in the account.")
                                        .build())
                        .addOption(
                                Specs.option("TEXT", DESCRIPTION)
                                        .description("Description, for people.")
                                        .build())
                        .addOption(
                                Specs.option("FILE", MANIFEST)
                                        .description(
                                                "Manifest of a bundle, which has the root disk,"
                                                        + " the mapping and the processor.")
                                        .build())
                        .addOption(
                                Specs.option("DEVICE", ROOT)
                                        .description(
                                                "Device to boot from. Default: /dev/sda1 or"
                                                        + " /dev/xvda, whichever is mapped.")
                                        .build());
        MappingOptions.addTo(spec, "A device of the image.");
        HardwareOptions.addTo(spec);
        TagOptions.addTo(spec);
        return StoreOptions.addTo(OutputOptions.addTo(spec));
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        String name = invocation.value(NAME);
        if (name == null) {
            throw new UsageException("--name is missing");
        }
        String manifest = invocation.value(MANIFEST);
        if (manifest != null && invocation.has(HardwareOptions.ARCHITECTURE)) {
            throw new UsageException(
                    HardwareOptions.ARCHITECTURE
                            + " and "
                            + MANIFEST
                            + " exclude one another: a manifest says itself what the processor is");
        }
        ImageRegistration registration =
                ImageRegistration.of(name, MappingOptions.mappings(invocation))
                        .withDescription(invocation.value(DESCRIPTION))
                        .withRootDeviceName(invocation.value(ROOT))
                        .withHardware(HardwareOptions.hardware(invocation))
                        .withTags(TagOptions.tags(invocation));
        try (Quarry quarry = Stores.open(invocation)) {
            MachineImage image =
                    manifest == null
                            ? quarry.catalog().registerImage(registration)
                            : quarry.registerBundle(Path.of(manifest), registration);
            if (invocation.json()) {
                invocation.print(Map.of("ImageId", image.id()));
            } else {
                invocation.print(image.id());
            }
        }
        return DONE;
    }
}

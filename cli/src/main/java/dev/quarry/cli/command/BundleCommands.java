package dev.quarry.cli.command;

import dev.quarry.BundleRequest;
import dev.quarry.Bundles;
import dev.quarry.bundle.Bundle;
import dev.quarry.catalog.model.Actor;
import dev.quarry.catalog.model.Architecture;
import dev.quarry.catalog.model.Spelled;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.OutputOptions;
import dev.quarry.cli.frame.ProgressOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The subcommands of bundles, which instance-store-backed images come from. */
public final class BundleCommands {

    private static final String OUT = "--out";
    private static final String PREFIX = "--prefix";
    private static final String FORMAT = "-f";
    private static final String ARCHITECTURE = "--architecture";
    private static final String ROOT = "--root-device-name";

    private BundleCommands() {}

    /** The subcommand of that name. */
    public static Subcommand create(String name) {
        return switch (name) {
            case "bundle" -> new BundleCommand();
            case "unbundle" -> new UnbundleCommand();
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static final class BundleCommand implements Subcommand {

        @Override
        public CommandSpec describe() {
            CommandSpec spec =
                    Specs.named(
                                    "bundle",
                                    "Makes a bundle of a disk image: a manifest, and the disk"
                                            + " compressed and cut into parts of 10 MiB. Prints the"
                                            + " manifest's path. An image that is registered of it"
                                            + " is instance-store-backed; its root has 10 GiB at"
                                            + " most.",
                                    "quarry bundle disk.qcow2 --out bundle -b /dev/sdb=ephemeral0")
                            .addPositional(
                                    Specs.argument(0, "FILE").description("The disk.").build())
                            .addOption(
                                    Specs.option("DIR", OUT)
                                            .required(true)
                                            .description("Folder for the bundle.")
                                            .build())
                            .addOption(
                                    Specs.option("NAME", PREFIX)
                                            .description(
                                                    "Stem of the files' names. Default: image.")
                                            .build())
                            .addOption(
                                    Specs.option("FORMAT", FORMAT)
                                            .description("The disk's format, instead of a look.")
                                            .build())
                            .addOption(
                                    Specs.option("NAME", ARCHITECTURE)
                                            .description("Processor; x86_64 unless told.")
                                            .build())
                            .addOption(
                                    Specs.option("DEVICE", ROOT)
                                            .description("Device of the disk. Default: /dev/sda1.")
                                            .build());
            MappingOptions.addTo(spec, "An instance-store disk of the machine.");
            ReferenceOptions.addTo(spec);
            ProgressOptions.addTo(spec);
            return StoreOptions.addAccountTo(OutputOptions.addTo(spec));
        }

        @Override
        public int run(Invocation invocation) throws IOException {
            BundleRequest plain =
                    BundleRequest.of(
                            Path.of(invocation.argument(0)), Path.of(invocation.value(OUT, "")));
            BundleRequest request =
                    plain.withImageName(invocation.value(PREFIX, plain.imageName()))
                            .withFormat(invocation.value(FORMAT))
                            .withGate(ReferenceOptions.gate(invocation))
                            .withUser(Actor.checkAccount(invocation.account()))
                            .withMachine(
                                    Spelled.parse(
                                            Architecture.class,
                                            invocation.value(
                                                    ARCHITECTURE, plain.architecture().spelling()),
                                            "Architecture"),
                                    invocation.value(ROOT, plain.rootDeviceName()),
                                    MappingOptions.mappings(invocation));
            invocation.workingOn(request.folder());
            Bundle bundle =
                    Bundles.bundle(request, invocation.progress("bundle"), invocation.cancel());
            if (invocation.json()) {
                Map<String, Object> answer = new LinkedHashMap<>();
                answer.put("Manifest", bundle.file().toString());
                answer.put("Parts", bundle.manifest().parts().size());
                answer.put("Size", bundle.manifest().sizeBytes());
                answer.put("BundledSize", bundle.manifest().bundledBytes());
                invocation.print(answer);
            } else {
                invocation.print(bundle.file().toString());
            }
            return DONE;
        }
    }

    private static final class UnbundleCommand implements Subcommand {

        @Override
        public CommandSpec describe() {
            CommandSpec spec =
                    Specs.named(
                                    "unbundle",
                                    "Writes the disk of a bundle into a raw file or a block device."
                                            + " Each part is compared with its digest.",
                                    "quarry unbundle bundle/image.manifest.xml disk.raw")
                            .addPositional(
                                    Specs.argument(0, "MANIFEST")
                                            .description("The bundle's manifest.")
                                            .build())
                            .addPositional(
                                    Specs.argument(1, "FILE").description("The disk.").build());
            return ProgressOptions.addTo(spec);
        }

        @Override
        public int run(Invocation invocation) throws IOException {
            Path file = Path.of(invocation.argument(1));
            invocation.workingOn(file);
            Bundles.unbundle(
                    Path.of(invocation.argument(0)),
                    file,
                    invocation.progress("unbundle"),
                    invocation.cancel());
            return DONE;
        }
    }
}

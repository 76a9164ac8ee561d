package dev.quarry.cli.command;

import dev.quarry.ImportRequest;
import dev.quarry.ImportResult;
import dev.quarry.Quarry;
import dev.quarry.catalog.AccountCatalog;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.OutputOptions;
import dev.quarry.cli.frame.PlainText;
import dev.quarry.cli.frame.ProgressOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.snapshot.SnapshotWriter;
import dev.quarry.storage.FileStorage;
import dev.quarry.store.ChunkSession;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code quarry import}: an image file becomes a snapshot, and with a name a machine image. */
public final class ImportCommand implements Subcommand {

    private static final String FORMAT = "-f";
    private static final String NAME = "--name";
    private static final String DESCRIPTION = "--description";
    private static final String ROOT = "--root-device-name";

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "import",
                                "Imports a disk image as a snapshot, and with --name registers a"
                                        + " machine image of it. Prints their ids. Makes the store"
                                        + " where there is none.",
                                "quarry import disk.qcow2 --name debian-12 --tag release=12.7")
                        .addPositional(
                                Specs.argument(0, "FILE").description(Streams.DESCRIPTION).build())
                        .addOption(
                                Specs.option("FORMAT", FORMAT)
                                        .description(
                                                "Format of the file, instead of detection: raw,"
                                                        + " qcow2, vmdk or ova. Give it for a disk"
                                                        + " that a guest could write.")
                                        .build())
                        .addOption(
                                Specs.option("NAME", NAME)
                                        .description("Register a machine image of this name.")
                                        .build())
                        .addOption(
                                Specs.option("TEXT", DESCRIPTION)
                                        .description("Description, for people.")
                                        .build())
                        .addOption(
                                Specs.option("DEVICE", ROOT)
                                        .description(
                                                "Device that the disk becomes in the image;"
                                                        + " /dev/sda1 unless told.")
                                        .build());
        CreationOptions.addTo(spec);
        MappingOptions.addTo(spec, "A further device of the image.");
        HardwareOptions.addTo(spec);
        TagOptions.addTo(spec);
        SnapshotOptions.addTo(spec);
        MemberOptions.addTo(spec);
        ReferenceOptions.addTo(spec);
        ProgressOptions.addTo(spec);
        return StoreOptions.addTo(OutputOptions.addTo(spec));
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        // Beside what follows: 50 of the 100 ms before the first page is read.
        FileStorage.prepareHoles();
        Path file = Path.of(invocation.argument(0));
        ImportRequest request =
                ImportRequest.of(file)
                        .withInput(Streams.input(file))
                        .withFormat(invocation.value(FORMAT))
                        .withInternalSnapshot(SnapshotOptions.snapshot(invocation))
                        .withMember(MemberOptions.member(invocation))
                        .withGate(ReferenceOptions.gate(invocation))
                        .withName(invocation.value(NAME))
                        .withDescription(invocation.value(DESCRIPTION))
                        .withTags(TagOptions.tags(invocation))
                        .withHardware(HardwareOptions.hardware(invocation))
                        .withRootDeviceName(invocation.value(ROOT, ImportRequest.ROOT_DEVICE_NAME))
                        .withMappings(MappingOptions.mappings(invocation));
        // No store comes to be for the sake of a file that is not there.
        if (!Streams.isStandardInput(file)) {
            FileStorage.open(file).close();
        }
        try (ChunkSession.Loading _ = ChunkSession.load();
                Quarry quarry = Stores.openOrCreate(invocation)) {
            ImportResult result =
                    quarry.importImage(request, invocation.progress("import"), invocation.cancel());
            if (result.isGuess()) {
                Warnings.guessed(invocation, file, result.format(), result.compression());
            }
            if (result.isDirty()) {
                Warnings.unclean(invocation, file);
            }
            if (invocation.json()) {
                invocation.print(json(result, quarry.catalog()));
            } else {
                human(invocation, result);
            }
        }
        return DONE;
    }

    private static Map<String, Object> json(ImportResult result, AccountCatalog catalog)
            throws IOException {
        Map<String, Object> json =
                new LinkedHashMap<>(Listing.of("Snapshots", List.of(result.snapshot()), catalog));
        MachineImage image = result.image();
        if (image != null) {
            json.putAll(Listing.of("Images", List.of(image), catalog));
        }
        SnapshotWriter.Result content = result.content();
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("Format", result.format());
        facts.put("FormatGuessed", result.isGuess());
        facts.put("SizeBytes", content.sizeBytes());
        facts.put("DataBytes", content.dataBytes());
        facts.put("NewBytes", content.newBytes());
        facts.put("StoredBytes", content.storedBytes());
        json.put("Import", facts);
        return json;
    }

    private static void human(Invocation invocation, ImportResult result) {
        SnapshotWriter.Result content = result.content();
        invocation.print(result.snapshot().id());
        MachineImage image = result.image();
        if (image != null) {
            invocation.print(image.id());
        }
        // Beside the ids, which a script takes from standard output.
        invocation
                .messages()
                .note(
                        PlainText.size(content.sizeBytes())
                                + " "
                                + result.format()
                                + ", "
                                + PlainText.size(content.dataBytes())
                                + " of it data, "
                                + PlainText.size(content.newBytes())
                                + " new, stored in "
                                + PlainText.size(content.storedBytes()));
    }
}

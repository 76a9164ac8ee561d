package dev.quarry.cli.command;

import dev.quarry.ImportRequest;
import dev.quarry.ImportResult;
import dev.quarry.Quarry;
import dev.quarry.catalog.AccountCatalog;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.OutputOptions;
import dev.quarry.cli.frame.PlainText;
import dev.quarry.cli.frame.ProgressOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.cli.frame.UsageException;
import dev.quarry.snapshot.SnapshotWriter;
import dev.quarry.storage.FileStorage;
import dev.quarry.store.ChunkSession;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code quarry import}: image files become snapshots, and with names machine images. */
public final class ImportCommand implements Subcommand {

    private static final String OPERATION = "import";
    private static final String FORMAT = "-f";
    private static final String NAME = "--name";
    private static final String DESCRIPTION = "--description";
    private static final String ROOT = "--root-device-name";

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                OPERATION,
                                "Imports disk images as snapshots, one after the other, and with"
                                        + " --name registers machine images of them. Prints their"
                                        + " ids. Makes the store where there is none. What was"
                                        + " imported before an error stays.",
                                "quarry import disk.qcow2 --name debian-12 --tag release=12.7",
                                "quarry import web.raw db.raw --name web-1 --name db-1")
                        .addPositional(
                                Specs.arguments(0, "FILE").description(Streams.DESCRIPTION).build())
                        .addOption(
                                Specs.option("FORMAT", FORMAT)
                                        .description(
                                                "Format of the file, instead of detection: raw,"
                                                        + " qcow2, vmdk or ova. Give it for a disk"
                                                        + " that a guest could write.")
                                        .build())
                        .addOption(
                                Specs.repeatable("NAME", NAME)
                                        .description(
                                                "Register a machine image of this name. With"
                                                        + " several files, one name for each, in"
                                                        + " their order.")
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
        List<ImportRequest> requests = requests(invocation);
        // No store comes to be for the sake of a file that is not there.
        for (ImportRequest request : requests) {
            if (request.input() == null) {
                FileStorage.open(request.file()).close();
            }
        }
        List<ImportResult> results = new ArrayList<>();
        try (ChunkSession.Loading _ = ChunkSession.load();
                Quarry quarry = Stores.openOrCreate(invocation)) {
            for (String name : invocation.values(NAME)) {
                quarry.catalog().checkImageName(name);
            }
            try {
                for (ImportRequest request : requests) {
                    results.add(imported(invocation, quarry, request, requests.size()));
                }
            } finally {
                if (invocation.json() && !results.isEmpty()) {
                    invocation.print(json(requests, results, quarry.catalog()));
                }
            }
        }
        return DONE;
    }

    private static List<ImportRequest> requests(Invocation invocation) throws IOException {
        List<String> files = invocation.arguments(0);
        List<String> names = invocation.values(NAME);
        if (!names.isEmpty() && names.size() != files.size()) {
            throw new UsageException(
                    NAME + " is given " + names.size() + " times, for " + files.size() + " files");
        }
        if (names.isEmpty()) {
            requireNoImageOptions(invocation);
        }
        if (new HashSet<>(names).size() < names.size()) {
            throw new UsageException("two images cannot have one name: " + NAME);
        }
        if (files.stream().map(Path::of).filter(Streams::isStandardInput).count() > 1) {
            throw new UsageException("standard input (-) can be read once");
        }
        List<ImportRequest> requests = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
            Path file = Path.of(files.get(i));
            requests.add(
                    ImportRequest.of(file)
                            .withInput(Streams.input(file, invocation))
                            .withFormat(invocation.value(FORMAT))
                            .withInternalSnapshot(SnapshotOptions.snapshot(invocation))
                            .withMember(MemberOptions.member(invocation))
                            .withGate(ReferenceOptions.gate(invocation))
                            .withName(names.isEmpty() ? null : names.get(i))
                            .withDescription(invocation.value(DESCRIPTION))
                            .withTags(TagOptions.tags(invocation))
                            .withHardware(HardwareOptions.hardware(invocation))
                            .withRootDeviceName(
                                    invocation.value(ROOT, ImportRequest.ROOT_DEVICE_NAME))
                            .withMappings(MappingOptions.mappings(invocation)));
        }
        return requests;
    }

    private static void requireNoImageOptions(Invocation invocation) {
        List<String> options = new ArrayList<>(List.of(ROOT, MappingOptions.MAPPING));
        options.addAll(HardwareOptions.NAMES);
        for (String option : options) {
            if (invocation.has(option)) {
                throw new UsageException(
                        option
                                + " describes an image, and without "
                                + NAME
                                + " none is registered");
            }
        }
    }

    /**
     * Imports one file, and says so unless it will be said in JSON.
     *
     * @param files how many the command imports
     */
    private static ImportResult imported(
            Invocation invocation, Quarry quarry, ImportRequest request, int files)
            throws IOException {
        Path file = request.file();
        String subject = files == 1 ? "" : file + ": ";
        ImportResult result =
                quarry.importImage(
                        request,
                        invocation.progress(OPERATION, files == 1 ? null : file),
                        invocation.cancel());
        if (result.isGuess()) {
            Warnings.guessed(invocation, file, result.format(), result.compression());
        }
        if (result.isDirty()) {
            Warnings.unclean(invocation, file);
        }
        if (!invocation.json()) {
            human(invocation, subject, result);
        }
        return result;
    }

    private static Map<String, Object> json(
            List<ImportRequest> requests, List<ImportResult> results, AccountCatalog catalog)
            throws IOException {
        List<Snapshot> snapshots = new ArrayList<>();
        List<MachineImage> images = new ArrayList<>();
        List<Map<String, Object>> imports = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            ImportResult result = results.get(i);
            snapshots.add(result.snapshot());
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("File", requests.get(i).file().toString());
            facts.put("SnapshotId", result.snapshot().id());
            MachineImage image = result.image();
            if (image != null) {
                images.add(image);
                facts.put("ImageId", image.id());
            }
            SnapshotWriter.Result content = result.content();
            facts.put("Format", result.format());
            facts.put("FormatGuessed", result.isGuess());
            facts.put("SizeBytes", content.sizeBytes());
            facts.put("DataBytes", content.dataBytes());
            facts.put("NewBytes", content.newBytes());
            facts.put("StoredBytes", content.storedBytes());
            imports.add(facts);
        }
        Map<String, Object> json = new LinkedHashMap<>(Listing.of("Snapshots", snapshots, catalog));
        if (!images.isEmpty()) {
            json.putAll(Listing.of("Images", images, catalog));
        }
        json.put("Imports", imports);
        return json;
    }

    private static void human(Invocation invocation, String subject, ImportResult result) {
        SnapshotWriter.Result content = result.content();
        invocation.print(result.snapshot().id());
        MachineImage image = result.image();
        if (image != null) {
            invocation.print(image.id());
        }
        invocation.flush();
        // Beside the ids, which a script takes from standard output.
        invocation
                .messages()
                .note(
                        subject
                                + PlainText.size(content.sizeBytes())
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

package dev.quarry.cli.command;

import dev.quarry.ImageFile;
import dev.quarry.block.ForwardDisk;
import dev.quarry.cli.frame.FactList;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.JsonText;
import dev.quarry.cli.frame.OutputOptions;
import dev.quarry.cli.frame.PlainText;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.image.ImageFormat;
import dev.quarry.image.ImageFormats;
import dev.quarry.image.ImageInfo;
import dev.quarry.image.SnapshotInfo;
import dev.quarry.image.SnapshotSelector;
import dev.quarry.image.stream.ForwardInput;
import dev.quarry.image.stream.ImageStreams;
import dev.quarry.storage.FileStorage;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code quarry info}: what an image says of itself, under qemu-img's names. Opens the one file and
 * nothing that it refers to, unless its backing files are asked for.
 */
public final class InfoCommand implements Subcommand {

    /** What something takes on disk that is not there. */
    private static final long UNKNOWN = -1;

    private static final String FORMAT = "-f";
    private static final String CHAIN = "--backing-chain";

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "info",
                                "Prints what an image says of itself. Opens nothing that the image"
                                        + " refers to.",
                                "quarry info --json disk.qcow2")
                        .addPositional(
                                Specs.argument(0, "IMAGE")
                                        .description("The image file, or - for standard input.")
                                        .build())
                        .addOption(
                                Specs.option("FORMAT", FORMAT)
                                        .description("Format of the image, instead of detection.")
                                        .build())
                        .addOption(
                                Specs.flag(CHAIN)
                                        .description(
                                                "Print the image and all its backing files, which"
                                                        + " must be allowed.")
                                        .build());
        SnapshotOptions.addTo(spec);
        ReferenceOptions.addTo(spec);
        QemuOptions.addShare(spec);
        return OutputOptions.addTo(spec);
    }

    @Override
    public int usageExitCode() {
        return FAILED;
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        String file = invocation.argument(0);
        invocation.workingOn(file);
        if (Streams.isStandardInput(Path.of(file))) {
            describeStandardInput(invocation);
            return DONE;
        }
        String format = invocation.value(FORMAT);
        if (invocation.has(CHAIN)) {
            printChain(
                    invocation, QemuOptions.image(file, format, ReferenceOptions.gate(invocation)));
        } else if (invocation.json()) {
            invocation.print(json(Described.of(file, Path.of(file), format, invocation)));
        } else {
            human(invocation, Described.of(file, Path.of(file), format, invocation));
        }
        return DONE;
    }

    /** Of what comes nothing is kept, and what it takes is not known. */
    private static void describeStandardInput(Invocation invocation) throws IOException {
        try (ForwardInput input = new ForwardInput(Streams.standardInput(invocation), "-")) {
            ImageStreams.Opened opened =
                    ImageStreams.open(Formats.all(), input, invocation.value(FORMAT));
            long size;
            try (ForwardDisk disk = opened.disk()) {
                size = ImageStreams.sizeOf(disk);
            }
            ImageInfo info =
                    new ImageInfo(opened.format(), size, 0, null, null, false, false, Map.of());
            Described described = new Described("-", info, List.of(), UNKNOWN);
            if (invocation.json()) {
                invocation.print(json(described));
            } else {
                human(invocation, described);
            }
        }
    }

    private static void printChain(Invocation invocation, ImageFile file) throws IOException {
        List<Object> list = new ArrayList<>();
        String separator = "";
        String name = file.path().toString();
        for (ImageFile layer : QemuOptions.images().backingChain(file)) {
            Described described = Described.of(name, layer.path(), layer.format(), invocation);
            if (described.info().backingFile() != null) {
                name = fullName(name, described.info().backingFile());
            }
            if (invocation.json()) {
                list.add(json(described));
            } else {
                invocation.printText(separator);
                separator = "\n";
                human(invocation, described);
            }
        }
        if (invocation.json()) {
            invocation.printText(JsonText.pretty(list) + "\n");
        }
    }

    /** What is known of a file, which is called by the name that a user would use. */
    private record Described(
            String file, ImageInfo info, List<SnapshotInfo> snapshots, long allocatedBytes) {

        static Described of(String name, Path path, @Nullable String format, Invocation invocation)
                throws IOException {
            try (FileStorage storage = FileStorage.open(path)) {
                ImageFormats formats = Formats.all();
                ImageFormat found =
                        format == null ? formats.detect(storage).format() : formats.named(format);
                List<SnapshotInfo> snapshots = found.snapshots(storage);
                ImageInfo info = found.inspect(storage);
                String wanted = SnapshotOptions.snapshot(invocation);
                if (wanted != null) {
                    long size =
                            SnapshotSelector.of(wanted).find(snapshots, storage.name()).diskBytes();
                    info = size < 0 ? info : info.withVirtualSize(size);
                }
                return new Described(name, info, snapshots, AllocatedBytes.of(storage, invocation));
            }
        }
    }

    private static Map<String, Object> json(Described described) {
        ImageInfo info = described.info();
        String file = described.file();
        Map<String, Object> json = new LinkedHashMap<>();
        if (!described.snapshots().isEmpty()) {
            json.put("snapshots", InternalSnapshots.json(described.snapshots()));
        }
        json.put("virtual-size", info.virtualSize());
        json.put("filename", file);
        if (info.clusterSize() > 0) {
            json.put("cluster-size", info.clusterSize());
        }
        json.put("format", info.format());
        if (described.allocatedBytes() != UNKNOWN) {
            json.put("actual-size", described.allocatedBytes());
        }
        if (!info.formatSpecific().isEmpty()) {
            Map<String, Object> specific = new LinkedHashMap<>();
            specific.put("type", info.format());
            specific.put("data", info.formatSpecific());
            json.put("format-specific", specific);
        }
        if (info.encrypted()) {
            json.put("encrypted", true);
        }
        String backing = info.backingFile();
        if (backing != null) {
            json.put("backing-filename", backing);
            json.put("full-backing-filename", fullName(file, backing));
            if (info.backingFormat() != null) {
                json.put("backing-filename-format", info.backingFormat());
            }
        }
        json.put("dirty-flag", info.dirty());
        return json;
    }

    private static void human(Invocation invocation, Described described) {
        ImageInfo info = described.info();
        String file = described.file();
        invocation.print("image: " + file);
        invocation.print("file format: " + info.format());
        invocation.print(
                "virtual size: "
                        + PlainText.size(info.virtualSize())
                        + " ("
                        + info.virtualSize()
                        + " bytes)");
        if (described.allocatedBytes() != UNKNOWN) {
            invocation.print("disk size: " + PlainText.size(described.allocatedBytes()));
        }
        if (info.encrypted()) {
            invocation.print("encrypted: yes");
        }
        if (info.clusterSize() > 0) {
            invocation.print("cluster_size: " + info.clusterSize());
        }
        if (info.dirty()) {
            invocation.print("cleanly shut down: no");
        }
        String backing = info.backingFile();
        if (backing != null) {
            String full = fullName(file, backing);
            invocation.print(
                    "backing file: "
                            + backing
                            + (full.equals(backing) ? "" : " (actual path: " + full + ")"));
            if (info.backingFormat() != null) {
                invocation.print("backing file format: " + info.backingFormat());
            }
        }
        InternalSnapshots.print(invocation, described.snapshots());
        if (!info.formatSpecific().isEmpty()) {
            invocation.print("Format specific information:");
            FactList.print(invocation, info.formatSpecific(), 1);
        }
    }

    /**
     * The name that a backing file has from where the command runs; nothing is looked up, and a
     * name with a protocol stays as it is.
     */
    private static String fullName(String file, String backing) {
        int slash = file.lastIndexOf('/');
        int colon = backing.indexOf(':');
        boolean protocol = colon > 0 && backing.lastIndexOf('/', colon) < 0;
        return slash < 0 || protocol || backing.startsWith("/")
                ? backing
                : file.substring(0, slash + 1) + backing;
    }
}

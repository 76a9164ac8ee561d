package dev.quarry.cli.command;

import dev.quarry.Quarry;
import dev.quarry.catalog.mapping.MergedMapping;
import dev.quarry.catalog.model.Ebs;
import dev.quarry.cli.frame.ByteSizes;
import dev.quarry.cli.frame.Invocation;
import dev.quarry.cli.frame.OutputOptions;
import dev.quarry.cli.frame.PlainText;
import dev.quarry.cli.frame.ProgressOptions;
import dev.quarry.cli.frame.Specs;
import dev.quarry.cli.frame.StoreOptions;
import dev.quarry.cli.frame.Subcommand;
import dev.quarry.cli.frame.TextTable;
import dev.quarry.cli.frame.UsageException;
import dev.quarry.volume.LaunchCommands;
import dev.quarry.volume.LaunchRequest;
import dev.quarry.volume.LaunchResult;
import dev.quarry.volume.LaunchedVolume;
import dev.quarry.volume.PlannedVolume;
import dev.quarry.volume.VolumeMode;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code quarry launch}: builds the volumes of an image. */
public final class LaunchCommand implements Subcommand {

    private static final String OUT = "--out";
    private static final String FORMAT = "-O";
    private static final String OVERLAY = "--overlay";
    private static final String TARGET = "--target";
    private static final String INSTANCE_STORE = "--instance-store";
    private static final String COUNT = "--count";
    private static final String EXPLAIN = "--explain";
    private static final String PRINT_QEMU = "--print-qemu";
    private static final String PRINT_LIBVIRT = "--print-libvirt";

    /** EC2 names ephemeral0 to ephemeral23 (rule 4.4.1). */
    private static final int INSTANCE_STORES_MAX = 24;

    @Override
    public CommandSpec describe() {
        CommandSpec spec =
                Specs.named(
                                "launch",
                                "Builds the volumes of an image by its block device mapping, merged"
                                        + " with -b, and describes them in launch.json.",
                                "quarry launch ami-0123456789abcdef0 --out vm1 --print-qemu",
                                "quarry launch ami-0123456789abcdef0 --out vm2 -b /dev/sda1=:20 -b"
                                        + " /dev/sdb=:100:false:gp3",
                                "quarry launch ami-0123456789abcdef0 --out vm3 --target"
                                        + " /dev/sda1=/dev/vdb")
                        .addPositional(
                                Specs.argument(0, "IMAGE").description("The image: ami-….").build())
                        .addOption(
                                Specs.option("DIR", OUT)
                                        .description(
                                                "Folder for the volumes and launch.json; needed"
                                                        + " unless --explain.")
                                        .build());
        MappingOptions.addTo(spec, "A device, or changes of one that the image has.");
        addPlaces(spec);
        TagOptions.addTo(spec);
        spec.addOption(
                        Specs.option("N", COUNT)
                                .description(
                                        "So many launches, in folders 1, 2 and so on of --out; the"
                                                + " image is decoded once.")
                                .build())
                .addOption(
                        Specs.flag(EXPLAIN)
                                .description(
                                        "Launch nothing; show the merged mapping and where each"
                                                + " field of each device comes from.")
                                .build())
                .addOption(
                        Specs.flag(PRINT_QEMU)
                                .description("Print a QEMU command line that starts it.")
                                .build())
                .addOption(
                        Specs.flag(PRINT_LIBVIRT)
                                .description("Print libvirt's <disk> elements for it.")
                                .build());
        ProgressOptions.addTo(spec);
        return StoreOptions.addTo(OutputOptions.addTo(spec));
    }

    private static void addPlaces(CommandSpec spec) {
        spec.addOption(
                        Specs.option("FORMAT", FORMAT)
                                .completionCandidates(List.of("qcow2", "raw"))
                                .description("Format of the volumes: raw (unless told) or qcow2.")
                                .build())
                .addOption(
                        Specs.flag(OVERLAY)
                                .description(
                                        "Write qcow2 overlays over read-only bases, which launches"
                                            + " of the same snapshot share. Refused where the store"
                                            + " is encrypted: the bases would be plain files in"
                                            + " it.")
                                .build())
                .addOption(
                        Specs.repeatable("DEVICE=PATH", TARGET)
                                .description(
                                        "Write a volume, raw, onto a block device or into a file of"
                                                + " your choice. May be given several times.")
                                .build())
                .addOption(
                        Specs.repeatable("[N]xSIZE", INSTANCE_STORE)
                                .description(
                                        "The machine's instance-store disks, such as 2x20G:"
                                                + " ephemeral0 and ephemeral1.")
                                .build());
    }

    @Override
    public int run(Invocation invocation) throws IOException {
        Path folder = Path.of(invocation.value(OUT, ""));
        LaunchRequest request =
                LaunchRequest.of(invocation.argument(0), folder)
                        .withMappings(MappingOptions.mappings(invocation))
                        .withMode(mode(invocation))
                        .withTargets(targets(invocation.values(TARGET)))
                        .withInstanceStore(instanceStore(invocation.values(INSTANCE_STORE)))
                        .withTags(TagOptions.tags(invocation));
        String count = invocation.value(COUNT);
        try (Quarry quarry = Stores.open(invocation)) {
            if (invocation.has(EXPLAIN)) {
                explain(invocation, quarry.explain(request));
                return DONE;
            }
            if (!invocation.has(OUT)) {
                throw new UsageException("--out is missing");
            }
            invocation.workingOn(folder);
            if (count != null) {
                several(invocation, quarry, request, number(count));
                return DONE;
            }
            LaunchResult result =
                    quarry.launch(request, invocation.progress("launch"), invocation.cancel());
            note(invocation, result);
            if (invocation.json()) {
                invocation.print(json(invocation, result));
            } else {
                human(invocation, result);
            }
        }
        return DONE;
    }

    private static void note(Invocation invocation, LaunchResult result) {
        for (String notice : result.notices()) {
            invocation.messages().note(notice);
        }
    }

    private static int number(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new UsageException("--count takes a number, not '" + text + "'");
        }
    }

    private static void several(
            Invocation invocation, Quarry quarry, LaunchRequest request, int count)
            throws IOException {
        List<LaunchResult> results =
                quarry.launch(request, count, invocation.progress("launch"), invocation.cancel());
        note(invocation, results.getFirst());
        List<Map<String, Object>> launches = new ArrayList<>();
        for (LaunchResult result : results) {
            launches.add(json(invocation, result));
            if (!invocation.json()) {
                human(invocation, result);
            }
        }
        if (invocation.json()) {
            invocation.print(Map.of("Instances", launches));
        }
    }

    private static void explain(Invocation invocation, MergedMapping merged) {
        if (invocation.json()) {
            invocation.print(merged.toJson());
            return;
        }
        TextTable table = new TextTable("DEVICE", "FIELD", "VALUE", "FROM");
        for (MergedMapping.Device device : merged.devices()) {
            Map<String, Object> fields =
                    device.assignment() instanceof Ebs ebs
                            ? ebs.toJson()
                            : device.mapping().toJson();
            device.origins()
                    .forEach((field, origin) ->
                            table.add(
                                    device.deviceName(),
                                    field,
                                    value(device, fields.get(field)),
                                    origin.spelling()));
        }
        for (String device : merged.suppressed()) {
            table.add(device, "NoDevice", "", "request");
        }
        table.printTo(invocation);
    }

    /** Without VolumeSize a volume has the size of its snapshot, to the byte. */
    private static String value(MergedMapping.Device device, @Nullable Object field) {
        Long bytes = device.snapshotBytes();
        return field == null && bytes != null ? PlainText.size(bytes) : String.valueOf(field);
    }

    private static VolumeMode mode(Invocation invocation) {
        String format = invocation.value(FORMAT);
        if (invocation.has(OVERLAY)) {
            if (format != null && !format.equals(VolumeMode.OVERLAY.format())) {
                throw new UsageException("overlays are qcow2: --overlay excludes -O " + format);
            }
            return VolumeMode.OVERLAY;
        }
        if (format == null || format.equals(VolumeMode.RAW.format())) {
            return VolumeMode.RAW;
        }
        if (format.equals(VolumeMode.QCOW2.format())) {
            return VolumeMode.QCOW2;
        }
        throw new UsageException("-O is one of raw and qcow2, not '" + format + "'");
    }

    private static Map<String, Path> targets(List<String> words) {
        Map<String, Path> targets = new LinkedHashMap<>();
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals < 1 || equals + 1 == word.length()) {
                throw new UsageException("--target takes DEVICE=PATH, not '" + word + "'");
            }
            String device = word.substring(0, equals);
            if (targets.put(device, Path.of(word.substring(equals + 1))) != null) {
                throw new UsageException("--target is given twice for " + device);
            }
        }
        return targets;
    }

    private static List<Long> instanceStore(List<String> words) {
        List<Long> sizes = new ArrayList<>();
        for (String word : words) {
            int cross = word.indexOf('x');
            String size = word.substring(cross + 1);
            int count = cross < 1 ? 1 : count(word, word.substring(0, cross));
            long bytes = ByteSizes.parse(size, INSTANCE_STORE);
            for (int i = 0; i < count; i++) {
                sizes.add(bytes);
            }
        }
        if (sizes.size() > INSTANCE_STORES_MAX) {
            throw new UsageException(
                    sizes.size() + " instance-store disks exceed " + INSTANCE_STORES_MAX);
        }
        return sizes;
    }

    private static int count(String word, String digits) {
        try {
            int count = Integer.parseInt(digits);
            if (count > 0 && count <= INSTANCE_STORES_MAX) {
                return count;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new UsageException(
                "--instance-store takes NxSIZE with N from 1 to "
                        + INSTANCE_STORES_MAX
                        + ", not '"
                        + word
                        + "'");
    }

    private static Map<String, Object> json(Invocation invocation, LaunchResult result) {
        Map<String, Object> json = new LinkedHashMap<>(result.toJson());
        if (invocation.has(PRINT_QEMU)) {
            json.put("QemuCommand", LaunchCommands.qemu(result));
        }
        if (invocation.has(PRINT_LIBVIRT)) {
            json.put("LibvirtDisks", LaunchCommands.libvirt(result));
        }
        return json;
    }

    /** What was asked to be printed and nothing else, so that a script can use it as it is. */
    private static void human(Invocation invocation, LaunchResult result) {
        if (invocation.has(PRINT_QEMU)) {
            invocation.printText(LaunchCommands.qemu(result) + "\n");
        }
        if (invocation.has(PRINT_LIBVIRT)) {
            invocation.printText(LaunchCommands.libvirt(result));
        }
        if (invocation.has(PRINT_QEMU) || invocation.has(PRINT_LIBVIRT)) {
            return;
        }
        invocation.print(result.launchId());
        TextTable table = new TextTable("DEVICE", "VOLUME", ">SIZE", "FORMAT", "FILE");
        for (LaunchedVolume volume : result.volumes()) {
            PlannedVolume planned = volume.planned();
            String id = volume.volumeId();
            String virtual = planned.virtualName();
            table.add(
                    planned.deviceName(),
                    id != null ? id : virtual != null ? virtual : "-",
                    PlainText.size(planned.sizeBytes()),
                    planned.mode().format(),
                    planned.path().toString());
        }
        table.printTo(invocation);
    }
}

package dev.quarry.benchmarks.demo;

import dev.quarry.ImportRequest;
import dev.quarry.ImportResult;
import dev.quarry.Quarry;
import dev.quarry.StoreStatistics;
import dev.quarry.benchmarks.TextTable;
import dev.quarry.benchmarks.process.WorkFolder;
import dev.quarry.catalog.mapping.MappingParser;
import dev.quarry.catalog.model.BlockDeviceMapping;
import dev.quarry.catalog.model.Gibibytes;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.rule.ImageRegistration;
import dev.quarry.chunk.ContentDigest;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.snapshot.UsageCounter;
import dev.quarry.volume.LaunchRequest;
import dev.quarry.volume.LaunchResult;
import dev.quarry.volume.LaunchedVolume;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The main job, once, through the library: disk images are imported into a store, registered with a
 * mapping, and launched; then every volume is compared with the image that it comes from.
 */
public final class Demo {

    private static final String ROOT = "/dev/sda1";
    private static final String SECOND = "/dev/sdb";
    private static final String EMPTY = "/dev/sdc";

    private final WorkFolder work;
    private final PrintStream out;
    private final DiskDigests digests = new DiskDigests();
    private final Map<String, Disk> disks = new LinkedHashMap<>();
    private int differences;

    private Demo(WorkFolder work, PrintStream out) {
        this.work = work;
        this.out = out;
    }

    /**
     * A disk that was imported, perhaps several times.
     *
     * @param file the first image of it
     * @param imported what became of that
     */
    private record Disk(Path file, ImportResult imported) {

        String snapshotId() {
            return imported.snapshot().id();
        }

        long size() {
            return imported.snapshot().sizeBytes();
        }
    }

    /**
     * Runs the demo.
     *
     * @param images files to use; none to make some
     * @param parent where the temporary folder is made
     * @param out is told all of it
     * @return whether everything that came out was what had gone in
     */
    public static boolean run(List<Path> images, Path parent, PrintStream out) throws IOException {
        try (WorkFolder work = new WorkFolder(parent)) {
            Demo demo = new Demo(work, out);
            List<Path> files = images;
            if (images.isEmpty()) {
                out.println("Making three related disks, the first of them in all formats.\n");
                files = DemoImages.make(work.newFolder("images"));
            }
            try (Quarry quarry = Quarry.openOrCreate(work.path().resolve("store"))) {
                demo.importAll(quarry, files);
                demo.launchAll(quarry);
                demo.summarize(quarry.statistics());
            }
            return demo.differences == 0;
        }
    }

    private void importAll(Quarry quarry, List<Path> files) throws IOException {
        out.println("Import: into a new store, and what of each file was new to it");
        TextTable table =
                new TextTable(
                        "file",
                        "format",
                        "file MB",
                        "disk MB",
                        "data MB",
                        "new MB",
                        "stored MB",
                        "seconds",
                        "snapshot",
                        "digest");
        for (Path file : files) {
            long start = System.nanoTime();
            ImportResult imported =
                    quarry.importImage(
                            ImportRequest.of(file), ProgressListener.none(), new CancelToken());
            double seconds = (System.nanoTime() - start) / 1e9;
            Path name = file.getFileName();
            table.add(
                    String.valueOf(name),
                    imported.format(),
                    megabytes(Files.size(file)),
                    megabytes(imported.content().sizeBytes()),
                    megabytes(imported.content().dataBytes()),
                    megabytes(imported.content().newBytes()),
                    megabytes(imported.content().storedBytes()),
                    String.format(Locale.ROOT, "%.2f", seconds),
                    imported.snapshot().id(),
                    start(imported.content().content()));
            disks.putIfAbsent(imported.snapshot().root(), new Disk(file, imported));
        }
        out.println(table);
    }

    private void launchAll(Quarry quarry) throws IOException {
        out.println("Register and launch: volumes by the image's mapping, and their digests");
        TextTable table =
                new TextTable("image", "device", "from", "size MB", "expected", "rebuilt", "");
        Path folder = work.newFolder("launched");
        List<Disk> all = new ArrayList<>(disks.values());
        for (int i = 0; i < all.size(); i++) {
            Disk root = all.get(i);
            // The first has three volumes: its disk, the disk again with more room, and an empty
            // one.
            List<BlockDeviceMapping> mapping = new ArrayList<>(map(ROOT, root.snapshotId()));
            if (i == 0) {
                int larger = Gibibytes.roundedUp(root.size()) + 1;
                mapping.addAll(map(SECOND, root.snapshotId() + ":" + larger + ":true:gp3"));
                mapping.addAll(map(EMPTY, ":1"));
            }
            MachineImage image =
                    quarry.catalog()
                            .registerImage(
                                    ImageRegistration.of("demo-" + (i + 1), mapping)
                                            .withRootDeviceName(ROOT));
            Path out = folder.resolve(image.id());
            LaunchResult launched =
                    quarry.launch(
                            LaunchRequest.of(image.id(), out),
                            ProgressListener.none(),
                            new CancelToken());
            for (LaunchedVolume volume : launched.volumes()) {
                compare(image, volume, table);
            }
            WorkFolder.delete(out);
        }
        out.println(table);
    }

    private static List<BlockDeviceMapping> map(String device, String what) throws IOException {
        return MappingParser.parse(device + "=" + what);
    }

    private void compare(MachineImage image, LaunchedVolume volume, TextTable table)
            throws IOException {
        String root = volume.planned().root();
        Disk disk = root == null ? null : disks.get(root);
        long size = volume.planned().sizeBytes();
        ContentDigest expected =
                disk == null
                        ? DiskDigests.ofZeros(size)
                        : digests.of(disk.file(), disk.imported().format(), size);
        ContentDigest rebuilt =
                digests.of(volume.planned().path(), volume.planned().mode().format(), size);
        boolean equal = expected.equals(rebuilt);
        differences += equal ? 0 : 1;
        table.add(
                image.id(),
                volume.planned().deviceName(),
                disk == null ? "nothing" : String.valueOf(disk.file().getFileName()),
                megabytes(size),
                start(expected),
                start(rebuilt),
                equal ? "equal" : "DIFFERENT");
    }

    private void summarize(StoreStatistics statistics) throws IOException {
        out.println("Store: what each image takes, and what of it others share");
        TextTable table =
                new TextTable(
                        "image",
                        "disks MB",
                        "data MB",
                        "unique MB",
                        "compressed MB",
                        "shared MB",
                        "exclusive MB");
        for (UsageCounter.Usage usage : statistics.images()) {
            table.add(
                    usage.name(),
                    megabytes(usage.logicalBytes()),
                    megabytes(usage.dataBytes()),
                    megabytes(usage.uniqueBytes()),
                    megabytes(usage.storedBytes()),
                    megabytes(usage.sharedBytes()),
                    megabytes(usage.exclusiveBytes()));
        }
        out.println(table);
        out.printf(
                Locale.ROOT,
                "%d different disks take %s MB in %d packs.%n",
                disks.size(),
                megabytes(statistics.packBytes()),
                statistics.packs());
        out.println(
                differences == 0
                        ? "Every volume is, byte for byte, the disk it comes from."
                        : differences + " volumes DIFFER from the disks they come from.");
    }

    /** Enough of a digest to tell disks apart by eye; the whole digests are compared. */
    private static String start(ContentDigest digest) {
        return digest.hex().substring(0, 16);
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f", bytes / 1e6);
    }
}

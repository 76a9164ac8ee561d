package dev.quarry.benchmarks.scaling;

import dev.quarry.Quarry;
import dev.quarry.benchmarks.Project;
import dev.quarry.benchmarks.compare.DataSet;
import dev.quarry.benchmarks.compare.FileSizes;
import dev.quarry.benchmarks.compare.QuarryProgram;
import dev.quarry.benchmarks.compare.Series;
import dev.quarry.benchmarks.compare.SparseDisk;
import dev.quarry.benchmarks.history.Run;
import dev.quarry.benchmarks.process.ChildRunner;
import dev.quarry.benchmarks.process.Invocation;
import dev.quarry.benchmarks.process.Usage;
import dev.quarry.benchmarks.process.WorkFolder;
import dev.quarry.chunk.ChunkAnalyzer;
import dev.quarry.chunk.CutterParameters;
import dev.quarry.image.ReferenceGate;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.store.StoreProperties;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Whole processes of the command over growing input. */
public final class ScalingJob {

    private static final long MIB = 1 << 20;
    private static final int RUN_BYTES = 64 << 10;
    private static final long SEED = 0x5ca1e;

    /** Sizes of a disk that has always the same data. */
    private static final long[] DISK_MIB = {1, 64, 1 << 10, 16 << 10, 256 << 10, 1 << 20};

    private static final long[] DATA_MIB = {16, 64, 256, 1024};
    private static final int[] STORED_IMAGES = {1, 10, 100, 1000};
    private static final int[] CHUNK_KIB = {4, 8, 16, 32, 64};
    private static final int[] THREADS = {1, 2};

    /** A chunk's maximum, in averages, as in a store by default. */
    private static final int MAXIMUM_FACTOR = 4;

    private static final String SECONDS = "s";
    private static final String IMPORT = "import";
    private static final String LAUNCH = "launch";
    private static final String CONVERT = "convert to qcow2";

    /** What is measured. */
    public enum Part {
        DISK,
        DATA,
        IMAGES,
        CHUNK,
        THREADS
    }

    private final QuarryProgram quarry;
    private final List<Path> images;
    private final int rounds;
    private final WorkFolder work;
    private final ChildRunner children;

    private ScalingJob(Project project, List<Path> images, int rounds, WorkFolder work)
            throws IOException {
        this.quarry = new QuarryProgram(project.launcher());
        this.images = images;
        this.rounds = rounds;
        this.work = work;
        this.children = new ChildRunner(work.newFolder("child"));
    }

    /**
     * Measures.
     *
     * @param images raw ones, with related content
     * @param rounds of which the median counts
     * @param parent where the temporary folder is made, best in memory
     */
    public static ScalingReport run(
            Project project,
            List<Path> images,
            List<Part> parts,
            int rounds,
            Path parent,
            PrintStream progress)
            throws IOException, InterruptedException {
        try (WorkFolder work = new WorkFolder(parent)) {
            ScalingJob job = new ScalingJob(project, images, rounds, work);
            List<Run.Curve> curves = new ArrayList<>();
            for (Part part : parts) {
                progress.println("measuring over " + part.name().toLowerCase(Locale.ROOT));
                curves.addAll(
                        switch (part) {
                            case DISK -> job.overDisk();
                            case DATA -> job.overData();
                            case IMAGES -> job.overImages();
                            case CHUNK -> job.overChunk();
                            case THREADS -> job.overThreads();
                        });
            }
            return ScalingReport.of(project, curves);
        }
    }

    /** Makes what a round needs: nothing else than the command is in a figure. */
    @FunctionalInterface
    private interface Round {
        Invocation in(Path folder) throws IOException;
    }

    /** The medians of some rounds after one that warms up. */
    private Usage median(Round round) throws IOException, InterruptedException {
        List<Usage> usages = new ArrayList<>();
        for (int i = 0; i <= rounds; i++) {
            Path folder = work.newFolder("round");
            Usage usage = children.run(round.in(folder));
            if (i > 0) {
                usages.add(usage);
            }
            WorkFolder.delete(folder);
        }
        return new Usage(
                new Series(usages.stream().mapToDouble(Usage::wallSeconds).toArray()).median(),
                new Series(usages.stream().mapToDouble(Usage::cpuSeconds).toArray()).median(),
                usages.stream().mapToLong(Usage::anonymousBytes).max().orElse(0));
    }

    /** Measures import, launch and conversion of a disk. */
    private void measure(Path disk, double x, CurveBuilder time, CurveBuilder memory)
            throws IOException, InterruptedException {
        Path store = work.newFolder("store").resolve("store");
        children.run(quarry.inStore(store, "import", disk, "--name", "disk", "--json"));
        String image = QuarryProgram.imageId(children);
        Usage imported = median(round -> importInto(round, disk));
        Usage launched = median(round -> launch(store, image, round));
        Usage converted = median(round -> convert(disk, round));
        time.add(IMPORT, x, imported.wallSeconds());
        time.add(LAUNCH, x, launched.wallSeconds());
        time.add(CONVERT, x, converted.wallSeconds());
        memory.add(IMPORT, x, imported.anonymousBytes() / 1e6);
        memory.add(LAUNCH, x, launched.anonymousBytes() / 1e6);
        memory.add(CONVERT, x, converted.anonymousBytes() / 1e6);
        WorkFolder.delete(store);
    }

    private Invocation importInto(Path folder, Path disk) {
        return quarry.inStore(folder.resolve("store"), "import", disk);
    }

    private Invocation convert(Path disk, Path folder) {
        return quarry.command("convert", "-f", "raw", "-O", "qcow2", disk, folder.resolve("out"));
    }

    private Invocation launch(Path store, String image, Path folder) {
        return quarry.inStore(store, "launch", image, "--out", folder.resolve("out"));
    }

    private List<Run.Curve> overDisk() throws IOException, InterruptedException {
        String x = "disk MiB, 1 MiB of data";
        CurveBuilder time = new CurveBuilder("Time over the disk's size", x, SECONDS);
        CurveBuilder memory = new CurveBuilder("Memory over the disk's size", x, "MB");
        for (long mib : DISK_MIB) {
            Path disk = work.newFolder("disk").resolve("sparse.raw");
            SparseDisk.write(disk, mib * MIB, MIB, RUN_BYTES, SEED);
            measure(disk, (double) mib, time, memory);
            Files.delete(disk);
        }
        return List.of(time.build(), memory.build());
    }

    private List<Run.Curve> overData() throws IOException, InterruptedException {
        String x = "MiB of data";
        CurveBuilder time = new CurveBuilder("Time over the amount of data", x, SECONDS);
        CurveBuilder memory = new CurveBuilder("Memory over the amount of data", x, "MB");
        for (long mib : DATA_MIB) {
            Path disk = ScalingDisks.begin(DataSet.of(images), work.newFolder("disk"), mib * MIB);
            measure(disk, (double) mib, time, memory);
            Files.delete(disk);
        }
        return List.of(time.build(), memory.build());
    }

    private List<Run.Curve> overImages() throws IOException, InterruptedException {
        CurveBuilder time =
                new CurveBuilder(
                        "Time over the images that a store has", "images in the store", SECONDS);
        Path folder = work.newFolder("images");
        Path store = folder.resolve("store");
        ScalingDisks.Variants variants = new ScalingDisks.Variants(folder);
        for (int count : STORED_IMAGES) {
            String last = variants.fill(store, count);
            Path next = variants.write(count + 1);
            Usage imported = median(_ -> quarry.inStore(store, "import", next));
            Usage launched = median(round -> launch(store, last, round));
            Usage shown = median(_ -> quarry.inStore(store, "show", last));
            Usage listed = median(_ -> quarry.inStore(store, "images"));
            time.add(IMPORT, count, imported.wallSeconds());
            time.add(LAUNCH, count, launched.wallSeconds());
            time.add("show", count, shown.wallSeconds());
            time.add("list all", count, listed.wallSeconds());
        }
        return List.of(time.build());
    }

    private List<Run.Curve> overChunk() throws IOException, InterruptedException {
        String x = "KiB of a chunk on average";
        CurveBuilder speed = new CurveBuilder("Throughput over the chunk's size", x, "MB/s");
        CurveBuilder ratio =
                new CurveBuilder("Deduplication over the chunk's size", x, "data / unique data");
        CurveBuilder size = new CurveBuilder("Store over the chunk's size", x, "MB, all files");
        DataSet set = DataSet.of(images);
        long data = set.images().stream().mapToLong(DataSet.Image::dataBytes).sum();
        long lastData = set.images().getLast().dataBytes();
        for (int kib : CHUNK_KIB) {
            StoreProperties usual = StoreProperties.DEFAULT;
            StoreProperties properties =
                    new StoreProperties(
                            new CutterParameters(kib << 10, (kib * MAXIMUM_FACTOR) << 10),
                            usual.frameBytes(),
                            usual.codec(),
                            usual.level());
            Path store = work.newFolder("chunks").resolve("store");
            Quarry.create(store, properties).close();
            double seconds = 0;
            String image = "";
            for (Path disk : images) {
                String name = "image-" + disk.getFileName();
                seconds +=
                        children.run(
                                        quarry.inStore(
                                                store, "import", disk, "--name", name, "--json"))
                                .wallSeconds();
                image = QuarryProgram.imageId(children);
            }
            String last = image;
            speed.add(IMPORT, kib, data / 1e6 / seconds);
            speed.add(
                    LAUNCH,
                    kib,
                    lastData / 1e6 / median(round -> launch(store, last, round)).wallSeconds());
            size.add("store", kib, FileSizes.ofAll(store) / 1e6);
            WorkFolder.delete(store);
        }
        ChunkAnalyzer sharing =
                Quarry.analyze(
                        images, ReferenceGate.deny(), ProgressListener.none(), new CancelToken());
        for (ChunkAnalyzer.Estimate estimate : sharing.estimates()) {
            ratio.add(
                    "all images",
                    estimate.cutter().averageBytes() >> 10,
                    (double) sharing.dataBytes() / estimate.uniqueBytes());
        }
        return List.of(speed.build(), ratio.build(), size.build());
    }

    private List<Run.Curve> overThreads() throws IOException, InterruptedException {
        CurveBuilder time = new CurveBuilder("Time over processors", "processors", SECONDS);
        Path disk = images.getFirst();
        Path store = work.newFolder("threads").resolve("store");
        children.run(quarry.inStore(store, "import", disk, "--name", "disk", "--json"));
        String image = QuarryProgram.imageId(children);
        for (int threads : THREADS) {
            String option = "-XX:ActiveProcessorCount=" + threads;
            Map<String, String> limit = Map.of("QUARRY_JVM", option);
            Usage imported = median(round -> importInto(round, disk).with(limit));
            Usage launched = median(round -> launch(store, image, round).with(limit));
            Usage converted = median(round -> convert(disk, round).with(limit));
            time.add(IMPORT, threads, imported.wallSeconds());
            time.add(LAUNCH, threads, launched.wallSeconds());
            time.add(CONVERT, threads, converted.wallSeconds());
        }
        return List.of(time.build());
    }
}

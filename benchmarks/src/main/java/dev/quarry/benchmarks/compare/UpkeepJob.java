package dev.quarry.benchmarks.compare;

import dev.quarry.Quarry;
import dev.quarry.benchmarks.Project;
import dev.quarry.benchmarks.process.Invocation;
import dev.quarry.benchmarks.process.WorkFolder;
import dev.quarry.store.StoreProperties;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The comparison of what keeps a store in order: looking whether all of it can be read, and freeing
 * what nothing needs.
 */
public final class UpkeepJob {

    private static final String KIND = "upkeep";
    private static final int THREADS = 2;

    /** Two images that share every second run of this many bytes. */
    private static final int RUN_BYTES = 16 << 20;

    private static final long GARBAGE_DISK_BYTES = 2L << 30;

    private static final String COPIED = "dd of the live half";
    private static final String LIVE = "live";

    /** What a job is chosen by. */
    public enum Part {
        VERIFY,
        PRUNE,
        GC_HALF
    }

    private final ComparisonRun run;
    private final Optional<Backup> restic;
    private final Optional<Backup> borg;

    private UpkeepJob(ComparisonRun run) {
        this.run = run;
        this.restic =
                run.peer(PeerPrograms.RESTIC, "version")
                        .map(peer -> Backup.restic(peer, run.data(), run.runner().children()));
        this.borg =
                run.peer(PeerPrograms.BORG, "--version")
                        .map(peer -> Backup.borg(peer, run.data(), run.runner().children()));
    }

    /**
     * Runs the comparison.
     *
     * @param images raw ones, at least two; the second is deleted
     * @param parts which jobs
     * @param rounds that count of each contender
     * @param parent where the temporary folder is made
     * @param progress is told of each round
     */
    public static Report run(
            Project project,
            List<Path> images,
            List<Part> parts,
            int rounds,
            Path parent,
            PrintStream progress)
            throws IOException, InterruptedException {
        try (WorkFolder work = new WorkFolder(parent)) {
            return new UpkeepJob(
                            new ComparisonRun(project, DataSet.of(images), work, rounds, progress))
                    .run(parts);
        }
    }

    private Report run(List<Part> parts) throws IOException, InterruptedException {
        List<JobResult> results = new ArrayList<>();
        if (parts.contains(Part.VERIFY) || parts.contains(Part.PRUNE)) {
            QuarryProgram.Stock stock = stock("stock", run.data());
            List<Backup> backups = new ArrayList<>();
            for (Optional<Backup> each : List.of(restic, borg)) {
                if (each.isPresent()) {
                    each.get().fill(run.work().newFolder("backup"));
                    backups.add(each.get());
                }
            }
            if (parts.contains(Part.VERIFY)) {
                results.add(run.runner().run(verification(stock, backups)));
            }
            if (parts.contains(Part.PRUNE)) {
                results.add(run.runner().run(pruning(stock, backups)));
            }
        }
        if (parts.contains(Part.GC_HALF)) {
            results.add(run.runner().run(collection()));
        }
        return run.report(KIND, results);
    }

    private QuarryProgram.Stock stock(String name, DataSet images)
            throws IOException, InterruptedException {
        Path store = run.work().newFolder(name).resolve("store");
        Quarry.create(store, StoreProperties.DEFAULT).close();
        return run.quarry().stock(images, store, run.runner().children());
    }

    private Job verification(QuarryProgram.Stock stock, List<Backup> backups) throws IOException {
        JvmLimits limits = new JvmLimits(run.work().newFolder("classes"), THREADS);
        List<Contender> contenders =
                new ArrayList<>(
                        List.of(
                                new Single(
                                        QuarryProgram.NAME,
                                        run.quarry().inStore(stock.folder(), "verify")),
                                limits.decodes(stock.folder())));
        backups.forEach(each -> contenders.addAll(each.checks()));
        return new Job(
                "verify",
                contenders,
                List.of(Floor.wall(QuarryProgram.NAME, JvmLimits.DECODE, 1.25, 0)));
    }

    private Job pruning(QuarryProgram.Stock stock, List<Backup> backups) {
        DataSet.Image image = run.data().images().get(1);
        List<Contender> contenders = new ArrayList<>();
        contenders.add(
                new OnCopy(QuarryProgram.NAME, stock.folder()) {
                    @Override
                    public List<Invocation> invocations(Path folder) {
                        return List.of(
                                deregister(copy(folder), stock.id(image)),
                                run.quarry().inStore(copy(folder), "gc"));
                    }
                });
        backups.forEach(each -> contenders.add(each.prunes(image)));
        return new Job("deletion of " + image.name(), contenders, List.of());
    }

    private Invocation deregister(Path store, String image) {
        return run.quarry().inStore(store, "deregister", image, "--delete-associated-snapshots");
    }

    /**
     * A store half of which is garbage in every pack, and the least that copying the rest takes.
     * Larger than the images are: of a small one, most is the start of a process.
     */
    private Job collection() throws IOException, InterruptedException {
        Path folder = run.work().newFolder("half");
        Path file = folder.resolve("whole.raw");
        SparseDisk.write(file, GARBAGE_DISK_BYTES, GARBAGE_DISK_BYTES, RUN_BYTES, 1);
        DataSet.Image whole = DataSet.of(List.of(file)).images().getFirst();
        Path half = folder.resolve("half.raw");
        writeHalf(whole, half);
        DataSet both = DataSet.of(List.of(whole.file(), half));
        QuarryProgram.Stock stock = stock("garbage", both);
        run.runner().children().run(deregister(stock.folder(), stock.id(whole)));
        Files.delete(half);
        Files.delete(file);
        long live = bytesAfterCollection(stock);
        return new Job(
                "gc of a store half of which is garbage",
                List.of(
                        new OnCopy(QuarryProgram.NAME, stock.folder()) {
                            @Override
                            public List<Invocation> invocations(Path folder) {
                                return List.of(run.quarry().inStore(copy(folder), "gc"));
                            }
                        },
                        copiesLive(stock, live)),
                List.of(Floor.wall(QuarryProgram.NAME, COPIED, 1.0, 0)));
    }

    private static void writeHalf(DataSet.Image image, Path half) throws IOException {
        ByteBuffer run = ByteBuffer.allocateDirect(RUN_BYTES);
        try (FileChannel from = FileChannel.open(image.file(), StandardOpenOption.READ);
                FileChannel to =
                        FileChannel.open(
                                half, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long at = 0; at < image.size(); at += 2L * RUN_BYTES) {
                from.read(run.clear(), at);
                SparseDisk.writeAll(to, at, run.flip());
            }
        }
    }

    private long bytesAfterCollection(QuarryProgram.Stock stock)
            throws IOException, InterruptedException {
        Path trial = run.work().newFolder("trial");
        try {
            OnCopy.copyTree(stock.folder(), trial.resolve("store"));
            Path packs = trial.resolve("store").resolve("packs");
            long before = FileSizes.takenBy(packs);
            run.runner().children().run(run.quarry().inStore(trial.resolve("store"), "gc"));
            long after = FileSizes.takenBy(packs);
            if (after > before * 0.7) {
                throw new IOException("gc left " + after + " of " + before + " bytes: no half");
            }
            return after;
        } finally {
            WorkFolder.delete(trial);
        }
    }

    private static Contender copiesLive(QuarryProgram.Stock stock, long bytes) {
        return new OnCopy(COPIED, stock.folder()) {
            @Override
            public void prepare(Path folder) throws IOException {
                super.prepare(folder);
                joinPacks(copy(folder), folder.resolve(LIVE), bytes);
            }

            @Override
            public List<Invocation> invocations(Path folder) {
                return List.of(
                        Invocation.of(
                                "dd",
                                "if=" + folder.resolve(LIVE),
                                "of=" + folder.resolve("out"),
                                "bs=1M",
                                "conv=fsync"));
            }
        };
    }

    /** The first bytes of a store's packs, in one file. */
    private static void joinPacks(Path store, Path file, long bytes) throws IOException {
        try (var packs = Files.walk(store.resolve("packs"));
                FileChannel to =
                        FileChannel.open(
                                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (Path pack : packs.filter(Files::isRegularFile).toList()) {
                try (FileChannel from = FileChannel.open(pack, StandardOpenOption.READ)) {
                    from.transferTo(0, Math.min(from.size(), bytes - to.size()), to);
                }
            }
        }
    }
}

package dev.quarry.benchmarks.compare;

import dev.quarry.Quarry;
import dev.quarry.benchmarks.Project;
import dev.quarry.benchmarks.process.WorkFolder;
import dev.quarry.chunk.Codec;
import dev.quarry.store.StoreProperties;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The comparison of the main job: images go into a store, come again, and come back as volumes. It
 * holds Quarry to floors that are part of what the project promises.
 */
public final class MainJob {

    /** Names this set of jobs in recorded results. */
    static final String KIND = "main-job";

    private static final int HASH_THREADS = 2;

    private static final int SMALL_READ_BYTES = 4 << 10;
    private static final int SMALL_READS = 4000;

    /** A block of EC2's snapshot API. */
    private static final int LARGE_READ_BYTES = 512 << 10;

    private static final int LARGE_READS = 1000;

    /** Images that are launched: the second shares much with the first, and lies spread out. */
    private static final int LAUNCHED = 2;

    /** What a job is chosen by. */
    public enum Part {
        IMPORT,
        LAUNCH,
        LAUNCH_LZ4,
        EXPORT,
        REIMPORT,
        RANDOM_READ,
        START
    }

    private final ComparisonRun run;

    private MainJob(ComparisonRun run) {
        this.run = run;
    }

    /**
     * Runs the comparison.
     *
     * @param images raw ones; the first two are launched
     * @param parts which jobs
     * @param rounds that count of each contender
     * @param parent where the temporary folder is made, best in memory
     * @param progress is told of each round, and of peers that are missing
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
            return new MainJob(
                            new ComparisonRun(project, DataSet.of(images), work, rounds, progress))
                    .run(parts);
        }
    }

    private Report run(List<Part> parts) throws IOException, InterruptedException {
        Optional<Peer> qemuImg = run.peer(PeerPrograms.QEMU_IMG, "--version");
        QuarryProgram.Stock stock = stock("stock", StoreProperties.DEFAULT);
        List<JobResult> results = new ArrayList<>();
        if (parts.contains(Part.IMPORT)) {
            results.add(imports(qemuImg, stock));
        }
        Path qcow2Folder = run.work().newFolder("qcow2");
        if (qemuImg.isPresent()) {
            for (DataSet.Image image : run.data().images()) {
                run.runner()
                        .children()
                        .run(PeerPrograms.toZstdQcow2(qemuImg.get(), image, qcow2Folder));
            }
        }
        if (parts.contains(Part.LAUNCH) || parts.contains(Part.LAUNCH_LZ4)) {
            results.addAll(launches(parts, qemuImg, stock, qcow2Folder));
        }
        if (parts.contains(Part.EXPORT)) {
            for (DataSet.Image image : launched()) {
                Contender own = run.quarry().exports(stock, image);
                List<Contender> all = rebuilders(own, image, qemuImg, qcow2Folder);
                results.add(run.runner().run(new Job("export of " + image.name(), all, List.of())));
            }
        }
        JvmLimits limits = new JvmLimits(run.work().newFolder("classes"), HASH_THREADS);
        if (parts.contains(Part.REIMPORT)) {
            for (DataSet.Image image : run.data().images()) {
                results.add(run.runner().run(reimport(image, stock, limits)));
            }
        }
        if (parts.contains(Part.RANDOM_READ)) {
            results.addAll(randomReads(stock, qcow2Folder));
        }
        if (parts.contains(Part.START)) {
            results.addAll(starts(qemuImg, qcow2Folder, limits));
        }
        return run.report(KIND, results);
    }

    private QuarryProgram.Stock stock(String name, StoreProperties properties)
            throws IOException, InterruptedException {
        Path store = run.work().newFolder(name).resolve("store");
        Quarry.create(store, properties).close();
        return run.quarry().stock(run.data(), store, run.runner().children());
    }

    private List<DataSet.Image> launched() {
        return run.data().images().subList(0, Math.min(LAUNCHED, run.data().images().size()));
    }

    private JobResult imports(Optional<Peer> qemuImg, QuarryProgram.Stock stock)
            throws IOException, InterruptedException {
        List<Contender> contenders =
                new ArrayList<>(
                        List.of(
                                run.quarry().imports(run.data()),
                                run.quarry().importsOneByOne(run.data())));
        qemuImg.map(peer -> PeerPrograms.qemuImgCompresses(peer, run.data()))
                .ifPresent(contenders::add);
        Optional<Peer> zstd = run.peer(PeerPrograms.ZSTD, "--version");
        Optional<Peer> openssl = run.peer(PeerPrograms.OPENSSL, "version");
        Path limit = run.work().newFolder("limit");
        if (zstd.isPresent() && openssl.isPresent()) {
            contenders.add(
                    WorkLimit.prepare(zstd.get(), openssl.get(), run.data(), stock, limit)
                            .contender());
        }
        run.peer(PeerPrograms.RESTIC, "version")
                .map(peer -> PeerPrograms.restic(peer, run.data(), run.runner().children()))
                .ifPresent(contenders::add);
        run.peer(PeerPrograms.BORG, "--version")
                .map(peer -> PeerPrograms.borg(peer, run.data(), run.runner().children()))
                .ifPresent(contenders::add);
        run.peer(PeerPrograms.CASYNC, "--version")
                .map(peer -> PeerPrograms.casync(peer, run.data(), run.runner().children()))
                .ifPresent(contenders::add);
        String name = QuarryProgram.NAME;
        Job job =
                new Job(
                        "import of " + run.data().images().size(),
                        contenders,
                        List.of(
                                Floor.wall(name, PeerPrograms.QEMU_IMG, 0.45, 0),
                                Floor.output(name, PeerPrograms.QEMU_IMG, 0.58),
                                Floor.wall(name, WorkLimit.NAME, 1.2, 0),
                                Floor.wall(name, PeerPrograms.RESTIC, 0.10, 0),
                                Floor.output(name, PeerPrograms.RESTIC, 1.0),
                                Floor.wall(name, PeerPrograms.CASYNC, 0.035, 0),
                                Floor.output(name, PeerPrograms.CASYNC, 1.0)));
        JobResult result = run.runner().run(job);
        WorkFolder.delete(limit);
        return result;
    }

    private List<JobResult> launches(
            List<Part> parts, Optional<Peer> qemuImg, QuarryProgram.Stock stock, Path qcow2Folder)
            throws IOException, InterruptedException {
        Optional<Peer> borg = run.peer(PeerPrograms.BORG, "--version");
        Path borgFolder = run.work().newFolder("borg");
        if (borg.isPresent()) {
            Contender repository =
                    PeerPrograms.borg(borg.get(), run.data(), run.runner().children());
            repository.prepare(borgFolder);
            run.runner().children().run(repository.invocations(borgFolder));
        }
        List<JobResult> results = new ArrayList<>();
        for (DataSet.Image image : launched()) {
            if (parts.contains(Part.LAUNCH)) {
                Contender own = run.quarry().launches(stock, image);
                List<Contender> all = rebuilders(own, image, qemuImg, qcow2Folder);
                borg.map(peer ->
                                PeerPrograms.borgExtracts(
                                        peer,
                                        image,
                                        PeerPrograms.repository(borgFolder),
                                        PeerPrograms.borgBase(borgFolder)))
                        .ifPresent(all::add);
                run.peer(PeerPrograms.COPY, "--version")
                        .map(peer -> PeerPrograms.copies(peer, image))
                        .ifPresent(all::add);
                results.add(
                        run.runner().run(new Job("launch of " + image.name(), all, floors(image))));
            }
        }
        if (parts.contains(Part.LAUNCH_LZ4)) {
            StoreProperties usual = StoreProperties.DEFAULT;
            QuarryProgram.Stock lz4 =
                    stock(
                            "lz4",
                            new StoreProperties(
                                    usual.cutter(), usual.frameBytes(), Codec.LZ4, usual.level()));
            DataSet.Image image = launched().getLast();
            results.add(
                    run.runner()
                            .run(
                                    new Job(
                                            "launch of " + image.name() + " from LZ4",
                                            rebuilders(
                                                    run.quarry().launches(lz4, image),
                                                    image,
                                                    qemuImg,
                                                    qcow2Folder),
                                            List.of(wall(PeerPrograms.QEMU_IMG, 0.60)))));
        }
        return results;
    }

    private List<Floor> floors(DataSet.Image image) {
        return image.equals(launched().getLast())
                ? List.of(wall(PeerPrograms.QEMU_IMG, 0.75), wall(PeerPrograms.BORG, 0.12))
                : List.of(wall(PeerPrograms.QEMU_IMG, 0.95));
    }

    private static Floor wall(String peer, double factor) {
        return Floor.wall(QuarryProgram.NAME, peer, factor, 0);
    }

    private List<Contender> rebuilders(
            Contender first, DataSet.Image image, Optional<Peer> qemuImg, Path qcow2Folder) {
        List<Contender> contenders = new ArrayList<>(List.of(first));
        qemuImg.ifPresent(
                peer -> contenders.add(PeerPrograms.qemuImgExpands(peer, image, qcow2Folder)));
        Optional<Peer> nbdcopy = run.peer(PeerPrograms.NBDCOPY, "--version");
        Optional<Peer> server = run.peer(PeerPrograms.QEMU_NBD, "--version");
        if (qemuImg.isPresent() && nbdcopy.isPresent() && server.isPresent()) {
            contenders.add(
                    PeerPrograms.nbdcopyExpands(nbdcopy.get(), server.get(), image, qcow2Folder));
        }
        return contenders;
    }

    private Job reimport(DataSet.Image image, QuarryProgram.Stock stock, JvmLimits limits) {
        return new Job(
                "import of " + image.name() + " again",
                List.of(run.quarry().importsAgain(stock, image), limits.hashes(image)),
                List.of(Floor.wall(QuarryProgram.NAME, JvmLimits.SHA_256, 1.5, 0.120)));
    }

    private List<JobResult> randomReads(QuarryProgram.Stock stock, Path qcow2Folder)
            throws IOException, InterruptedException {
        DataSet.Image image = run.data().images().getFirst();
        Path options = run.quarry().jvmOptions();
        Optional<Peer> qemuIo = run.peer(PeerPrograms.QEMU_IO, "--version");
        List<JobResult> results = new ArrayList<>();
        for (RandomReadJob job :
                List.of(
                        new RandomReadJob(options, image, SMALL_READ_BYTES, SMALL_READS),
                        new RandomReadJob(options, image, LARGE_READ_BYTES, LARGE_READS))) {
            List<Contender> contenders = new ArrayList<>(List.of(job.library(stock)));
            qemuIo.map(peer -> job.qemuIo(peer, PeerPrograms.zstdQcow2(qcow2Folder, image)))
                    .ifPresent(contenders::add);
            results.add(run.runner().run(new Job(job.title(), contenders, List.of())));
        }
        return results;
    }

    private List<JobResult> starts(Optional<Peer> qemuImg, Path qcow2Folder, JvmLimits limits)
            throws IOException, InterruptedException {
        List<Floor> floors = List.of(Floor.wall(QuarryProgram.NAME, JvmLimits.HELLO, 1, 0.060));
        List<JobResult> results = new ArrayList<>();
        results.add(
                run.runner()
                        .run(
                                new Job(
                                        "--version",
                                        List.of(run.quarry().runs("--version"), limits.hello()),
                                        floors)));
        if (qemuImg.isPresent()) {
            Path file = PeerPrograms.zstdQcow2(qcow2Folder, run.data().images().getFirst());
            Contender other = PeerPrograms.qemuImgDescribes(qemuImg.get(), file);
            results.add(
                    run.runner()
                            .run(
                                    new Job(
                                            "info of a qcow2",
                                            List.of(
                                                    run.quarry().runs("info", file),
                                                    limits.hello(),
                                                    other),
                                            floors)));
        } else {
            run.say("nothing to describe: only qemu-img makes qcow2 files here");
        }
        return results;
    }
}

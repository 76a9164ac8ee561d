package dev.quarry.benchmarks.compare;

import dev.quarry.benchmarks.Project;
import dev.quarry.benchmarks.process.WorkFolder;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The comparison of the main job: images go into a store, come again, and come back as volumes. It
 * holds Quarry to floors that are part of what the project promises.
 */
public final class MainJob {

    /** Names this set of jobs in recorded results. */
    static final String KIND = "main-job";

    private static final int HASH_THREADS = 2;

    /** What a job is chosen by. */
    public enum Part {
        IMPORT,
        LAUNCH,
        EXPORT,
        REIMPORT,
        INFO
    }

    private final Project project;
    private final QuarryProgram quarry;
    private final DataSet data;
    private final WorkFolder work;
    private final JobRunner runner;
    private final PrintStream progress;
    private final Map<String, String> versions = new LinkedHashMap<>();

    private MainJob(
            Project project, DataSet data, WorkFolder work, int rounds, PrintStream progress)
            throws IOException {
        this.project = project;
        this.quarry = new QuarryProgram(project.launcher());
        this.data = data;
        this.work = work;
        this.runner = new JobRunner(work, rounds, progress);
        this.progress = progress;
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
            return new MainJob(project, DataSet.of(images), work, rounds, progress).run(parts);
        }
    }

    private Report run(List<Part> parts) throws IOException, InterruptedException {
        versions.put(QuarryProgram.NAME, quarry.version(runner.children()));
        Optional<Peer> qemuImg = peer(PeerPrograms.QEMU_IMG, "--version");
        List<JobResult> results = new ArrayList<>();
        if (parts.contains(Part.IMPORT)) {
            results.add(runner.run(imports(qemuImg)));
        }
        Path qcow2Folder = work.newFolder("qcow2");
        if (qemuImg.isPresent()) {
            for (DataSet.Image image : data.images()) {
                runner.children().run(PeerPrograms.toZstdQcow2(qemuImg.get(), image, qcow2Folder));
            }
        }
        QuarryProgram.Stock stock =
                quarry.stock(data, work.newFolder("stock").resolve("store"), runner.children());
        for (int i = 0; i < Math.min(2, data.images().size()); i++) {
            if (parts.contains(Part.LAUNCH)) {
                results.add(runner.run(launch(i, qemuImg, stock, qcow2Folder)));
            }
            if (parts.contains(Part.EXPORT)) {
                results.add(runner.run(export(i, qemuImg, stock, qcow2Folder)));
            }
        }
        JvmLimits limits = new JvmLimits(work.newFolder("classes"), HASH_THREADS);
        if (parts.contains(Part.REIMPORT)) {
            for (DataSet.Image image : data.images()) {
                results.add(runner.run(reimport(image, stock, limits)));
            }
        }
        if (parts.contains(Part.INFO) && qemuImg.isEmpty()) {
            progress.println("nothing to describe: only qemu-img makes qcow2 files here");
        } else if (parts.contains(Part.INFO)) {
            results.add(runner.run(info(qemuImg.get(), qcow2Folder, limits)));
        }
        return Report.of(KIND, project, data, versions, results);
    }

    private Optional<Peer> peer(String name, String versionArgument) {
        Optional<Peer> peer = Peer.find(name, versionArgument);
        if (peer.isPresent()) {
            versions.put(name, peer.get().version());
        } else {
            versions.put(name, "is not installed: left out");
            progress.println(name + " is not installed: left out");
        }
        return peer;
    }

    private Job imports(Optional<Peer> qemuImg) {
        List<Contender> contenders = new ArrayList<>(List.of(quarry.imports(data)));
        qemuImg.map(peer -> PeerPrograms.qemuImgCompresses(peer, data)).ifPresent(contenders::add);
        peer(PeerPrograms.RESTIC, "version")
                .map(peer -> PeerPrograms.restic(peer, data, runner.children()))
                .ifPresent(contenders::add);
        peer(PeerPrograms.BORG, "--version")
                .map(peer -> PeerPrograms.borg(peer, data, runner.children()))
                .ifPresent(contenders::add);
        peer(PeerPrograms.CASYNC, "--version")
                .map(peer -> PeerPrograms.casync(peer, data, runner.children()))
                .ifPresent(contenders::add);
        String name = QuarryProgram.NAME;
        return new Job(
                "import of " + data.images().size(),
                contenders,
                List.of(
                        Floor.wall(name, PeerPrograms.QEMU_IMG, 0.55, 0),
                        Floor.output(name, PeerPrograms.QEMU_IMG, 0.60),
                        Floor.wall(name, PeerPrograms.RESTIC, 0.12, 0),
                        Floor.output(name, PeerPrograms.RESTIC, 1.0),
                        Floor.output(name, PeerPrograms.CASYNC, 1.0)));
    }

    private Job launch(int index, Optional<Peer> qemuImg, QuarryProgram.Stock stock, Path qcow2) {
        DataSet.Image image = data.images().get(index);
        // The first image lies densely in the store; what a later one shares is spread out.
        double factor = index == 0 ? 0.95 : 0.85;
        return new Job(
                "launch of " + image.name(),
                rebuilders(quarry.launches(stock, image), image, qemuImg, qcow2),
                List.of(Floor.wall(QuarryProgram.NAME, PeerPrograms.QEMU_IMG, factor, 0)));
    }

    private Job export(int index, Optional<Peer> qemuImg, QuarryProgram.Stock stock, Path qcow2) {
        DataSet.Image image = data.images().get(index);
        return new Job(
                "export of " + image.name(),
                rebuilders(quarry.exports(stock, image), image, qemuImg, qcow2),
                List.of());
    }

    private static List<Contender> rebuilders(
            Contender first, DataSet.Image image, Optional<Peer> qemuImg, Path qcow2Folder) {
        List<Contender> contenders = new ArrayList<>(List.of(first));
        qemuImg.map(peer -> PeerPrograms.qemuImgExpands(peer, image, qcow2Folder))
                .ifPresent(contenders::add);
        return contenders;
    }

    private Job reimport(DataSet.Image image, QuarryProgram.Stock stock, JvmLimits limits) {
        return new Job(
                "import of " + image.name() + " again",
                List.of(quarry.importsAgain(stock, image), limits.hashes(image)),
                List.of(Floor.wall(QuarryProgram.NAME, JvmLimits.SHA_256, 2, 0.150)));
    }

    private Job info(Peer qemuImg, Path qcow2Folder, JvmLimits limits) {
        Path file = PeerPrograms.zstdQcow2(qcow2Folder, data.images().getFirst());
        return new Job(
                "info of a qcow2",
                List.of(
                        quarry.describes(file),
                        limits.hello(),
                        PeerPrograms.qemuImgDescribes(qemuImg, file)),
                List.of(Floor.wall(QuarryProgram.NAME, JvmLimits.HELLO, 1, 0.080)));
    }
}

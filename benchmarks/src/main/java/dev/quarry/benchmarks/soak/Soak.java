package dev.quarry.benchmarks.soak;

import dev.quarry.json.JsonTree;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Lets several processes import, export, launch, terminate, delete and collect in one store, kills
 * one in four, and once a minute stops all to compare every snapshot with the model.
 */
public final class Soak {

    private static final int SNAPSHOTS_MAX = 40;
    private static final int ROUND_SECONDS = 60;
    private static final int KILL_MILLIS_MAX = 2_500;
    private static final String RAW = "raw";
    private static final String FIRST = "first";
    private static final String DEVICE = "/dev/sdb";

    private final SoakProcesses quarry;
    private final Path folder;
    private final long seed;
    private final SoakModel model = new SoakModel();
    private final PrintStream log;

    /** An image that stays: what is launched is launched as its second disk. */
    private String image = "";

    /**
     * @param launcher the command
     * @param folder an empty one for the store and for disks
     * @param seed of everything that is chosen; what runs at the same time is not
     */
    public Soak(Path launcher, Path folder, long seed, PrintStream log) {
        this.quarry = new SoakProcesses(launcher, folder, model);
        this.folder = folder;
        this.seed = seed;
        this.log = log;
    }

    /**
     * What it came to.
     *
     * @param differences from the model: there should be none
     */
    public record Outcome(long operations, long kills, List<String> differences) {

        public Outcome {
            differences = List.copyOf(differences);
        }
    }

    /**
     * Runs.
     *
     * @param lanes processes at once
     */
    public Outcome run(int minutes, int lanes) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
        RandomGenerator[] randoms = new RandomGenerator[lanes];
        for (int lane = 0; lane < lanes; lane++) {
            randoms[lane] = RandomGeneratorFactory.of("L64X128MixRandom").create(seed + lane);
        }
        // The store must be there before something else than an import asks for it.
        importImage(randoms[0]);
        while (System.nanoTime() < end && model.differences().isEmpty()) {
            long until = Math.min(end, System.nanoTime() + TimeUnit.SECONDS.toNanos(ROUND_SECONDS));
            List<Thread> threads = new ArrayList<>();
            for (int lane = 0; lane < lanes; lane++) {
                int number = lane;
                threads.add(Thread.ofPlatform().start(() -> lane(number, randoms[number], until)));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            compareAll();
            log.println(
                    model.operations()
                            + " operations, "
                            + model.kills()
                            + " kills, "
                            + model.ids().size()
                            + " snapshots, "
                            + model.differences().size()
                            + " differences");
        }
        return new Outcome(model.operations(), model.kills(), model.differences());
    }

    private void lane(int number, RandomGenerator random, long until) {
        try {
            for (int i = 0; System.nanoTime() < until && model.differences().isEmpty(); i++) {
                operation(number, random, "disk-" + number + "-" + System.nanoTime() + "-" + i);
            }
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            model.differs(e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void operation(int lane, RandomGenerator random, String mark)
            throws IOException, InterruptedException {
        int killAfter =
                random.nextInt(4) == 0 ? random.nextInt(KILL_MILLIS_MAX) : SoakProcesses.LIVE;
        int choice = random.nextInt(100);
        if (choice < 45 && model.ids().size() < SNAPSHOTS_MAX) {
            importOne(lane, random, mark, killAfter);
        } else if (choice < 58) {
            export(lane, random, killAfter);
        } else if (choice < 70) {
            launch(lane, random, mark, killAfter);
        } else if (choice < 88) {
            delete(lane, random, killAfter);
        } else {
            require(quarry.run(lane, killAfter, "gc"), "another collection is under way");
        }
    }

    private void importImage(RandomGenerator random) throws IOException, InterruptedException {
        Path disk = folder.resolve("disk-0.raw");
        model.begins(FIRST, SoakDisk.write(random, disk));
        SoakProcesses.Said said =
                quarry.run(
                        0,
                        SoakProcesses.LIVE,
                        "import",
                        disk,
                        "-f",
                        RAW,
                        "--name",
                        FIRST,
                        "--description",
                        FIRST);
        require(said, null);
        List<String> ids = said.out().lines().toList();
        model.imported(FIRST, ids.getFirst());
        image = ids.get(1);
    }

    private void importOne(int lane, RandomGenerator random, String mark, int killAfter)
            throws IOException, InterruptedException {
        Path disk = folder.resolve("disk-" + lane + ".raw");
        model.begins(mark, SoakDisk.write(random, disk));
        SoakProcesses.Said said =
                quarry.run(lane, killAfter, "import", disk, "-f", RAW, "--description", mark);
        if (said.exitCode() == 0) {
            model.imported(mark, said.out().lines().findFirst().orElse(""));
        }
        require(said, null);
    }

    private void export(int lane, RandomGenerator random, int killAfter)
            throws IOException, InterruptedException {
        String id = model.any(random);
        String digest = id == null ? null : model.digest(id);
        if (id == null || digest == null) {
            return;
        }
        Path file = folder.resolve("export-" + lane + ".raw");
        SoakProcesses.Said said = quarry.run(lane, killAfter, "export", id, file, "-O", RAW);
        if (said.exitCode() == 0) {
            if (!digest.equals(SoakDisk.digestOf(file))) {
                model.differs("export of " + id + " has other bytes");
            }
        } else if (model.digest(id) != null) {
            // Another lane has not begun to delete it.
            require(said, null);
        }
    }

    /** Launches a snapshot as a disk, looks at it, and terminates the launch. */
    private void launch(int lane, RandomGenerator random, String mark, int killAfter)
            throws IOException, InterruptedException {
        String id = model.any(random);
        String digest = id == null ? null : model.digest(id);
        if (id == null || digest == null) {
            return;
        }
        Path out = folder.resolve("launch-" + mark);
        SoakProcesses.Said said =
                quarry.run(
                        lane,
                        killAfter,
                        "launch",
                        image,
                        "--out",
                        out,
                        "-b",
                        DEVICE + "=" + id + "::true");
        Path description = out.resolve("launch.json");
        if (Files.exists(description)) {
            // A folder that has it is complete, whether its maker was killed or not.
            Map<String, Object> json = JsonTree.readObject(Files.readString(description));
            if (!digest.equals(SoakDisk.digestOf(launchedDisk(json)))) {
                model.differs("launch of " + id + " has other bytes");
            }
            String launch = String.valueOf(json.get("InstanceId"));
            SoakProcesses.Said ended = quarry.run(lane, killAfter, "terminate", launch);
            if (!said.wasKilled()) {
                require(ended, null);
                if (ended.wasKilled()) {
                    require(quarry.run(lane, SoakProcesses.LIVE, "terminate", launch), null);
                }
                if (Files.exists(launchedDisk(json))) {
                    model.differs("a volume of " + launch + " is there after its end");
                }
            }
        } else if (model.digest(id) != null) {
            require(said, null);
        }
        SoakDisk.deleteTree(out);
    }

    private static Path launchedDisk(Map<String, Object> launch) throws IOException {
        if (launch.get("Devices") instanceof List<?> devices) {
            for (Object device : devices) {
                if (device instanceof Map<?, ?> fields && DEVICE.equals(fields.get("DeviceName"))) {
                    return Path.of(String.valueOf(fields.get("File")));
                }
            }
        }
        throw new IOException("launch.json has no " + DEVICE);
    }

    private void delete(int lane, RandomGenerator random, int killAfter)
            throws IOException, InterruptedException {
        String id = model.takeAny(random, FIRST);
        if (id != null) {
            require(quarry.run(lane, killAfter, "delete-snapshot", id), null);
        }
    }

    /** Notes a failure that neither a kill nor an expected reason explains. */
    private void require(SoakProcesses.Said said, @Nullable String allowed) {
        if (said.exitCode() != 0
                && !said.wasKilled()
                && (allowed == null || !said.err().contains(allowed))) {
            model.differs(said.command() + " failed: " + said.err() + said.out());
        }
    }

    /** Compares all snapshots, with nothing else going on. */
    private void compareAll() throws IOException, InterruptedException {
        SoakProcesses.Said listed = quarry.run(0, SoakProcesses.LIVE, "snapshots", "--json");
        require(listed, null);
        if (listed.exitCode() != 0) {
            return;
        }
        Map<String, String> marks = new TreeMap<>();
        if (JsonTree.readObject(listed.out()).get("Snapshots") instanceof List<?> snapshots) {
            for (Object snapshot : snapshots) {
                if (snapshot instanceof Map<?, ?> fields
                        && "completed".equals(fields.get("State"))) {
                    marks.put(
                            String.valueOf(fields.get("SnapshotId")),
                            String.valueOf(fields.get("Description")));
                }
            }
        }
        model.settle(marks);
        require(quarry.run(0, SoakProcesses.LIVE, "verify"), null);
        Path file = folder.resolve("compare.raw");
        for (String id : model.ids()) {
            SoakProcesses.Said said =
                    quarry.run(0, SoakProcesses.LIVE, "export", id, file, "-O", RAW);
            require(said, null);
            if (said.exitCode() == 0 && !SoakDisk.digestOf(file).equals(model.digest(id))) {
                model.differs("snapshot " + id + " has other bytes");
            }
        }
    }
}

package dev.quarry.benchmarks;

import dev.quarry.Quarry;
import dev.quarry.benchmarks.process.ChildRunner;
import dev.quarry.benchmarks.process.Invocation;
import dev.quarry.benchmarks.process.WorkFolder;
import dev.quarry.catalog.AccountCatalog;
import dev.quarry.catalog.mapping.MappingParser;
import dev.quarry.catalog.model.MachineImage;
import dev.quarry.catalog.model.Snapshot;
import dev.quarry.catalog.model.Tags;
import dev.quarry.catalog.rule.ImageRegistration;
import dev.quarry.catalog.rule.SnapshotRegistration;
import dev.quarry.store.StoreProperties;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** {@code quarry bench catalog}: whether commands stay quick in a large catalogue. */
@Command(
        name = "catalog",
        mixinStandardHelpOptions = true,
        description = {
            "Makes a catalogue of 10 images and one of many, and times the same commands in both,"
                    + " each as a whole process: the median of several runs.",
            "Exits with 1 if one takes more than 3 times as long in the large one."
        })
final class CatalogBenchCommand implements Callable<Integer> {

    private static final int EXIT_SLOW = 1;
    private static final int FEW = 10;
    private static final double RATIO_MAX = 3;
    private static final int GROUP_IMAGES = 10;

    @Option(
            names = "--images",
            paramLabel = "N",
            defaultValue = "100000",
            description = "Images of the large catalogue; default: 100000.")
    private int images = 100_000;

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "7",
            description = "Runs of each command; default: 7.")
    private int runs = 7;

    @Option(
            names = "--work",
            paramLabel = "DIR",
            description = "Where the stores go; default: /dev/shm, in memory.")
    private Path work = Path.of("/dev/shm");

    CatalogBenchCommand() {}

    /** A store, and what is asked for in it. */
    private record Made(Path store, String image) {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        try (WorkFolder folder = new WorkFolder(work)) {
            Made few = make(folder.path().resolve("few"), FEW);
            long start = System.nanoTime();
            Made many = make(folder.path().resolve("many"), images);
            System.out.printf(
                    "%d images registered in %.0f s%n", images, (System.nanoTime() - start) / 1e9);
            ChildRunner runner = new ChildRunner(folder.newFolder("child"));
            Path launcher = Project.find().launcher();
            double worst = 0;
            System.out.printf("%-18s %8s %8s %6s%n", "COMMAND", "FEW ms", "MANY ms", "RATIO");
            Map<String, List<String>> commands = commands();
            for (Map.Entry<String, List<String>> command : commands.entrySet()) {
                double one = median(runner, launcher, few, command.getValue());
                double other = median(runner, launcher, many, command.getValue());
                worst = Math.max(worst, other / one);
                System.out.printf(
                        "%-18s %8.0f %8.0f %6.2f%n",
                        command.getKey(), one * 1000, other * 1000, other / one);
            }
            return worst > RATIO_MAX ? EXIT_SLOW : 0;
        }
    }

    private static Map<String, List<String>> commands() {
        Map<String, List<String>> commands = new LinkedHashMap<>();
        commands.put("search by name", List.of("images", "--filter", "name=image-7"));
        commands.put("search by tag", List.of("images", "--filter", "tag:group=g0"));
        commands.put("wildcard search", List.of("images", "--filter", "name=*mage-7"));
        commands.put("show", List.of("show", "IMAGE"));
        commands.put("launch plan", List.of("launch", "IMAGE", "--out", "nowhere", "--explain"));
        return commands;
    }

    private double median(ChildRunner runner, Path launcher, Made made, List<String> command)
            throws IOException, InterruptedException {
        List<Object> words = new ArrayList<>(List.of(launcher));
        command.forEach(word -> words.add(word.equals("IMAGE") ? made.image() : word));
        Invocation invocation =
                Invocation.of(words.toArray())
                        .with(Map.of("QUARRY_STORE", made.store().toString()));
        List<Double> seconds = new ArrayList<>();
        for (int i = 0; i <= runs; i++) {
            double wall = runner.run(invocation).wallSeconds();
            if (i > 0) {
                seconds.add(wall);
            }
        }
        Collections.sort(seconds);
        return seconds.get(seconds.size() / 2);
    }

    /** A store whose images have one snapshot, without content: nothing here reads it. */
    private static Made make(Path store, int count) throws IOException {
        try (Quarry quarry = Quarry.create(store, StoreProperties.DEFAULT)) {
            AccountCatalog catalog = quarry.catalog();
            Snapshot root =
                    catalog.registerSnapshot(
                            SnapshotRegistration.of("ab".repeat(32), "cd".repeat(32), 1L << 30));
            MachineImage last = null;
            for (int i = 0; i < count; i++) {
                last =
                        catalog.registerImage(
                                ImageRegistration.of(
                                                "image-" + i,
                                                MappingParser.parse("/dev/sda1=" + root.id()))
                                        .withTags(
                                                Tags.of(Map.of("group", "g" + i / GROUP_IMAGES))));
            }
            return new Made(store, last == null ? "" : last.id());
        }
    }
}

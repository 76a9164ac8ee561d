package dev.quarry.benchmarks;

import dev.quarry.Quarry;
import dev.quarry.benchmarks.compare.Series;
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
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
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

    @Mixin private RunsOption runs = new RunsOption();

    @Mixin private WorkOption work = new WorkOption();

    CatalogBenchCommand() {}

    /** A store, and what is asked for in it. */
    private record Made(Path store, String image) {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        try (WorkFolder folder = new WorkFolder(work.folder())) {
            Made few = make(folder.path().resolve("few"), FEW);
            long start = System.nanoTime();
            Made many = make(folder.path().resolve("many"), images);
            System.out.printf(
                    "%d images registered in %.0f s%n", images, (System.nanoTime() - start) / 1e9);
            ChildRunner runner = new ChildRunner(folder.newFolder("child"));
            Path launcher = Project.find().launcher();
            double worst = 0;
            TextTable table = new TextTable("command", "few ms", "many ms", "ratio");
            for (Map.Entry<String, List<String>> command : commands().entrySet()) {
                double one = median(runner, launcher, few, command.getValue());
                double other = median(runner, launcher, many, command.getValue());
                worst = Math.max(worst, other / one);
                table.add(
                        command.getKey(),
                        String.format(Locale.ROOT, "%.0f", one * 1000),
                        String.format(Locale.ROOT, "%.0f", other * 1000),
                        String.format(Locale.ROOT, "%.2f", other / one));
            }
            System.out.print(table);
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
        Map<String, String> variables =
                Map.of("QUARRY_STORE", made.store().toString(), "QUARRY_BUILD", "never");
        Invocation invocation = Invocation.of(words.toArray()).with(variables);
        double[] seconds = new double[runs.count()];
        runner.run(invocation);
        for (int i = 0; i < seconds.length; i++) {
            seconds[i] = runner.run(invocation).wallSeconds();
        }
        return new Series(seconds).median();
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

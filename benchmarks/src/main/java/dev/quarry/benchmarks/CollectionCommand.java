package dev.quarry.benchmarks;

import dev.quarry.benchmarks.collection.CollectionScale;
import dev.quarry.benchmarks.process.WorkFolder;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code quarry bench collection}: gc and verify over the number of chunks. */
@Command(
        name = "collection",
        mixinStandardHelpOptions = true,
        description = {
            "Makes stores of many small chunks, half of which nothing needs, and verifies and"
                    + " collects each: what it takes, and the most anonymous memory.",
            "10 million chunks take some 2 GB in the folder of --work, and minutes."
        })
final class CollectionCommand implements Callable<Integer> {

    @Option(
            names = "--chunks",
            split = ",",
            paramLabel = "N",
            description = "How many, separated by commas; default: 100000,1000000,10000000.")
    private List<Long> chunks = List.of(100_000L, 1_000_000L, 10_000_000L);

    @Mixin private WorkOption work = new WorkOption();

    CollectionCommand() {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        try (WorkFolder folder = new WorkFolder(work.folder())) {
            CollectionScale scale = new CollectionScale(Project.find().launcher(), folder);
            for (long count : chunks) {
                scale.measure(count);
            }
            System.out.print(scale);
        }
        return 0;
    }
}

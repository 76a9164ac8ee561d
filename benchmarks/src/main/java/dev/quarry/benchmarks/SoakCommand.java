package dev.quarry.benchmarks;

import dev.quarry.benchmarks.process.WorkFolder;
import dev.quarry.benchmarks.soak.Soak;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.util.concurrent.Callable;

/** {@code quarry bench soak}: whether a store loses nothing, whatever happens to its users. */
@Command(
        name = "soak",
        mixinStandardHelpOptions = true,
        description = {
            "Several processes import, export, launch, delete and collect in one store, one in"
                    + " four is killed, and everything is compared with a model once a minute.",
            "Exits with 1 at the first difference."
        })
final class SoakCommand implements Callable<Integer> {

    private static final int EXIT_DIFFERENT = 1;

    @Option(
            names = "--minutes",
            paramLabel = "N",
            defaultValue = "30",
            description = "How long; default: 30.")
    private int minutes = 30;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Chooses disks, operations and kills; default: another each time.")
    private @Nullable Long seed;

    @Option(
            names = "--lanes",
            paramLabel = "N",
            defaultValue = "3",
            description = "Processes at once; default: 3.")
    private int lanes = 3;

    @Mixin private WorkOption work = new WorkOption();

    SoakCommand() {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        long chosen = seed == null ? System.nanoTime() : seed;
        System.out.println("seed " + chosen);
        try (WorkFolder folder = new WorkFolder(work.folder())) {
            Soak.Outcome outcome =
                    new Soak(Project.find().launcher(), folder.path(), chosen, System.out)
                            .run(minutes, lanes);
            System.out.println(
                    outcome.operations()
                            + " operations, "
                            + outcome.kills()
                            + " kills, "
                            + outcome.differences().size()
                            + " differences, seed "
                            + chosen);
            outcome.differences().forEach(System.out::println);
            return outcome.differences().isEmpty() ? 0 : EXIT_DIFFERENT;
        }
    }
}

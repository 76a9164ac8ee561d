package dev.quarry.benchmarks;

import dev.quarry.benchmarks.index.IndexScale;
import dev.quarry.benchmarks.process.WorkFolder;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/** {@code quarry bench index}: the index at any size, beside LMDB and RocksDB. */
@Command(
        name = "index",
        mixinStandardHelpOptions = true,
        description = {
            "Fills the store's index, LMDB and RocksDB with the same ids, opens them and looks ids"
                    + " up, one thread.",
            "100 million chunks take some 8 GB of disk at once, and minutes.",
            "LMDB takes part if QUARRY_JVM has --add-opens=java.base/java.nio=ALL-UNNAMED"
                    + " --add-opens=java.base/sun.nio.ch=ALL-UNNAMED."
        })
final class IndexCommand implements Callable<Integer> {

    @Option(
            names = "--chunks",
            paramLabel = "N",
            defaultValue = "1000000",
            description = "How many; default: a million.")
    private long chunks = 1_000_000;

    @Option(
            names = "--work",
            paramLabel = "DIR",
            description = "Where the indexes go; default: /var/tmp.")
    private Path work = Path.of("/var/tmp");

    IndexCommand() {}

    @Override
    public Integer call() throws IOException {
        try (WorkFolder folder = new WorkFolder(work)) {
            System.out.print(new IndexScale(folder.path(), chunks).run());
        }
        return 0;
    }
}

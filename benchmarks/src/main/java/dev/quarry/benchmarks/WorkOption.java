package dev.quarry.benchmarks;

import picocli.CommandLine.Option;

import java.nio.file.Path;

/** Where a benchmark works. */
final class WorkOption {

    @Option(
            names = "--work",
            paramLabel = "DIR",
            description = "Where temporary files go; default: /dev/shm, in memory.")
    private Path folder = Path.of("/dev/shm");

    WorkOption() {}

    Path folder() {
        return folder;
    }
}

package dev.quarry.benchmarks;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Where figures go besides the terminal. */
final class RecordOptions {

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures there, too.")
    private @Nullable Path json;

    @Option(
            names = "--record",
            description = "Append the figures to benchmarks/results/history.ndjson.")
    private boolean record;

    RecordOptions() {}

    /** Writes a result, one line of JSON, to the places that were asked for. */
    void write(Project project, String line) throws IOException {
        if (json != null) {
            Files.writeString(json, line + "\n");
        }
        if (record) {
            Files.createDirectories(project.history().getParent());
            Files.writeString(
                    project.history(),
                    line + "\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        }
    }
}

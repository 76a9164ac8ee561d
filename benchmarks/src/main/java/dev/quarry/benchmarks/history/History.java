package dev.quarry.benchmarks.history;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Recorded runs, oldest first.
 *
 * @param runs in the order they were recorded in
 */
public record History(List<Run> runs) {

    public History {
        runs = List.copyOf(runs);
    }

    /**
     * Reads files of one JSON object a line; one that is not there has no runs.
     *
     * @throws IOException if a line is none; says which
     */
    public static History read(List<Path> files) throws IOException {
        List<Run> runs = new ArrayList<>();
        for (Path file : files) {
            if (!Files.exists(file)) {
                continue;
            }
            int number = 0;
            for (String line : Files.readAllLines(file)) {
                number++;
                if (line.isBlank()) {
                    continue;
                }
                try {
                    runs.add(Run.parse(line));
                } catch (IOException e) {
                    throw new IOException(file + ", line " + number + ": " + e.getMessage(), e);
                }
            }
        }
        return new History(runs);
    }

    /** Runs of a kind, oldest first. */
    public List<Run> of(String kind) {
        return runs.stream().filter(run -> run.kind().equals(kind)).toList();
    }

    /** The last run of a kind. */
    public Optional<Run> last(String kind) {
        List<Run> all = of(kind);
        return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
    }

    /** Kinds, in the order in which they came up. */
    public List<String> kinds() {
        return runs.stream().map(Run::kind).distinct().toList();
    }
}

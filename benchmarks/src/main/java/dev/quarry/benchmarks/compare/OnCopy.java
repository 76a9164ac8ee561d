package dev.quarry.benchmarks.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Something that changes a folder: every round has its own copy. */
abstract class OnCopy implements Contender {

    private final String name;
    private final Path original;

    OnCopy(String name, Path original) {
        this.name = name;
        this.original = original;
    }

    /** The copy that a round works on. */
    static Path copy(Path round) {
        return round.resolve("copy");
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public void prepare(Path round) throws IOException {
        copyTree(original, copy(round));
    }

    /** What is left. */
    @Override
    public long outputBytes(Path round) throws IOException {
        return FileSizes.ofAll(copy(round));
    }

    static void copyTree(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }
}

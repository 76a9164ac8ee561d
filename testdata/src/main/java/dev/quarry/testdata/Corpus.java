package dev.quarry.testdata;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Disk images that other projects made, with what is known of each.
 *
 * <p>They are not part of this tree. The system property {@value #FOLDER_PROPERTY} says where they
 * are; there, {@code INDEX.tsv} has a line of tab-separated fields for each image under the names
 * of its first line.
 */
public final class Corpus {

    /** The system property that names the folder. */
    public static final String FOLDER_PROPERTY = "quarry.corpus";

    private static final String INDEX_NAME = "INDEX.tsv";
    private static final String NOTHING_KNOWN = "-";

    private final List<Entry> entries;

    private Corpus(List<Entry> entries) {
        this.entries = entries;
    }

    /**
     * Reads the index.
     *
     * @throws RuntimeException as {@link Prerequisite#missing} says, if there is no corpus here:
     *     the test is skipped, or in CI fails
     */
    public static Corpus require() {
        String property = System.getProperty(FOLDER_PROPERTY, "");
        if (property.isEmpty()) {
            throw Prerequisite.missing("the corpus is missing: " + FOLDER_PROPERTY + " is not set");
        }
        Path folder = Path.of(property).normalize();
        Path index = folder.resolve(INDEX_NAME);
        if (!Files.exists(index)) {
            throw Prerequisite.missing("the corpus is missing: " + index);
        }
        return read(folder, index);
    }

    private static Corpus read(Path folder, Path index) {
        try {
            List<String> lines = Files.readAllLines(index);
            List<String> names = fields(lines.getFirst());
            return new Corpus(
                    lines.stream()
                            .skip(1)
                            .filter(line -> !line.isBlank())
                            .map(line -> entry(folder, names, fields(line)))
                            .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> fields(String line) {
        return Arrays.asList(line.split("\t", -1));
    }

    private static Entry entry(Path folder, List<String> names, List<String> values) {
        Map<String, String> fields = new LinkedHashMap<>();
        for (int i = 0; i < names.size(); i++) {
            fields.put(names.get(i), i < values.size() ? values.get(i) : "");
        }
        String path = fields.getOrDefault("path", "");
        String digest = fields.getOrDefault("guest_sha256", "");
        return new Entry(
                path,
                folder.resolve(path),
                fields.getOrDefault("format", ""),
                fields.getOrDefault("facts", ""),
                digest.isEmpty() || digest.equals(NOTHING_KNOWN)
                        ? Optional.empty()
                        : Optional.of(digest));
    }

    /** Returns all images, in the order of the index. */
    public List<Entry> entries() {
        return entries;
    }

    /** Returns the images of a format, in the order of the index. */
    public Stream<Entry> ofFormat(String format) {
        return entries.stream().filter(entry -> entry.format().equals(format));
    }

    /**
     * One image.
     *
     * @param name its path in the corpus, which names the project that it is from
     * @param file where it is
     * @param format its format's name: raw, qcow, qcow2, vmdk or ova
     * @param facts what is known of it: words, and {@code name=value}, separated by "; "
     * @param guestSha256 the SHA-256 of what a guest reads, in hex; empty for an image that must be
     *     refused, and for one with no single content
     */
    public record Entry(
            String name, Path file, String format, String facts, Optional<String> guestSha256) {

        /** Returns the value of {@code name=value} among the facts. */
        public Optional<String> fact(String factName) {
            String prefix = factName + "=";
            return Stream.of(facts.split("; ", -1))
                    .filter(fact -> fact.startsWith(prefix))
                    .map(fact -> fact.substring(prefix.length()))
                    .findFirst();
        }

        @Override
        public String toString() {
            return name;
        }
    }
}

package dev.quarry.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What is in a folder, to be compared with what was. */
final class Folders {

    private Folders() {}

    /**
     * Files of a folder at one time.
     *
     * @param files name to a digest of the content
     */
    record Snapshot(Map<String, String> files) {}

    /**
     * All files but temporary ones and leases, which come and go (a killed process leaves its own
     * to the next collection), and the audit log, which only grows.
     */
    static Snapshot snapshot(Path folder) throws IOException {
        Map<String, String> files = new TreeMap<>();
        for (Path file : files(folder)) {
            String name = folder.relativize(file).toString();
            if (Stream.of("tmp/", "leases/", "events/").noneMatch(name::startsWith)) {
                byte[] bytes = Files.readAllBytes(file);
                files.put(name, bytes.length + " " + Arrays.hashCode(bytes));
            }
        }
        return new Snapshot(files);
    }

    /** All regular files in a folder. */
    static Iterable<Path> files(Path folder) throws IOException {
        try (Stream<Path> walk = Files.walk(folder)) {
            return new ArrayList<>(walk.filter(Files::isRegularFile).toList());
        }
    }
}

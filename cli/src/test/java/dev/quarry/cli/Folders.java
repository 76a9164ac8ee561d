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

    /** All files but temporary ones, which come and go, and the audit log, which only grows. */
    static Snapshot snapshot(Path folder) throws IOException {
        Map<String, String> files = new TreeMap<>();
        for (Path file : files(folder)) {
            String name = folder.relativize(file).toString();
            if (!name.startsWith("tmp/") && !name.startsWith("events/")) {
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

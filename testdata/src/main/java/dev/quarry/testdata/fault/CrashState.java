package dev.quarry.testdata.fault;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What of a folder is durable, and what is not yet. For one thread. */
final class CrashState {

    /** A file: its durable bytes, and what was done since. */
    private static final class Content {
        byte[] durable = {};
        final List<Journal.Event> since = new ArrayList<>();
    }

    private final Map<Integer, Content> files = new HashMap<>();

    /** By folder and name, what the name stood for: first what is durable, then each change. */
    private final Map<Integer, Map<String, List<Integer>>> folders = new HashMap<>();

    CrashState() {}

    /**
     * @param known all folders that there are or will be: one may have no names
     */
    void begin(Set<Integer> known, List<Journal.Named> names, Map<Integer, byte[]> contents) {
        known.forEach(this::folder);
        for (Journal.Named named : names) {
            folder(named.folder()).put(named.name(), new ArrayList<>(List.of(named.node())));
        }
        contents.forEach((node, bytes) -> file(node).durable = bytes);
    }

    private Map<String, List<Integer>> folder(int node) {
        return folders.computeIfAbsent(node, key -> new TreeMap<>());
    }

    private Content file(int node) {
        return files.computeIfAbsent(node, key -> new Content());
    }

    void apply(Journal.Event event) {
        switch (event) {
            case Journal.Named named ->
                    folder(named.folder())
                            .computeIfAbsent(
                                    named.name(), name -> new ArrayList<>(List.of(Journal.NOTHING)))
                            .add(named.node());
            case Journal.Written written -> file(written.file()).since.add(written);
            case Journal.Sized sized -> file(sized.file()).since.add(sized);
            case Journal.Synced synced -> sync(synced.node());
        }
    }

    private void sync(int node) {
        Map<String, List<Integer>> names = folders.get(node);
        if (names != null) {
            names.values().forEach(states -> states.subList(0, states.size() - 1).clear());
        }
        Content content = files.get(node);
        if (content != null) {
            content.durable = bytes(content, Fate.kept());
            content.since.clear();
        }
    }

    private static byte[] bytes(Content content, Fate fate) {
        byte[] bytes = content.durable;
        for (Journal.Event event : content.since) {
            Fate.Bytes becomes = fate.ofBytes();
            if (becomes == Fate.Bytes.LOST) {
                continue;
            }
            if (event instanceof Journal.Sized sized) {
                bytes = Arrays.copyOf(bytes, (int) sized.size());
            } else if (event instanceof Journal.Written written) {
                int length =
                        switch (becomes) {
                            case ZEROED -> 0;
                            case TORN -> (int) (fate.tear() * written.bytes().length);
                            default -> written.bytes().length;
                        };
                int end =
                        (int) written.position()
                                + (becomes == Fate.Bytes.ZEROED ? written.bytes().length : length);
                bytes = Arrays.copyOf(bytes, Math.max(bytes.length, end));
                System.arraycopy(written.bytes(), 0, bytes, (int) written.position(), length);
            }
        }
        return bytes;
    }

    /** Writes out what is left. */
    void write(Fate fate, Path target) throws IOException {
        write(Journal.ROOT, fate, target, new HashMap<>());
    }

    /** Two names of one file show the same bytes. */
    private void write(int folder, Fate fate, Path target, Map<Integer, byte[]> decided)
            throws IOException {
        Files.createDirectories(target);
        for (Map.Entry<String, List<Integer>> entry : folder(folder).entrySet()) {
            List<Integer> states = entry.getValue();
            int node = states.get(fate.ofName(states.size()));
            if (node == Journal.NOTHING) {
                continue;
            }
            Path path = target.resolve(entry.getKey());
            if (folders.containsKey(node)) {
                write(node, fate, path, decided);
            } else {
                byte[] bytes = decided.get(node);
                if (bytes == null) {
                    bytes = bytes(file(node), fate);
                    decided.put(node, bytes);
                }
                Files.write(path, bytes);
            }
        }
    }
}

package dev.quarry.testdata.fault;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What was done to a folder, in order: writes, changes of names, and what was made durable. Also
 * decides which call fails. Thread-safe.
 */
public final class Journal {

    /** The folder itself among the folders. */
    static final int ROOT = 0;

    /** For a name that stands for nothing. */
    static final int NOTHING = -1;

    /** One step. Files and folders are numbered, so that a name can come to stand for another. */
    sealed interface Event {}

    /** A name in a folder came to stand for a file or folder, or for nothing. */
    record Named(int folder, String name, int node) implements Event {}

    /** Bytes were written into a file. */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares events
    record Written(int file, long position, byte[] bytes) implements Event {}

    /** A file got another size without bytes being written. */
    record Sized(int file, long size) implements Event {}

    /** A file's bytes, or a folder's names, were made durable. */
    record Synced(int node) implements Event {}

    /** What the n-th call does instead of its work. */
    public enum Failure {
        /** The medium is bad. */
        INPUT_OUTPUT("Input/output error"),
        /** The file system is full. */
        NO_SPACE("No space left on device");

        private final String text;

        Failure(String text) {
            this.text = text;
        }
    }

    private final Path root;
    private final List<Event> events = new ArrayList<>();
    private final Map<Path, Integer> nodes = new HashMap<>();
    private final Map<Integer, Long> sizes = new HashMap<>();
    private final Map<Integer, byte[]> contents = new HashMap<>();
    private final List<Named> names = new ArrayList<>();
    private final Set<Integer> folders = new HashSet<>();
    private int nextNode = ROOT + 1;
    private int calls;
    private int failingCall = Integer.MAX_VALUE;
    private boolean failsOnce;
    private Failure failure = Failure.INPUT_OUTPUT;

    /**
     * @param root what is there now counts as durable
     */
    Journal(Path root) throws IOException {
        this.root = root;
        nodes.put(root, ROOT);
        try (Stream<Path> files = Files.walk(root)) {
            for (Path path : files.filter(file -> !file.equals(root)).toList()) {
                int node = nextNode++;
                nodes.put(path, node);
                names.add(new Named(folderOf(path), nameOf(path), node));
                if (Files.isRegularFile(path)) {
                    byte[] bytes = Files.readAllBytes(path);
                    contents.put(node, bytes);
                    sizes.put(node, (long) bytes.length);
                } else {
                    folders.add(node);
                }
            }
        }
    }

    private int folderOf(Path path) {
        return Objects.requireNonNull(nodes.get(path.getParent()), path.toString());
    }

    private static String nameOf(Path path) {
        return Objects.requireNonNull(path.getFileName()).toString();
    }

    /**
     * Lets a call fail.
     *
     * @param call counted from 1
     * @param once whether the calls behind it work again
     */
    public synchronized void fail(int call, Failure how, boolean once) {
        calls = 0;
        failingCall = call;
        failsOnce = once;
        failure = how;
    }

    /** Calls since {@link #fail}. */
    public synchronized int calls() {
        return calls;
    }

    /** How many events there are: the lengths of the prefixes that can be looked at. */
    public synchronized int length() {
        return events.size();
    }

    synchronized List<Event> events(int length) {
        return List.copyOf(events.subList(0, length));
    }

    /** Names and bytes before the first event. */
    synchronized CrashState start() {
        CrashState state = new CrashState();
        state.begin(folders, names, contents);
        return state;
    }

    /** Called before each call that may fail. */
    synchronized void call(Path path) throws IOException {
        calls++;
        if (failsOnce ? calls == failingCall : calls >= failingCall) {
            throw new FileSystemException(path.toString(), null, failure.text);
        }
    }

    private boolean isOurs(Path path) {
        return path.startsWith(root) && nodes.containsKey(path.getParent());
    }

    synchronized void created(Path path) {
        if (isOurs(path) && !nodes.containsKey(path)) {
            name(path, nextNode++);
        }
    }

    synchronized void createdFolder(Path path) {
        created(path);
        folders.add(node(path));
    }

    private void name(Path path, int node) {
        nodes.put(path, node);
        events.add(new Named(folderOf(path), nameOf(path), node));
    }

    synchronized void linked(Path link, Path existing) {
        name(link, node(existing));
    }

    synchronized void moved(Path source, Path target) {
        name(target, node(source));
        deleted(source);
    }

    synchronized void deleted(Path path) {
        if (nodes.remove(path) != null) {
            events.add(new Named(folderOf(path), nameOf(path), NOTHING));
        }
    }

    /** The number of what a name stands for. */
    synchronized int node(Path path) {
        Integer node = nodes.get(path);
        return node == null ? NOTHING : node;
    }

    synchronized void written(int file, long position, byte[] bytes) {
        if (file != NOTHING && bytes.length > 0) {
            events.add(new Written(file, position, bytes));
            sizes.merge(file, position + bytes.length, Math::max);
        }
    }

    /** Notes a size that came to be in another way than by writing. */
    synchronized void sized(int file, long size) {
        if (file != NOTHING && sizes.getOrDefault(file, 0L) != size) {
            events.add(new Sized(file, size));
            sizes.put(file, size);
        }
    }

    synchronized void synced(int node) {
        if (node != NOTHING) {
            events.add(new Synced(node));
        }
    }

    /**
     * Writes out what the folder holds if the power goes after some events.
     *
     * @param length events that happened
     * @param fate what becomes of what was not durable
     * @param target an empty folder
     */
    public void replay(int length, Fate fate, Path target) throws IOException {
        CrashState state = start();
        for (Event event : events(length)) {
            state.apply(event);
        }
        state.write(fate, target);
    }

    /** What an event is, for messages. */
    public synchronized @Nullable String describe(int index) {
        if (index < 0 || index >= events.size()) {
            return null;
        }
        Event event = events.get(index);
        return event instanceof Written written
                ? "Written[file=" + written.file() + ", bytes=" + written.bytes().length + "]"
                : event.toString();
    }
}

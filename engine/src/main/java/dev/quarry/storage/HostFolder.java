package dev.quarry.storage;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * A folder whose files are published whole and durably: written under a temporary name, synced,
 * renamed, and the folder synced. Names are relative, with {@code /} between parts. Thread-safe,
 * and safe against other processes. Nothing is written before the first change, so a folder that
 * may only be read works for reading.
 *
 * <p>Temporary files lie in {@code tmp/RANDOM/}, one folder for each process, which holds a lock on
 * it. What a dead process left is removed when the next one begins to write.
 */
public final class HostFolder implements Closeable {

    private static final String TEMPORARY = "tmp";
    private static final String TEMPORARY_LOCK = "tmp.lock";
    private static final String LOCK = "lock";

    /** A block of any file system, so that there is something to give back. */
    private static final int PROBE_BYTES = 64 << 10;

    /** A file lock belongs to the process: threads of one process exclude one another here. */
    private static final Map<LockFile, ReentrantLock> MUTEXES = new ConcurrentHashMap<>();

    /**
     * A lock's file, by whatever path its folder was opened.
     *
     * @param folder what the host knows it by
     */
    private record LockFile(Object folder, String name) {

        static LockFile of(Path path) throws IOException {
            Path folder = parentOf(path);
            Object key = Files.readAttributes(folder, BasicFileAttributes.class).fileKey();
            return new LockFile(key == null ? folder.toRealPath() : key, nameOf(path));
        }
    }

    /**
     * Names of the temporary folders of this process, which are random. Their locks are never
     * looked at from here: to close a file gives up every lock that the process has on it.
     */
    private static final Set<String> OWN = ConcurrentHashMap.newKeySet();

    private final Path root;
    private @Nullable Path temporary;
    private @Nullable FileChannel temporaryLock;

    /** Null as long as it was not tried. */
    private @Nullable Boolean canPunch;

    public HostFolder(Path root) {
        this.root = root.toAbsolutePath().normalize();
    }

    public Path root() {
        return root;
    }

    /** The path that a name stands for. */
    public Path resolve(String name) {
        Path path = root.resolve(name).normalize();
        if (!path.startsWith(root) || path.equals(root)) {
            throw new IllegalArgumentException("name '" + name + "' leaves the folder");
        }
        return path;
    }

    /**
     * Content of a small file, or nothing if it is not there.
     *
     * @param bytesMax bytes that are read at most
     */
    public Optional<byte[]> read(String name, int bytesMax) throws IOException {
        try (InputStream in = Files.newInputStream(resolve(name))) {
            return Optional.of(in.readNBytes(bytesMax));
        } catch (NoSuchFileException | NotDirectoryException e) {
            return Optional.empty();
        }
    }

    /**
     * Names of the files that begin with {@code prefix}, sorted. Only the folders are read that may
     * have some, and no file is looked at: a part with a dot is a file, and only one without is
     * asked whether it is a folder. Folders here have no dots.
     */
    public List<String> list(String prefix) throws IOException {
        int slash = prefix.lastIndexOf('/');
        List<String> names = new ArrayList<>();
        if (slash < 0) {
            list(root, "", prefix, names);
        } else {
            list(
                    resolve(prefix.substring(0, slash)),
                    prefix.substring(0, slash + 1),
                    prefix,
                    names);
        }
        Collections.sort(names);
        return names;
    }

    private static void list(Path folder, String path, String prefix, List<String> names)
            throws IOException {
        String[] entries = folder.toFile().list();
        if (entries == null) {
            if (Files.isDirectory(folder)) {
                throw new FileSystemException(folder.toString(), null, "cannot be listed");
            }
            return;
        }
        for (String entry : entries) {
            String name = path + entry;
            boolean isWanted = name.startsWith(prefix);
            if (name.equals(TEMPORARY) || (!isWanted && !prefix.startsWith(name + "/"))) {
                continue;
            }
            if (entry.indexOf('.') < 0 && Files.isDirectory(folder.resolve(entry))) {
                list(folder.resolve(entry), name + "/", prefix, names);
            } else if (isWanted) {
                names.add(name);
            }
        }
    }

    /** Opens a published file for reading. */
    public HostFile open(String name) throws IOException {
        return new HostFile(resolve(name));
    }

    /** Opens a published file to give back parts of it. */
    public SparseFile openSparse(String name) throws IOException {
        return new SparseFile(resolve(name));
    }

    /** How many names a published file has. */
    public int names(String name) throws IOException {
        return (int) Files.getAttribute(resolve(name), "unix:nlink");
    }

    /** Whether files here can have {@linkplain #link several names}, and holes punched. */
    public synchronized boolean canPunch() throws IOException {
        if (canPunch == null) {
            canPunch = probePunching();
        }
        return canPunch;
    }

    private boolean probePunching() throws IOException {
        try {
            Path file = temporaryFolder().resolve(randomName());
            Path other = file.resolveSibling(randomName());
            try {
                Files.write(file, new byte[PROBE_BYTES]);
                Files.createLink(other, file);
                try (SparseFile probe = new SparseFile(file)) {
                    probe.punch(0, PROBE_BYTES);
                    return probe.allocatedBytes() == 0;
                }
            } finally {
                Files.deleteIfExists(other);
                Files.deleteIfExists(file);
            }
        } catch (UnsupportedOperationException | FileSystemException e) {
            return false;
        }
    }

    /**
     * Gives a published file a second name, durably.
     *
     * @throws FileAlreadyExistsException if the name is taken
     */
    public void link(String name, String other) throws IOException {
        Path target = resolve(other);
        makeFolders(parentOf(target));
        Files.createLink(target, resolve(name));
        sync(other);
    }

    /** Begins a file that nobody else sees. */
    public NewFile newFile() throws IOException {
        Path path = temporaryFolder().resolve(randomName());
        FileChannel channel =
                FileChannel.open(
                        path,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.CREATE_NEW);
        return new NewFile(this, path, channel);
    }

    /**
     * Gives a synced temporary file its name, durably.
     *
     * @throws FileAlreadyExistsException if the name is taken and {@code replace} is false
     */
    void publish(Path file, String name, boolean replace) throws IOException {
        place(file, name, replace);
        sync(name);
    }

    /** Makes the name of a file durable. */
    public void sync(String name) throws IOException {
        Folders.sync(resolve(name));
    }

    /**
     * Gives a temporary file its name, and leaves it to the system when that becomes durable.
     *
     * @throws FileAlreadyExistsException if the name is taken and {@code replace} is false
     */
    void place(Path file, String name, boolean replace) throws IOException {
        Path target = resolve(name);
        makeFolders(parentOf(target));
        if (replace) {
            Files.move(
                    file,
                    target,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } else {
            TargetNames.giveFree(file, target);
        }
    }

    /** Makes the names of files durable, whether they came or went. */
    public void syncAll(Collection<String> names) throws IOException {
        Set<Path> folders = new HashSet<>();
        for (String name : names) {
            Path path = resolve(name);
            if (folders.add(parentOf(path)) && Files.isDirectory(parentOf(path))) {
                Folders.sync(path);
            }
        }
    }

    /**
     * Removes a file, and leaves it to the system when that becomes durable; one that is not there
     * is no error.
     */
    public void remove(String name) throws IOException {
        Files.deleteIfExists(resolve(name));
    }

    /** Removes a file; one that is not there is no error. */
    public void delete(String name) throws IOException {
        Path path = resolve(name);
        if (Files.deleteIfExists(path)) {
            Folders.sync(path);
        }
    }

    /** Keeps every other thread and process out that asks for the same lock, until it is closed. */
    public Lock lock(String name) throws IOException {
        Path path = resolve(name);
        makeFolders(parentOf(path));
        ReentrantLock mutex = MUTEXES.computeIfAbsent(LockFile.of(path), _ -> new ReentrantLock());
        mutex.lock();
        try {
            FileChannel channel =
                    FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
            try {
                FileLock held = channel.lock();
                return new Lock(mutex, channel, held);
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            mutex.unlock();
            throw e;
        }
    }

    /** A lock that is held by this thread. */
    public static final class Lock implements Closeable {
        private final ReentrantLock mutex;
        private final FileChannel channel;
        private final FileLock held;

        private Lock(ReentrantLock mutex, FileChannel channel, FileLock held) {
            this.mutex = mutex;
            this.channel = channel;
            this.held = held;
        }

        @Override
        public void close() throws IOException {
            try {
                held.release();
                channel.close();
            } finally {
                mutex.unlock();
            }
        }
    }

    private static Path parentOf(Path path) {
        Path parent = path.getParent();
        if (parent == null) {
            throw new IllegalArgumentException(path + " has no folder");
        }
        return parent;
    }

    /** Makes a folder and those above it, and syncs the names. */
    private static void makeFolders(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        Path parent = folder.getParent();
        if (parent != null) {
            makeFolders(parent);
        }
        try {
            Files.createDirectory(folder);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder)) {
                throw e;
            }
        }
        Folders.sync(folder);
    }

    private synchronized Path temporaryFolder() throws IOException {
        Path known = temporary;
        if (known != null) {
            return known;
        }
        Path all = root.resolve(TEMPORARY);
        makeFolders(all);
        try (Lock _ = lock(TEMPORARY_LOCK)) {
            removeDead(all);
            return makeOwn(all);
        }
    }

    /** Which only must not be taken: a SecureRandom costs a command 8 ms. */
    private static String randomName() {
        return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    }

    /**
     * Called under the lock, so that nobody takes a folder whose lock is not held yet for a dead
     * process's.
     */
    private Path makeOwn(Path all) throws IOException {
        Path own = Files.createDirectory(all.resolve(randomName()));
        FileChannel channel =
                FileChannel.open(
                        own.resolve(LOCK), StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
        try {
            channel.lock();
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
        OWN.add(nameOf(own));
        temporaryLock = channel;
        temporary = own;
        return own;
    }

    private static void removeDead(Path all) throws IOException {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(all)) {
            for (Path folder : folders) {
                if (!OWN.contains(nameOf(folder)) && isDead(folder)) {
                    deleteTree(folder);
                }
            }
        }
    }

    private static String nameOf(Path path) {
        return String.valueOf(path.getFileName());
    }

    private static boolean isDead(Path folder) {
        try (FileChannel channel =
                        FileChannel.open(folder.resolve(LOCK), StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            return lock != null;
        } catch (NoSuchFileException e) {
            // Its process died before it made the lock.
            return true;
        } catch (IOException e) {
            // Not ours to touch.
            return false;
        }
    }

    /** Another process may be deleting the same folder: what is gone already is no failure. */
    private static void deleteTree(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (NoSuchFileException e) {
            // Its owner was faster.
        } catch (UncheckedIOException e) {
            IOException cause = e.getCause();
            if (!(cause instanceof NoSuchFileException)) {
                throw cause == null ? new IOException(e) : cause;
            }
        }
    }

    @Override
    public synchronized void close() throws IOException {
        Path own = temporary;
        FileChannel channel = temporaryLock;
        temporary = null;
        temporaryLock = null;
        if (own == null || channel == null) {
            return;
        }
        try (channel) {
            deleteTree(own);
        } finally {
            OWN.remove(nameOf(own));
        }
    }
}

package dev.quarry.storage;

import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;

/** A regular file or block device, read with {@code pread}. */
public final class FileStorage implements Storage {

    /** Bytes asked of the kernel at once; the JDK takes an int. */
    private static final int READ_BYTES_MAX = 1 << 30;

    private final Path path;
    private final FileChannel channel;
    private final long size;
    private final @Nullable Object fileKey;
    private final boolean regular;

    /**
     * Data and hole that were walked over last. A file in memory has no list of its extents: the
     * kernel looks at every page up to where they end, each time it is asked, and the pages that
     * make room for a file count as holes.
     */
    private volatile Run lastData = new Run(0, 0);

    private volatile Run lastHole = new Run(0, 0);

    /**
     * A range of the file that is all data, or all hole.
     *
     * @param end where the other kind begins, or the file ends
     */
    private record Run(long start, long end) {
        boolean contains(long position) {
            return position >= start && position < end;
        }
    }

    /** For lseek and statx; -1 unknown yet, -2 not to be had. Guarded by this. */
    private int descriptor = -1;

    private FileStorage(Path path, FileChannel channel, BasicFileAttributes attributes)
            throws IOException {
        this.path = path;
        this.channel = channel;
        this.size = channel.size();
        this.fileKey = attributes.fileKey();
        this.regular = attributes.isRegularFile();
    }

    /**
     * Opens a file for reading, following links.
     *
     * @throws FileSystemException if it is neither a regular file nor a block device: reading a
     *     pipe would wait for ever
     */
    public static FileStorage open(Path path) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        if (attributes.isDirectory()) {
            throw new FileSystemException(path.toString(), null, "is a folder, not an image");
        }
        if (attributes.isOther() && !isBlockDevice(path)) {
            throw new FileSystemException(
                    path.toString(), null, "is neither a regular file nor a block device");
        }
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            return new FileStorage(path, channel, attributes);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Begins to load, beside whatever else is done, what looking for holes needs: 10 to 15 ms that
     * the first look would take.
     */
    public static void prepareHoles() {
        Linux.linkAhead();
    }

    /** Whether the path names a block device, by the type bits of its mode. */
    static boolean isBlockDevice(Path path) throws IOException {
        Object mode = Files.getAttribute(path, "unix:mode");
        return mode instanceof Integer bits && (bits & 0170000) == 0060000;
    }

    public Path path() {
        return path;
    }

    /** What the host knows the file by, or null if it does not say. */
    @Nullable Object fileKey() {
        return fileKey;
    }

    @Override
    public List<FileStorage> files() {
        return List.of(this);
    }

    /** Whether two storages read the same file, whatever names they were opened by. */
    public boolean isSameFile(FileStorage other) {
        return fileKey != null && Objects.equals(fileKey, other.fileKey);
    }

    @Override
    public String name() {
        return path.toString();
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void read(long position, MemorySegment target) throws IOException {
        long done = 0;
        long length = target.byteSize();
        while (done < length) {
            long step = Math.min(length - done, READ_BYTES_MAX);
            ByteBuffer buffer = target.asSlice(done, step).asByteBuffer();
            int got = channel.read(buffer, position + done);
            if (got <= 0) {
                throw new EOFException(
                        "ends at 0x"
                                + Long.toHexString(position + done)
                                + ", but 0x"
                                + Long.toHexString(length - done)
                                + " more bytes should be there: "
                                + name());
            }
            done += got;
        }
    }

    @Override
    public long nextData(long position, long limit) {
        if (lastData.contains(position)) {
            return Math.min(position, limit);
        }
        Run hole = lastHole;
        if (!hole.contains(position)) {
            hole = new Run(position, seek(position, limit, Linux.SEEK_DATA, position));
            lastHole = hole;
        }
        return Math.min(hole.end(), limit);
    }

    @Override
    public long nextHole(long position, long limit) {
        Run data = lastData;
        if (!data.contains(position)) {
            data = new Run(position, seek(position, limit, Linux.SEEK_HOLE, limit));
            lastData = data;
        }
        return Math.min(data.end(), limit);
    }

    private long seek(long position, long limit, int whence, long unknown) {
        if (position >= limit || !regular) {
            return Math.min(unknown, limit);
        }
        int open = descriptor();
        long found = open < 0 ? -1 : Linux.seek(open, position, whence);
        return found < 0 ? unknown : found;
    }

    @Override
    public long allocatedBytes() throws IOException {
        long allocated = Linux.allocatedBytes(descriptor());
        return allocated < 0 ? size : allocated;
    }

    /**
     * A descriptor of the same file, opened when first needed. The JDK does not give out its own.
     * The path may name another file by now: then there is none, and everything counts as data.
     */
    private synchronized int descriptor() {
        if (descriptor == -1) {
            int opened = Linux.open(path.toAbsolutePath(), false);
            if (opened >= 0 && !isThisFile(opened)) {
                Linux.close(opened);
                opened = -1;
            }
            descriptor = opened < 0 ? -2 : opened;
        }
        return descriptor;
    }

    private boolean isThisFile(int opened) {
        try {
            Object key =
                    Files.readAttributes(
                                    Path.of("/proc/self/fd/" + opened), BasicFileAttributes.class)
                            .fileKey();
            return key != null && key.equals(fileKey);
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public Storage openSibling(String fileName) throws IOException {
        if (fileName.isEmpty()
                || fileName.contains("/")
                || fileName.indexOf('\0') >= 0
                || fileName.equals(".")
                || fileName.equals("..")) {
            throw new FileSystemException(fileName, null, "is no plain file name beside " + path);
        }
        Path folder = path.toRealPath().getParent();
        Path sibling = path.toAbsolutePath().resolveSibling(fileName);
        if (Files.isSymbolicLink(sibling)
                && !sibling.toRealPath().startsWith(Objects.requireNonNull(folder))) {
            throw new FileSystemException(
                    sibling.toString(), null, "is a link that leaves the folder of " + path);
        }
        return open(sibling);
    }

    @Override
    public synchronized void close() throws IOException {
        if (descriptor >= 0) {
            Linux.close(descriptor);
            descriptor = -2;
        }
        channel.close();
    }

    @Override
    public String toString() {
        return "FileStorage(" + path + ")";
    }
}

package dev.quarry.storage;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Set;

/**
 * A host file or block device to be written, at any positions, by several threads at once on ranges
 * that do not overlap.
 *
 * <p>A new file stands under a temporary name beside its own until {@link #commit} renames it, and
 * is deleted by {@link #close} before that. It reads as zeros where nothing was written. An
 * {@linkplain #openExisting existing} file or device is written in place, and its old content shows
 * wherever nothing is written or zeroed.
 */
public final class OutputFile implements Closeable {

    private static final int WRITE_BYTES_MAX = 1 << 30;

    /** Zeros written between two looks at whether to go on. */
    private static final long FILL_BYTES = 16 << 20;

    private final Path path;
    private final @Nullable Path temporary;
    private final FileChannel channel;
    private final boolean device;

    /**
     * Of a view: position in the file that is 0 here; the file is another's to commit and close.
     */
    private final long start;

    private final boolean isPart;

    /** What this file and those beside it may not replace. */
    private final SourceFiles sources;

    private final Naming naming;

    /** Owner, group and permissions of the file that this one replaces, if there is one. */
    private final @Nullable PosixFileAttributes replaced;

    private int descriptor;
    private boolean isPublished;
    private Filling filling = bytes -> {};

    /** What becomes of a file that has the name of a new one when that is committed. */
    private enum Naming {
        /** It gives way. */
        REPLACING,
        /** It stays, and the new one is refused. */
        EXCLUSIVE
    }

    /** Hears of zeros that are written to make room, which may take minutes. */
    @FunctionalInterface
    public interface Filling {

        /**
         * @param bytes that were written since the last call
         * @throws IOException to end the work
         */
        void filled(long bytes) throws IOException;
    }

    private OutputFile(
            Path path,
            @Nullable Path temporary,
            FileChannel channel,
            boolean device,
            int descriptor,
            SourceFiles sources,
            Naming naming,
            @Nullable PosixFileAttributes replaced) {
        this.path = path;
        this.temporary = temporary;
        this.channel = channel;
        this.device = device;
        this.descriptor = descriptor;
        this.start = 0;
        this.isPart = false;
        this.sources = sources;
        this.naming = naming;
        this.replaced = replaced;
    }

    /** A view of a new file. */
    private OutputFile(OutputFile whole, long start, Path path) {
        if (!whole.isFresh()) {
            throw new IllegalArgumentException("views are of new files");
        }
        this.path = path;
        this.temporary = whole.temporary;
        this.channel = whole.channel;
        this.device = false;
        this.descriptor = -1;
        this.start = whole.start + start;
        this.isPart = true;
        this.sources = whole.sources;
        this.naming = whole.naming;
        this.replaced = whole.replaced;
    }

    /**
     * Begins a new file that will replace what {@code path} names now, and take over its owner and
     * permissions; a link there is followed, to a file that is not there as well.
     *
     * @throws FileSystemException if the path names something else than a regular file, or one that
     *     another program has open for writing
     */
    public static OutputFile create(Path path) throws IOException {
        return create(path, SourceFiles.none());
    }

    /**
     * The same.
     *
     * @param sources which neither it nor a {@link #newSibling} may replace
     */
    public static OutputFile create(Path path, SourceFiles sources) throws IOException {
        return create(path, sources, Naming.REPLACING);
    }

    /**
     * Begins a new file that never takes the place of another: {@link #commit} refuses a name that
     * somebody else has by then.
     */
    public static OutputFile createExclusive(Path path) throws IOException {
        return create(path, SourceFiles.none(), Naming.EXCLUSIVE);
    }

    private static OutputFile create(Path path, SourceFiles sources, Naming naming)
            throws IOException {
        sources.refuse(path);
        Path real = TargetNames.real(path);
        if (Files.exists(real) && !Files.isRegularFile(real)) {
            throw new FileSystemException(path.toString(), null, "is there and is no regular file");
        }
        if (real.getFileName() == null) {
            throw new FileSystemException(path.toString(), null, "is no file name");
        }
        TargetNames.requireShort(real);
        if (naming == Naming.REPLACING) {
            QemuLocks.refuseInUse(real);
        }
        PosixFileAttributes replaced = naming == Naming.REPLACING ? FileRights.of(real) : null;
        while (true) {
            Path temporary = TargetNames.temporary(real);
            try {
                FileChannel channel =
                        FileChannel.open(
                                temporary,
                                Set.of(
                                        StandardOpenOption.READ,
                                        StandardOpenOption.WRITE,
                                        StandardOpenOption.CREATE_NEW),
                                FileRights.ofSuccessor(replaced));
                return new OutputFile(
                        real, temporary, channel, false, -1, sources, naming, replaced);
            } catch (FileAlreadyExistsException e) {
                // Somebody else's; there is another name.
            } catch (FileSystemException e) {
                throw TargetNames.namingFolder(e, real);
            }
        }
    }

    /** Makes the name of a file or folder durable. */
    public static void syncName(Path path) throws IOException {
        Folders.sync(path);
    }

    /**
     * Opens a file or block device that is there, to be written in place, and holds QEMU's locks on
     * it until it is closed.
     *
     * @throws FileSystemException if another program has it open
     */
    public static OutputFile openExisting(Path path) throws IOException {
        boolean device = FileStorage.isBlockDevice(path);
        if (!device && !Files.isRegularFile(path)) {
            throw new FileSystemException(
                    path.toString(), null, "is neither a regular file nor a block device");
        }
        FileChannel channel =
                FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        OutputFile file =
                new OutputFile(
                        path,
                        null,
                        channel,
                        device,
                        Linux.open(path.toAbsolutePath(), true),
                        SourceFiles.none(),
                        Naming.REPLACING,
                        null);
        try {
            QemuLocks.take(path, file.descriptor);
        } catch (FileSystemException e) {
            file.close();
            throw e;
        }
        return file;
    }

    /** Says who hears of what {@link #preallocate} writes. */
    public void onFilling(Filling listener) {
        filling = listener;
    }

    /** Ends messages about this file. */
    public String name() {
        return path.toString();
    }

    /** The name that the file has, or will have once it is committed. */
    public Path path() {
        return path;
    }

    /** Whether unwritten ranges read as zeros: it is a new file. */
    public boolean isFresh() {
        return temporary != null;
    }

    public boolean isDevice() {
        return device;
    }

    public long size() throws IOException {
        return Math.max(0, channel.size() - start);
    }

    /**
     * Makes a regular file at least this long; the new part reads as zeros.
     *
     * @throws FileSystemException if a device is smaller
     */
    public void extendTo(long size) throws IOException {
        long now = size();
        if (now >= size) {
            return;
        }
        if (device) {
            throw new FileSystemException(
                    path.toString(),
                    null,
                    "the device has " + now + " bytes, and " + size + " are needed");
        }
        if (temporary != null) {
            // Unlike a byte written at the end, this leaves a file that is all hole.
            try (RandomAccessFile file = new RandomAccessFile(temporary.toFile(), "rw")) {
                file.setLength(start + size);
            }
            return;
        }
        write(size - 1, MemorySegment.ofArray(new byte[1]));
    }

    /** Writes all of {@code source} at {@code position}. */
    public void write(long position, MemorySegment source) throws IOException {
        long done = 0;
        long length = source.byteSize();
        while (done < length) {
            ByteBuffer buffer =
                    source.asSlice(done, Math.min(length - done, WRITE_BYTES_MAX)).asByteBuffer();
            done += channel.write(buffer, start + position + done);
        }
    }

    /**
     * Fills {@code target} from what was written; used by writers that go back to their own tables.
     */
    public void read(long position, MemorySegment target) throws IOException {
        ByteBuffer buffer = target.asByteBuffer();
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, start + position + buffer.position()) < 0) {
                buffer.put((byte) 0);
            }
        }
    }

    /**
     * Makes a range read as zeros. On a fresh file this does nothing: the caller has not written
     * there.
     */
    public void zero(long position, long length) throws IOException {
        if (isFresh() || length == 0) {
            return;
        }
        if (length <= Zeros.BYTES || !zeroByKernel(position, length)) {
            writeZeros(position, length);
        }
    }

    /**
     * Copies a range of another file to the same place in this one: in the kernel, which shares the
     * blocks where the file system can.
     *
     * @throws EOFException if the other file ends before
     */
    public void copyFrom(FileStorage source, long position, long length) throws IOException {
        try (FileChannel from = FileChannel.open(source.path(), StandardOpenOption.READ)) {
            long done = 0;
            while (done < length) {
                channel.position(start + position + done);
                long part = Math.min(length - done, WRITE_BYTES_MAX);
                long copied = from.transferTo(position + done, part, channel);
                if (copied <= 0) {
                    throw new EOFException("became shorter while it was copied: " + source.name());
                }
                done += copied;
            }
        }
    }

    /**
     * Opens what was written so far, for reading; the caller closes it. Not for a part of a file.
     */
    public Storage openWritten() throws IOException {
        if (isPart) {
            throw new IllegalStateException("a part of " + path + " is not opened by itself");
        }
        return FileStorage.open(temporary == null ? path : temporary);
    }

    /**
     * Makes room for a range that will be written, and makes it read as zeros.
     *
     * @param how METADATA costs a new file nothing
     */
    public void preallocate(long position, long length, Preallocation how) throws IOException {
        if (how == Preallocation.OFF || length == 0) {
            return;
        }
        boolean done =
                switch (how) {
                    case FALLOC -> !device && allocateByKernel(position, length);
                    case FULL -> false;
                    default -> true;
                };
        if (!done) {
            fill(position, length);
        } else if (how == Preallocation.FALLOC && !isFresh()) {
            // Not by a hole, which would give the blocks back.
            if (!Linux.zeroRange(descriptor, position, length)) {
                fill(position, length);
            }
        } else {
            zero(position, length);
        }
    }

    private void fill(long position, long length) throws IOException {
        for (long done = 0; done < length; ) {
            long step = Math.min(length - done, FILL_BYTES);
            writeZeros(position + done, step);
            done += step;
            filling.filled(step);
        }
    }

    private boolean allocateByKernel(long position, long length) {
        Path there = temporary == null ? path : temporary;
        int opened = Linux.open(there.toAbsolutePath(), true);
        try {
            return Linux.allocate(opened, start + position, length);
        } finally {
            if (opened >= 0) {
                Linux.close(opened);
            }
        }
    }

    private boolean zeroByKernel(long position, long length) {
        return device
                ? Linux.zeroRange(descriptor, position, length)
                : Linux.punchHole(descriptor, position, length)
                        || Linux.zeroRange(descriptor, position, length);
    }

    private void writeZeros(long position, long length) throws IOException {
        for (long done = 0; done < length; ) {
            long step = Math.min(length - done, Zeros.BYTES);
            write(position + done, Zeros.BLOCK.asSlice(0, step));
            done += step;
        }
    }

    /** Made when the first is needed: most targets are new files, which need none. */
    private static final class Zeros {
        /**
         * Zeros written at once, and the length up to which they are written rather than asked of
         * the kernel: a small range costs a file system's journal, or a device's round trip, more
         * than its bytes.
         */
        static final int BYTES = 256 << 10;

        static final MemorySegment BLOCK = Arena.global().allocate(BYTES).asReadOnly();

        private Zeros() {}
    }

    /**
     * Begins another new file beside this one, which has a part of the same image.
     *
     * @param fileName a bare name, which a regular file that is there gives up at the commit
     * @throws FileSystemException if the name is a link: the part would lie elsewhere, under
     *     another name than the image gives it
     */
    public OutputFile newSibling(String fileName) throws IOException {
        Path sibling = path.resolveSibling(fileName);
        if (Files.isSymbolicLink(sibling)) {
            throw new FileSystemException(
                    sibling.toString(),
                    null,
                    "is a link, and a part of an image lies beside it under its own name");
        }
        return create(sibling, sources, naming);
    }

    /**
     * A view of this new file from a position on, for an image within it. Committing or closing the
     * view does nothing: that is left to this file.
     *
     * @param start position of this file that is 0 in the view
     * @param name of the image, beside this file's
     */
    public OutputFile part(long start, String name) {
        return new OutputFile(this, start, path.resolveSibling(name));
    }

    /**
     * This new file as one that is there, to be changed in place before it gets its name.
     * Committing it makes it durable and leaves the name to this file; the caller closes it.
     */
    public OutputFile editable() throws IOException {
        if (temporary == null || isPart) {
            throw new IllegalStateException(path + " is no new file");
        }
        return new OutputFile(
                temporary,
                null,
                FileChannel.open(temporary, StandardOpenOption.READ, StandardOpenOption.WRITE),
                false,
                Linux.open(temporary, true),
                sources,
                naming,
                null);
    }

    /** Makes what was written durable, still without a name. */
    public void sync() throws IOException {
        channel.force(true);
    }

    /**
     * Cuts a regular file.
     *
     * @param size bytes to be left; nothing happens if it is no longer
     */
    public void truncate(long size) throws IOException {
        if (!device) {
            channel.truncate(size);
        }
    }

    /**
     * This file to be read while it is written. Its size is the file's own at each moment, all of
     * it counts as data, and closing it does nothing.
     */
    public Storage storage() {
        return new OutputStorage(this);
    }

    /**
     * Makes everything durable and, for a new file, gives it its name.
     *
     * @throws FileAlreadyExistsException if the file is exclusive and the name is taken
     */
    public void commit() throws IOException {
        if (isPart) {
            return;
        }
        if (temporary != null && replaced != null) {
            FileRights.handDown(replaced, temporary);
        }
        channel.force(true);
        if (temporary == null) {
            return;
        }
        giveName(temporary);
        isPublished = true;
        Folders.sync(path);
    }

    private void giveName(Path unnamed) throws IOException {
        try {
            if (naming == Naming.EXCLUSIVE) {
                TargetNames.giveFree(unnamed, path);
            } else {
                // Again: somebody may have opened it meanwhile.
                QemuLocks.refuseInUse(path);
                Files.move(
                        unnamed,
                        path,
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (FileAlreadyExistsException e) {
            throw new FileAlreadyExistsException(
                    path.toString(), null, "is there already: it was made meanwhile");
        } catch (FileSystemException e) {
            throw TargetNames.naming(e, path);
        }
    }

    /** Whether it is a new file that {@link #commit} has given its name. */
    public boolean isPublished() {
        return isPublished;
    }

    @Override
    public void close() throws IOException {
        if (isPart) {
            return;
        }
        if (descriptor >= 0) {
            Linux.close(descriptor);
            descriptor = -1;
        }
        channel.close();
        if (temporary != null && !isPublished) {
            Files.deleteIfExists(temporary);
        }
    }
}

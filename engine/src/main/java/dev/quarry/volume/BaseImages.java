package dev.quarry.volume;

import dev.quarry.block.BlockTarget;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.storage.HostFolder;
import dev.quarry.storage.NewFile;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Read-only raw disks that overlays stand on, one for each snapshot root. Whoever needs one first
 * makes it, under a temporary name; the first who is done gives it the name, durably, and it is
 * never replaced. Safe between threads and processes.
 */
public final class BaseImages {

    /** Each time a collection has taken away what was just made: more is no coincidence. */
    private static final int ATTEMPTS_MAX = 10;

    private final Path folder;
    private final VolumeContent content;

    /**
     * @param folder made when the first base is
     */
    public BaseImages(Path folder, VolumeContent content) {
        this.folder = folder.toAbsolutePath().normalize();
        this.content = content;
    }

    /**
     * The base for a snapshot, made if it is not there.
     *
     * @param root of the snapshot, in hex
     * @param sizeBytes of the snapshot
     * @return its absolute path
     */
    public Path base(String root, long sizeBytes, ProgressListener listener, CancelToken cancel)
            throws IOException {
        String name = root + ".raw";
        Path path = folder.resolve(name);
        for (int attempt = 1; ; attempt++) {
            if (!Files.exists(path)) {
                make(name, root, sizeBytes, listener, cancel);
            }
            try {
                check(path, sizeBytes);
                listener.progress(sizeBytes, sizeBytes);
                return path;
            } catch (NoSuchFileException e) {
                // A collection has taken it away: no recorded volume stood on it.
                if (attempt == ATTEMPTS_MAX) {
                    throw e;
                }
            }
        }
    }

    private static void check(Path path, long sizeBytes) throws IOException {
        BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class);
        if (!found.isRegularFile() || found.size() != sizeBytes) {
            throw new FileSystemException(
                    path.toString(),
                    null,
                    "is not the base of "
                            + sizeBytes
                            + " bytes that it should be; delete it if nothing uses it");
        }
        // A base that was made a moment before a crash may lack it.
        if (Files.isWritable(path) && !path.toFile().setReadOnly()) {
            if (!Files.exists(path)) {
                throw new NoSuchFileException(path.toString());
            }
            throw new FileSystemException(path.toString(), null, "cannot be made read-only");
        }
    }

    private void make(
            String name, String root, long sizeBytes, ProgressListener listener, CancelToken cancel)
            throws IOException {
        try (HostFolder host = new HostFolder(folder);
                NewFile file = host.newFile()) {
            content.rebuild(root, new Target(file, sizeBytes), listener, cancel);
            file.seal();
            file.publish(name, false);
        } catch (FileAlreadyExistsException _) {
            // Another launch was faster: its base has the same content.
        }
    }

    /**
     * A new file as a disk: what is not written reads as zeros. Committed and closed by its maker.
     */
    private static final class Target implements BlockTarget {
        private final NewFile file;
        private final long size;

        Target(NewFile file, long size) throws IOException {
            this.file = file;
            this.size = size;
            if (size > 0) {
                file.write(size - 1, MemorySegment.ofArray(new byte[1]));
            }
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public void write(long offset, MemorySegment source) throws IOException {
            checkRange(offset, source.byteSize());
            file.write(offset, source);
        }

        @Override
        public void zero(long offset, long length) {
            checkRange(offset, length);
        }

        private void checkRange(long offset, long length) {
            if (offset < 0 || length < 0 || offset > size - length) {
                throw new IndexOutOfBoundsException(length + " bytes at " + offset + " of " + size);
            }
        }

        @Override
        public void commit() {
            throw new IllegalStateException("a base is published, not committed");
        }

        @Override
        public void close() {}
    }
}

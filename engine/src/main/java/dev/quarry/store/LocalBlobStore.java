package dev.quarry.store;

import dev.quarry.job.CancelToken;
import dev.quarry.job.Workers;
import dev.quarry.storage.HostFile;
import dev.quarry.storage.HostFolder;
import dev.quarry.storage.NewFile;
import dev.quarry.storage.SparseFile;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Blobs and documents as files of a local folder. A document's version is its content; writers of
 * documents exclude one another by a lock on {@code documents.lock}, readers never wait.
 */
public final class LocalBlobStore implements BlobStore {

    private static final String LOCK = "documents.lock";

    /** Bytes of a document at most: two million names of packs, more than a store has. */
    private static final int DOCUMENT_BYTES_MAX = 64 << 20;

    /** What a file system needs to find the parts of a file is less than this part of it. */
    private static final int SLACK_PART = 64;

    private final HostFolder folder;

    public LocalBlobStore(Path root) {
        this.folder = new HostFolder(root);
    }

    @Override
    public String name() {
        return folder.root().toString();
    }

    @Override
    public Optional<Document> readDocument(String name) throws IOException {
        Optional<byte[]> bytes = folder.read(name, DOCUMENT_BYTES_MAX + 1);
        if (bytes.isPresent() && bytes.get().length > DOCUMENT_BYTES_MAX) {
            throw new StoreException(
                    StoreException.Kind.CORRUPT,
                    "document exceeds " + DOCUMENT_BYTES_MAX + " bytes: " + name + " in " + name());
        }
        return bytes.map(content -> new Document(content, version(content)));
    }

    /** The content, each byte a character: a digest costs a cold JVM 10 ms, and tells no more. */
    private static String version(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    @Override
    public boolean isReadOnly() {
        return !Files.isWritable(folder.root());
    }

    /** Whether a document must survive a crash of the machine. */
    private enum Durability {
        DURABLE,
        TRANSIENT
    }

    @Override
    public String createDocument(String name, byte[] bytes) throws IOException {
        return create(name, bytes, Durability.DURABLE);
    }

    @Override
    public String createTransient(String name, byte[] bytes) throws IOException {
        return create(name, bytes, Durability.TRANSIENT);
    }

    @Override
    public String replaceDocument(String name, byte[] bytes, String version) throws IOException {
        return replace(name, bytes, version, Durability.DURABLE);
    }

    @Override
    public String replaceTransient(String name, byte[] bytes, String version) throws IOException {
        return replace(name, bytes, version, Durability.TRANSIENT);
    }

    private String create(String name, byte[] bytes, Durability durability) throws IOException {
        try (NewFile file = sealed(bytes)) {
            try (HostFolder.Lock _ = folder.lock(LOCK)) {
                file.place(name, false);
            }
            settle(name, durability);
            return version(bytes);
        } catch (FileAlreadyExistsException e) {
            throw new BlobConflictException(name, "is there already");
        }
    }

    private String replace(String name, byte[] bytes, String version, Durability durability)
            throws IOException {
        try (NewFile file = sealed(bytes)) {
            try (HostFolder.Lock _ = folder.lock(LOCK)) {
                Optional<Document> now = readDocument(name);
                if (now.isEmpty()) {
                    throw new BlobConflictException(name, "is not there any more");
                }
                if (!now.get().version().equals(version)) {
                    throw new BlobConflictException(name, "was changed by another writer");
                }
                file.place(name, true);
            }
            settle(name, durability);
            return version(bytes);
        }
    }

    /**
     * Comes before the lock and waits for the medium: under the lock is only what takes no time, so
     * that nobody waits for another's disk, and hardly ever for a process that was stopped.
     */
    private NewFile sealed(byte[] bytes) throws IOException {
        NewFile file = folder.newFile();
        try {
            file.write(0, MemorySegment.ofArray(bytes));
            file.seal();
            return file;
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private void settle(String name, Durability durability) throws IOException {
        if (durability == Durability.DURABLE) {
            folder.sync(name);
        }
    }

    @Override
    public List<String> list(String prefix) throws IOException {
        return folder.list(prefix);
    }

    @Override
    public BlobWriter newBlob() throws IOException {
        return new LocalWriter(folder.newFile());
    }

    @Override
    public Blob open(String name) throws IOException {
        return new LocalBlob(folder.open(name));
    }

    @Override
    public void delete(String name) throws IOException {
        folder.delete(name);
    }

    /** Large files take the system its time: several threads give back what they had. */
    @Override
    public void deleteAll(Collection<String> names) throws IOException {
        List<String> all = List.copyOf(names);
        Workers.run(
                "quarry-delete",
                all.size(),
                Workers.defaultThreads(),
                new CancelToken(),
                () -> index -> folder.remove(all.get((int) index)));
        folder.syncAll(all);
    }

    @Override
    public void settle(Collection<String> names) throws IOException {
        folder.syncAll(names);
    }

    @Override
    public boolean deleteIf(String name, Condition condition) throws IOException {
        try (HostFolder.Lock _ = folder.lock(LOCK)) {
            if (!condition.holds()) {
                return false;
            }
            folder.remove(name);
        }
        settle(List.of(name));
        return true;
    }

    @Override
    public boolean placeIf(BlobWriter sealed, String name, Condition condition) throws IOException {
        try (HostFolder.Lock _ = folder.lock(LOCK)) {
            return BlobStore.super.placeIf(sealed, name, condition);
        }
    }

    @Override
    public boolean canDiscard(String name) throws IOException {
        return folder.canPunch() && folder.names(name) == 1;
    }

    @Override
    public void share(String name, String other) throws IOException {
        try {
            folder.link(name, other);
        } catch (FileAlreadyExistsException e) {
            throw new BlobConflictException(other, "is there already");
        }
    }

    @Override
    public void discard(String name, long bytes, List<Range> ranges) throws IOException {
        try (SparseFile file = folder.openSparse(name)) {
            if (folder.names(name) > 1 || file.allocatedBytes() <= bytes + bytes / SLACK_PART) {
                return;
            }
            for (Range range : ranges) {
                file.punch(range.position(), range.bytes());
            }
        }
    }

    @Override
    public void close() throws IOException {
        folder.close();
    }

    private static final class LocalWriter implements BlobWriter {
        private final NewFile file;

        LocalWriter(NewFile file) {
            this.file = file;
        }

        @Override
        public void write(long position, MemorySegment source) throws IOException {
            file.write(position, source);
        }

        @Override
        public void seal() throws IOException {
            file.seal();
        }

        @Override
        public Blob open() throws IOException {
            return new LocalBlob(file.open());
        }

        @Override
        public void publish(String name) throws IOException {
            try {
                file.publish(name, false);
            } catch (FileAlreadyExistsException e) {
                throw new BlobConflictException(name, "is there already");
            }
        }

        @Override
        public void place(String name) throws IOException {
            try {
                file.place(name, false);
            } catch (FileAlreadyExistsException e) {
                throw new BlobConflictException(name, "is there already");
            }
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    private static final class LocalBlob implements Blob {
        private final HostFile file;

        LocalBlob(HostFile file) {
            this.file = file;
        }

        @Override
        public long size() {
            return file.size();
        }

        @Override
        public void read(long position, MemorySegment target) throws IOException {
            file.read(position, target);
        }

        @Override
        public MemorySegment view(long position, long length, Arena arena) throws IOException {
            return file.map(position, length, arena);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}

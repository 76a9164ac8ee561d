package dev.quarry.store;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A store in memory, for tests of what stands on stores. Versions are numbers that never come
 * again.
 */
public final class MemoryBlobStore implements BlobStore {

    private record Entry(byte[] bytes, String version) {}

    private final TreeMap<String, Entry> entries = new TreeMap<>();
    private final boolean canDiscard;

    public MemoryBlobStore() {
        this(false);
    }

    /**
     * @param canDiscard whether parts of blobs can be given back
     */
    public MemoryBlobStore(boolean canDiscard) {
        this.canDiscard = canDiscard;
    }

    /** Another with the same content. */
    public synchronized MemoryBlobStore copy() {
        MemoryBlobStore copy = new MemoryBlobStore(canDiscard);
        entries.forEach((name, entry) ->
                copy.entries.put(name, new Entry(entry.bytes().clone(), entry.version())));
        return copy;
    }

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public synchronized Optional<Document> readDocument(String name) {
        Entry entry = entries.get(name);
        return entry == null
                ? Optional.empty()
                : Optional.of(new Document(entry.bytes().clone(), entry.version()));
    }

    @Override
    public synchronized String createDocument(String name, byte[] bytes)
            throws BlobConflictException {
        if (entries.containsKey(name)) {
            throw new BlobConflictException(name, "is there already");
        }
        return put(name, bytes);
    }

    @Override
    public synchronized String replaceDocument(String name, byte[] bytes, String version)
            throws BlobConflictException {
        Entry entry = entries.get(name);
        if (entry == null || !entry.version().equals(version)) {
            throw new BlobConflictException(name, "is not as it was read");
        }
        return put(name, bytes);
    }

    private String put(String name, byte[] bytes) {
        String version = HexFormat.of().formatHex(bytes);
        entries.put(name, new Entry(bytes.clone(), version));
        return version;
    }

    @Override
    public synchronized List<String> list(String prefix) {
        List<String> names = new ArrayList<>();
        for (String name : entries.tailMap(prefix).keySet()) {
            if (!name.startsWith(prefix)) {
                break;
            }
            names.add(name);
        }
        return names;
    }

    @Override
    public BlobWriter newBlob() {
        return new Writer();
    }

    @Override
    public synchronized Blob open(String name) throws IOException {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new NoSuchFileException(name);
        }
        return new MemoryBlob(entry.bytes());
    }

    @Override
    public synchronized void delete(String name) {
        entries.remove(name);
    }

    @Override
    public synchronized boolean deleteIf(String name, Condition condition) throws IOException {
        return BlobStore.super.deleteIf(name, condition);
    }

    /** A blob that has several names has one array. */
    @SuppressWarnings("ReferenceEquality")
    private long names(byte[] bytes) {
        return entries.values().stream().filter(entry -> entry.bytes() == bytes).count();
    }

    private Entry entry(String name) throws NoSuchFileException {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new NoSuchFileException(name);
        }
        return entry;
    }

    @Override
    public synchronized boolean canDiscard(String name) throws IOException {
        return canDiscard && names(entry(name).bytes()) == 1;
    }

    @Override
    public synchronized void share(String name, String other) throws IOException {
        if (entries.putIfAbsent(other, entry(name)) != null) {
            throw new BlobConflictException(other, "is there already");
        }
    }

    /** Seen by those who have opened it, as with a file. */
    @Override
    public synchronized void discard(String name, long bytes, List<Range> ranges)
            throws IOException {
        byte[] all = entry(name).bytes();
        if (names(all) == 1) {
            for (Range range : ranges) {
                Arrays.fill(all, (int) range.position(), (int) range.end(), (byte) 0);
            }
        }
    }

    @Override
    public synchronized boolean placeIf(BlobWriter sealed, String name, Condition condition)
            throws IOException {
        return BlobStore.super.placeIf(sealed, name, condition);
    }

    @Override
    public void close() {}

    private final class Writer implements BlobWriter {
        private byte[] bytes = {};

        @Override
        public synchronized void write(long position, MemorySegment source) {
            int end = Math.toIntExact(position + source.byteSize());
            if (end > bytes.length) {
                bytes = Arrays.copyOf(bytes, end);
            }
            MemorySegment.ofArray(bytes).asSlice(position, source.byteSize()).copyFrom(source);
        }

        @Override
        public void seal() {}

        @Override
        public Blob open() {
            return new MemoryBlob(bytes);
        }

        @Override
        public void publish(String name) throws IOException {
            createDocument(name, bytes);
        }

        @Override
        public void close() {}
    }

    private static final class MemoryBlob implements Blob {
        private final byte[] bytes;

        MemoryBlob(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public void read(long position, MemorySegment target) {
            target.copyFrom(view(position, target.byteSize(), Arena.global()));
        }

        @Override
        public MemorySegment view(long position, long length, Arena arena) {
            return MemorySegment.ofArray(bytes).asSlice(position, length).asReadOnly();
        }

        @Override
        public void close() {}
    }
}

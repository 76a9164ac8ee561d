package dev.quarry.store;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Gives every document a checksum when it is written and compares it when it is read; blobs have
 * checksums of their own and pass through. Everything above {@link ChunkStore} sees a store through
 * this layer, or where it is encrypted through {@link EncryptedBlobStore}.
 */
final class CheckedBlobStore implements BlobStore {

    private final BlobStore inner;

    /**
     * @param inner is closed with this one
     */
    CheckedBlobStore(BlobStore inner) {
        this.inner = inner;
    }

    @Override
    public String name() {
        return inner.name();
    }

    /**
     * Reads a document.
     *
     * @throws StoreException of kind CORRUPT if it is not what was written
     */
    @Override
    public Optional<Document> readDocument(String name) throws IOException {
        Optional<Document> stored = inner.readDocument(name);
        return stored.isEmpty()
                ? stored
                : Optional.of(
                        new Document(
                                DocumentEnvelope.open(name, stored.get().bytes(), inner.name()),
                                stored.get().version()));
    }

    @Override
    public String createDocument(String name, byte[] bytes) throws IOException {
        return inner.createDocument(name, DocumentEnvelope.seal(name, bytes));
    }

    @Override
    public String replaceDocument(String name, byte[] bytes, String version) throws IOException {
        return inner.replaceDocument(name, DocumentEnvelope.seal(name, bytes), version);
    }

    @Override
    public void overwriteDocument(String name, byte[] bytes) throws IOException {
        inner.overwriteDocument(name, DocumentEnvelope.seal(name, bytes));
    }

    @Override
    public void keepDocument(String name, String folder) throws IOException {
        inner.keepDocument(name, folder);
    }

    @Override
    public String createTransient(String name, byte[] bytes) throws IOException {
        return inner.createTransient(name, DocumentEnvelope.seal(name, bytes));
    }

    @Override
    public String replaceTransient(String name, byte[] bytes, String version) throws IOException {
        return inner.replaceTransient(name, DocumentEnvelope.seal(name, bytes), version);
    }

    @Override
    public List<String> list(String prefix) throws IOException {
        return inner.list(prefix);
    }

    @Override
    public BlobWriter newBlob() throws IOException {
        return inner.newBlob();
    }

    @Override
    public Blob open(String name) throws IOException {
        return inner.open(name);
    }

    @Override
    public void delete(String name) throws IOException {
        inner.delete(name);
    }

    @Override
    public void deleteAll(Collection<String> names) throws IOException {
        inner.deleteAll(names);
    }

    @Override
    public void settle(Collection<String> names) throws IOException {
        inner.settle(names);
    }

    @Override
    public boolean canDiscard(String name) throws IOException {
        return inner.canDiscard(name);
    }

    @Override
    public void share(String name, String other) throws IOException {
        inner.share(name, other);
    }

    @Override
    public void discard(String name, long bytes, List<Range> ranges) throws IOException {
        inner.discard(name, bytes, ranges);
    }

    @Override
    public boolean placeIf(BlobWriter sealed, String name, Condition condition) throws IOException {
        return inner.placeIf(sealed, name, condition);
    }

    @Override
    public boolean deleteIf(String name, Condition condition) throws IOException {
        return inner.deleteIf(name, condition);
    }

    @Override
    public void close() throws IOException {
        inner.close();
    }
}

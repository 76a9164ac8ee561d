package dev.quarry.store;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Lies over a store and changes how its documents are stored, and perhaps their names; blobs have
 * checksums and encryption of their own and pass through.
 */
abstract class DocumentLayer implements BlobStore {

    private final BlobStore inner;

    /**
     * @param inner is closed with this one
     */
    DocumentLayer(BlobStore inner) {
        this.inner = inner;
    }

    /** The store as it is without this layer. */
    final BlobStore inner() {
        return inner;
    }

    /** The name that a document has in the inner store; a blob's is its own. */
    abstract String storedName(String name);

    /** What is stored of a document. */
    abstract byte[] seal(String name, byte[] bytes) throws IOException;

    /**
     * The document of which that was stored.
     *
     * @throws StoreException of kind CORRUPT if it is not what was written under that name
     */
    abstract byte[] unseal(String name, byte[] stored) throws IOException;

    /** Names in the inner store, of documents and blobs. */
    private List<String> storedNames(Collection<String> names) {
        return names.stream().map(this::storedName).toList();
    }

    @Override
    public final String name() {
        return inner.name();
    }

    @Override
    public final boolean isReadOnly() {
        return inner.isReadOnly();
    }

    /**
     * Reads a document.
     *
     * @throws StoreException of kind CORRUPT if it is not what was written under that name
     */
    @Override
    public final Optional<Document> readDocument(String name) throws IOException {
        Optional<Document> stored = inner.readDocument(storedName(name));
        return stored.isEmpty()
                ? stored
                : Optional.of(
                        new Document(unseal(name, stored.get().bytes()), stored.get().version()));
    }

    @Override
    public final String createDocument(String name, byte[] bytes) throws IOException {
        return inner.createDocument(storedName(name), seal(name, bytes));
    }

    @Override
    public final String replaceDocument(String name, byte[] bytes, String version)
            throws IOException {
        return inner.replaceDocument(storedName(name), seal(name, bytes), version);
    }

    @Override
    public final void overwriteDocument(String name, byte[] bytes) throws IOException {
        inner.overwriteDocument(storedName(name), seal(name, bytes));
    }

    @Override
    public final void keepDocument(String name, String folder) throws IOException {
        inner.keepDocument(storedName(name), folder);
    }

    @Override
    public final String createTransient(String name, byte[] bytes) throws IOException {
        return inner.createTransient(storedName(name), seal(name, bytes));
    }

    @Override
    public final String replaceTransient(String name, byte[] bytes, String version)
            throws IOException {
        return inner.replaceTransient(storedName(name), seal(name, bytes), version);
    }

    @Override
    public List<String> list(String prefix) throws IOException {
        return inner.list(prefix);
    }

    @Override
    public final BlobWriter newBlob() throws IOException {
        return inner.newBlob();
    }

    @Override
    public final Blob open(String name) throws IOException {
        return inner.open(name);
    }

    @Override
    public final void delete(String name) throws IOException {
        inner.delete(storedName(name));
    }

    @Override
    public final void deleteAll(Collection<String> names) throws IOException {
        inner.deleteAll(storedNames(names));
    }

    @Override
    public final boolean deleteIf(String name, Condition condition) throws IOException {
        return inner.deleteIf(storedName(name), condition);
    }

    @Override
    public final boolean placeIf(BlobWriter sealed, String name, Condition condition)
            throws IOException {
        return inner.placeIf(sealed, name, condition);
    }

    @Override
    public final void settle(Collection<String> names) throws IOException {
        inner.settle(storedNames(names));
    }

    @Override
    public final boolean canDiscard(String name) throws IOException {
        return inner.canDiscard(name);
    }

    @Override
    public final void share(String name, String other) throws IOException {
        inner.share(name, other);
    }

    @Override
    public final void discard(String name, long bytes, List<Range> ranges) throws IOException {
        inner.discard(name, bytes, ranges);
    }

    @Override
    public final void close() throws IOException {
        inner.close();
    }
}

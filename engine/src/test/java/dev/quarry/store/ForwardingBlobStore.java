package dev.quarry.store;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Passes everything on; tests override what they want to disturb. */
public abstract class ForwardingBlobStore implements BlobStore {

    private final BlobStore inner;

    protected ForwardingBlobStore(BlobStore inner) {
        this.inner = inner;
    }

    /** Called before each operation. */
    protected abstract void before(Operation operation, String name) throws IOException;

    /** Called after each operation that did not fail. */
    protected void after(Operation operation, String name) throws IOException {}

    /** What can be done with documents. */
    public enum Operation {
        READ,
        CREATE,
        REPLACE,
        DELETE,
        LIST;

        /** Whether it changes the store. */
        public boolean isWrite() {
            return this == CREATE || this == REPLACE || this == DELETE;
        }
    }

    @Override
    public String name() {
        return inner.name();
    }

    @Override
    public Optional<Document> readDocument(String name) throws IOException {
        before(Operation.READ, name);
        Optional<Document> document = inner.readDocument(name);
        after(Operation.READ, name);
        return document;
    }

    @Override
    public String createDocument(String name, byte[] bytes) throws IOException {
        before(Operation.CREATE, name);
        String version = inner.createDocument(name, bytes);
        after(Operation.CREATE, name);
        return version;
    }

    @Override
    public String replaceDocument(String name, byte[] bytes, String version) throws IOException {
        before(Operation.REPLACE, name);
        String newVersion = inner.replaceDocument(name, bytes, version);
        after(Operation.REPLACE, name);
        return newVersion;
    }

    @Override
    public List<String> list(String prefix) throws IOException {
        before(Operation.LIST, prefix);
        List<String> names = inner.list(prefix);
        after(Operation.LIST, prefix);
        return names;
    }

    @Override
    public void delete(String name) throws IOException {
        before(Operation.DELETE, name);
        inner.delete(name);
        after(Operation.DELETE, name);
    }

    /** What {@link BlobWriter#place} has placed; deletions are passed on one by one. */
    @Override
    public void settle(Collection<String> names) throws IOException {
        inner.settle(names);
    }

    @Override
    public boolean deleteIf(String name, Condition condition) throws IOException {
        before(Operation.DELETE, name);
        boolean isDeleted = inner.deleteIf(name, condition);
        after(Operation.DELETE, name);
        return isDeleted;
    }

    @Override
    public boolean canDiscard(String name) throws IOException {
        return inner.canDiscard(name);
    }

    @Override
    public void share(String name, String other) throws IOException {
        before(Operation.CREATE, other);
        inner.share(name, other);
        after(Operation.CREATE, other);
    }

    @Override
    public void discard(String name, long bytes, List<Range> ranges) throws IOException {
        before(Operation.REPLACE, name);
        inner.discard(name, bytes, ranges);
        after(Operation.REPLACE, name);
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
    public void close() throws IOException {
        inner.close();
    }
}

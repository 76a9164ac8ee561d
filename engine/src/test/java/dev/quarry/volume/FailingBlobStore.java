package dev.quarry.volume;

import dev.quarry.store.Blob;
import dev.quarry.store.BlobStore;
import dev.quarry.store.BlobWriter;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** A store that cannot create documents of some names. */
record FailingBlobStore(BlobStore inner, Predicate<String> fails) implements BlobStore {

    @Override
    public String name() {
        return inner.name();
    }

    @Override
    public Optional<Document> readDocument(String name) throws IOException {
        return inner.readDocument(name);
    }

    @Override
    public String createDocument(String name, byte[] bytes) throws IOException {
        if (fails.test(name)) {
            throw new IOException("no space left: " + name);
        }
        return inner.createDocument(name, bytes);
    }

    @Override
    public String replaceDocument(String name, byte[] bytes, String version) throws IOException {
        return inner.replaceDocument(name, bytes, version);
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
    public void close() throws IOException {
        inner.close();
    }
}

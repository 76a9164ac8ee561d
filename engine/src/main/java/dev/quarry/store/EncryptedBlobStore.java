package dev.quarry.store;

import dev.quarry.secret.StoreKey;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

import javax.crypto.AEADBadTagException;

/**
 * Encrypts every document, and the names that say something; takes the place of {@link
 * CheckedBlobStore} in an encrypted store, because what is authenticated needs no checksum. Blobs
 * pass through: packs encrypt their frames themselves, with {@link #key}.
 */
final class EncryptedBlobStore implements BlobStore {

    private final BlobStore inner;
    private final StoreKey key;

    /**
     * @param inner is closed with this one
     */
    EncryptedBlobStore(BlobStore inner, StoreKey key) {
        this.inner = inner;
        this.key = key;
    }

    @Override
    public String name() {
        return inner.name();
    }

    @Override
    public StoreKey key() {
        return key;
    }

    /** The properties hold the wrapped key, and so cannot be encrypted with it. */
    private String sealedName(String name) {
        if (name.equals(ChunkStore.PROPERTIES)) {
            throw new IllegalArgumentException(name + " is not encrypted");
        }
        return key.names().seal(name);
    }

    /**
     * Reads a document.
     *
     * @throws StoreException of kind CORRUPT if it is not what was written under that name
     */
    @Override
    public Optional<Document> readDocument(String name) throws IOException {
        Optional<Document> stored = inner.readDocument(sealedName(name));
        if (stored.isEmpty()) {
            return stored;
        }
        try {
            byte[] plain = key.openDocument(name, stored.get().bytes());
            return Optional.of(new Document(plain, stored.get().version()));
        } catch (AEADBadTagException e) {
            throw new StoreException(
                    StoreException.Kind.CORRUPT,
                    "document is not what was written there: "
                            + sealedName(name)
                            + " in "
                            + inner.name(),
                    e);
        }
    }

    @Override
    public String createDocument(String name, byte[] bytes) throws IOException {
        return inner.createDocument(sealedName(name), key.sealDocument(name, bytes));
    }

    @Override
    public String replaceDocument(String name, byte[] bytes, String version) throws IOException {
        return inner.replaceDocument(sealedName(name), key.sealDocument(name, bytes), version);
    }

    @Override
    public void overwriteDocument(String name, byte[] bytes) throws IOException {
        inner.overwriteDocument(sealedName(name), key.sealDocument(name, bytes));
    }

    @Override
    public void keepDocument(String name, String folder) throws IOException {
        inner.keepDocument(sealedName(name), folder);
    }

    @Override
    public String createTransient(String name, byte[] bytes) throws IOException {
        return inner.createTransient(sealedName(name), key.sealDocument(name, bytes));
    }

    @Override
    public String replaceTransient(String name, byte[] bytes, String version) throws IOException {
        return inner.replaceTransient(sealedName(name), key.sealDocument(name, bytes), version);
    }

    /** Names that are not of this store are passed over: they stand for no document. */
    @Override
    public List<String> list(String prefix) throws IOException {
        String folder = prefix.substring(0, prefix.lastIndexOf('/') + 1);
        List<String> names = new ArrayList<>();
        for (String sealed : inner.list(key.names().seal(folder))) {
            try {
                String name = key.names().open(sealed);
                if (name.startsWith(prefix)) {
                    names.add(name);
                }
            } catch (IllegalArgumentException e) {
                // Nobody finds it under any name.
            }
        }
        Collections.sort(names);
        return names;
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
        inner.delete(key.names().seal(name));
    }

    @Override
    public void deleteAll(Collection<String> names) throws IOException {
        inner.deleteAll(seal(names));
    }

    @Override
    public void settle(Collection<String> names) throws IOException {
        inner.settle(seal(names));
    }

    private List<String> seal(Collection<String> names) {
        return names.stream().map(key.names()::seal).toList();
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
        return inner.deleteIf(key.names().seal(name), condition);
    }

    @Override
    public void close() throws IOException {
        inner.close();
    }
}

package dev.quarry.store;

import dev.quarry.secret.StoreKey;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import javax.crypto.AEADBadTagException;

/**
 * Encrypts every document, and the names that say something; takes the place of {@link
 * CheckedBlobStore} in an encrypted store, because what is authenticated needs no checksum. Packs
 * encrypt their frames themselves, with {@link #key}.
 */
final class EncryptedBlobStore extends DocumentLayer {

    private final StoreKey key;

    /**
     * @param inner is closed with this one
     */
    EncryptedBlobStore(BlobStore inner, StoreKey key) {
        super(inner);
        this.key = key;
    }

    @Override
    public StoreKey key() {
        return key;
    }

    /** The properties hold the wrapped key, and so cannot be encrypted with it. */
    @Override
    String storedName(String name) {
        if (name.equals(ChunkStore.PROPERTIES)) {
            throw new IllegalArgumentException(name + " is not encrypted");
        }
        return key.names().seal(name);
    }

    @Override
    byte[] seal(String name, byte[] bytes) {
        return key.sealDocument(name, bytes);
    }

    @Override
    byte[] unseal(String name, byte[] stored) throws StoreException {
        try {
            return key.openDocument(name, stored);
        } catch (AEADBadTagException e) {
            throw new StoreException(
                    StoreException.Kind.CORRUPT,
                    "document is not what was written there: " + storedName(name) + " in " + name(),
                    e);
        }
    }

    /** Names that are not of this store are passed over: they stand for no document. */
    @Override
    public List<String> list(String prefix) throws IOException {
        String folder = prefix.substring(0, prefix.lastIndexOf('/') + 1);
        List<String> names = new ArrayList<>();
        for (String stored : inner().list(key.names().seal(folder))) {
            try {
                String name = key.names().open(stored);
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
}

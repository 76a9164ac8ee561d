package dev.quarry.store;

import java.io.IOException;

/**
 * Gives every document a checksum when it is written and compares it when it is read. Everything
 * above {@link ChunkStore} sees a store through this layer, or where it is encrypted through {@link
 * EncryptedBlobStore}.
 */
final class CheckedBlobStore extends DocumentLayer {

    /**
     * @param inner is closed with this one
     */
    CheckedBlobStore(BlobStore inner) {
        super(inner);
    }

    @Override
    String storedName(String name) {
        return name;
    }

    @Override
    byte[] seal(String name, byte[] bytes) throws IOException {
        return DocumentEnvelope.seal(name, bytes);
    }

    @Override
    byte[] unseal(String name, byte[] stored) throws IOException {
        return DocumentEnvelope.open(name, stored, name());
    }
}

package dev.quarry.store;

class MemoryBlobStoreTest extends BlobStoreContract {

    @Override
    protected BlobStore newStore() {
        return new MemoryBlobStore(true);
    }
}

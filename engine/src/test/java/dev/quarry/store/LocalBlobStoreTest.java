package dev.quarry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

class LocalBlobStoreTest extends BlobStoreContract {

    @TempDir Path folder;

    private int stores;

    @Override
    protected BlobStore newStore() {
        return new LocalBlobStore(folder.resolve("store" + stores++));
    }

    @Test
    void whatWasWrittenIsThereForTheNext() throws IOException {
        Path root = folder.resolve("kept");
        String version;
        try (BlobStore store = new LocalBlobStore(root)) {
            version = store.createDocument("a/b", new byte[] {1});
        }
        try (BlobStore store = new LocalBlobStore(root)) {
            assertEquals(version, store.readDocument("a/b").orElseThrow().version());
            assertEquals(List.of("a/b"), store.list("a/"));
        }
    }
}

package dev.quarry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

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

    /** A file lock belongs to the process, and one that is asked for twice is an error there. */
    @Test
    void aStoreThatIsOpenedByTwoPathsHasOneLock() throws Exception {
        Path root = Files.createDirectory(folder.resolve("real"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), root);
        try (BlobStore store = new LocalBlobStore(root);
                BlobStore other = new LocalBlobStore(link);
                ExecutorService thread = Executors.newSingleThreadExecutor()) {
            AtomicReference<Future<String>> created = new AtomicReference<>();
            store.deleteIf(
                    "a/b",
                    () -> {
                        Future<String> creating =
                                thread.submit(() -> other.createDocument("a/c", new byte[] {1}));
                        created.set(creating);
                        assertThrows(
                                TimeoutException.class,
                                () -> creating.get(200, TimeUnit.MILLISECONDS));
                        return true;
                    });
            created.get().get();
            assertEquals(List.of("a/c"), store.list("a/"));
        }
    }
}

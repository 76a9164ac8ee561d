package dev.quarry.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** What every {@link BlobStore} must do. A test class of an implementation extends this. */
public abstract class BlobStoreContract {

    private static final int THREADS = 4;

    /** An empty store. Each call may give another one. */
    protected abstract BlobStore newStore() throws IOException;

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] document(String text) {
        return utf8("{\"text\": \"" + text + "\"}");
    }

    private static String text(Optional<BlobStore.Document> document) {
        return text(document.orElseThrow());
    }

    private static String text(BlobStore.Document document) {
        String json = new String(document.bytes(), StandardCharsets.UTF_8);
        return json.substring("{\"text\": \"".length(), json.length() - "\"}".length());
    }

    // Documents.

    @Test
    void aDocumentIsReadAsItWasCreated() throws IOException {
        try (BlobStore store = newStore()) {
            assertTrue(store.readDocument("images/a.json").isEmpty());
            String version = store.createDocument("images/a.json", document("one"));
            BlobStore.Document read = store.readDocument("images/a.json").orElseThrow();
            assertArrayEquals(document("one"), read.bytes());
            assertEquals(version, read.version());
        }
    }

    @Test
    void aDocumentMayBeEmpty() throws IOException {
        try (BlobStore store = newStore()) {
            store.createDocument("a/b/c_d-e.f", new byte[0]);
            assertEquals(0, store.readDocument("a/b/c_d-e.f").orElseThrow().bytes().length);
        }
    }

    @Test
    void aDocumentIsCreatedOnce() throws IOException {
        try (BlobStore store = newStore()) {
            store.createDocument("a", document("one"));
            assertThrows(
                    BlobConflictException.class, () -> store.createDocument("a", document("two")));
            assertEquals("one", text(store.readDocument("a")));
        }
    }

    @Test
    void aDocumentIsReplacedOnlyAsItWasRead() throws IOException {
        try (BlobStore store = newStore()) {
            String first = store.createDocument("a", document("one"));
            String second = store.replaceDocument("a", document("two"), first);
            assertNotEquals(first, second);
            assertEquals(second, store.readDocument("a").orElseThrow().version());
            assertThrows(
                    BlobConflictException.class,
                    () -> store.replaceDocument("a", document("three"), first));
            assertEquals("two", text(store.readDocument("a")));
            store.replaceDocument("a", document("three"), second);
            assertEquals("three", text(store.readDocument("a")));
        }
    }

    @Test
    void whatIsNotThereIsNotReplaced() throws IOException {
        try (BlobStore store = newStore()) {
            String version = store.createDocument("a", document("one"));
            store.delete("a");
            assertTrue(store.readDocument("a").isEmpty());
            assertThrows(
                    BlobConflictException.class,
                    () -> store.replaceDocument("a", document("two"), version));
            assertTrue(store.readDocument("a").isEmpty());
            store.createDocument("a", document("again"));
            assertEquals("again", text(store.readDocument("a")));
        }
    }

    @Test
    void deletingNothingIsNoError() throws IOException {
        try (BlobStore store = newStore()) {
            store.delete("a/b");
        }
    }

    @Test
    void namesAreListedByPrefix() throws IOException {
        try (BlobStore store = newStore()) {
            for (String name : List.of("x/b", "x/a.1", "x/a.2", "y/a", "x/sub/c", "xx")) {
                store.createDocument(name, document(name));
            }
            publish(store, "x/blob", utf8("blob"));
            assertEquals(List.of("x/a.1", "x/a.2", "x/b", "x/blob", "x/sub/c"), store.list("x/"));
            assertEquals(List.of("x/a.1", "x/a.2"), store.list("x/a."));
            assertEquals(List.of("x/sub/c"), store.list("x/sub/"));
            assertEquals(List.of(), store.list("z/"));
            store.delete("x/b");
            assertEquals(List.of("x/blob"), store.list("x/b"));
        }
    }

    @Test
    void oneOfManyCreatesTheDocument() throws Exception {
        try (BlobStore store = newStore()) {
            for (int round = 0; round < 20; round++) {
                String name = "race/" + round;
                List<Boolean> won =
                        together(index -> {
                            try {
                                store.createDocument(name, document("by " + index));
                                return true;
                            } catch (BlobConflictException e) {
                                return false;
                            }
                        });
                assertEquals(1, won.stream().filter(win -> win).count());
                int winner = won.indexOf(true);
                assertEquals("by " + winner, text(store.readDocument(name)));
            }
        }
    }

    @Test
    void noReplacementIsLost() throws Exception {
        int each = 25;
        try (BlobStore store = newStore()) {
            store.createDocument("counter", document("0"));
            together(index -> {
                for (int i = 0; i < each; i++) {
                    increment(store);
                }
                return true;
            });
            assertEquals("" + each * THREADS, text(store.readDocument("counter")));
        }
    }

    private static void increment(BlobStore store) throws IOException {
        while (true) {
            BlobStore.Document now = store.readDocument("counter").orElseThrow();
            int value = Integer.parseInt(text(now));
            try {
                store.replaceDocument("counter", document("" + (value + 1)), now.version());
                return;
            } catch (BlobConflictException e) {
                Thread.onSpinWait();
            }
        }
    }

    /** A piece of work of one thread of several. */
    @FunctionalInterface
    private interface Work {
        boolean run(int index) throws IOException;
    }

    private static List<Boolean> together(Work work)
            throws InterruptedException, ExecutionException {
        CyclicBarrier start = new CyclicBarrier(THREADS);
        try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            List<Callable<Boolean>> calls = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int index = i;
                calls.add(() -> {
                    start.await();
                    return work.run(index);
                });
            }
            List<Boolean> results = new ArrayList<>();
            for (Future<Boolean> result : threads.invokeAll(calls)) {
                results.add(result.get());
            }
            return results;
        }
    }

    // Blobs.

    private static void publish(BlobStore store, String name, byte[] bytes) throws IOException {
        try (BlobWriter writer = store.newBlob()) {
            writer.write(0, MemorySegment.ofArray(bytes));
            writer.seal();
            writer.publish(name);
        }
    }

    private static byte[] read(Blob blob, long position, int length) throws IOException {
        byte[] bytes = new byte[length];
        blob.read(position, MemorySegment.ofArray(bytes));
        return bytes;
    }

    @Test
    void aBlobIsReadAsItWasWritten() throws IOException {
        try (BlobStore store = newStore()) {
            try (BlobWriter writer = store.newBlob()) {
                writer.write(4, MemorySegment.ofArray(utf8("5678")));
                writer.write(0, MemorySegment.ofArray(utf8("1234")));
                assertEquals(List.of(), store.list("packs/"));
                writer.seal();
                try (Blob sealed = writer.open()) {
                    assertArrayEquals(utf8("12345678"), read(sealed, 0, 8));
                }
                assertThrows(NoSuchFileException.class, () -> store.open("packs/a"));
                writer.publish("packs/a");
            }
            try (Arena arena = Arena.ofConfined();
                    Blob blob = store.open("packs/a")) {
                assertEquals(8, blob.size());
                assertArrayEquals(utf8("345"), read(blob, 2, 3));
                assertArrayEquals(
                        utf8("678"), blob.view(5, 3, arena).toArray(ValueLayout.JAVA_BYTE));
            }
        }
    }

    @Test
    void everyContentOfADocumentIsKept() throws IOException {
        try (BlobStore store = newStore()) {
            String version = store.createDocument("images/a.json", utf8("{\"n\": 11}"));
            store.keepDocument("images/a.json", "quarantine/");
            store.keepDocument("images/a.json", "quarantine/");
            assertEquals(List.of("quarantine/images/a.json"), store.list("quarantine/"));
            store.replaceDocument("images/a.json", utf8("{\"n\": 22}"), version);
            store.keepDocument("images/a.json", "quarantine/");
            store.keepDocument("images/a.json", "quarantine/");
            assertEquals(
                    List.of("quarantine/images/a.json", "quarantine/images/a.json.2"),
                    store.list("quarantine/"));
            try (Blob blob = store.open("quarantine/images/a.json.2")) {
                assertArrayEquals(utf8("22}"), read(blob, (int) blob.size() - 3, 3));
            }
        }
    }

    @Test
    void severalArePlacedAndDeletedAtOnce() throws IOException {
        try (BlobStore store = newStore()) {
            List<String> names = List.of("packs/aa/a", "packs/aa/b", "packs/bb/c");
            for (String name : names) {
                try (BlobWriter writer = store.newBlob()) {
                    writer.write(0, MemorySegment.ofArray(utf8(name)));
                    writer.seal();
                    writer.place(name);
                }
            }
            store.settle(names);
            assertEquals(names, store.list("packs/"));
            try (BlobWriter writer = store.newBlob()) {
                writer.seal();
                assertThrows(BlobConflictException.class, () -> writer.place("packs/aa/a"));
            }
            try (Blob blob = store.open("packs/bb/c")) {
                assertArrayEquals(utf8("packs/bb/c"), read(blob, 0, 10));
            }
            store.deleteAll(List.of("packs/aa/a", "packs/bb/c", "packs/cc/none"));
            assertEquals(List.of("packs/aa/b"), store.list("packs/"));
        }
    }

    @Test
    void aBlobIsPlacedIfAConditionHolds() throws IOException {
        try (BlobStore store = newStore();
                BlobWriter writer = store.newBlob()) {
            writer.write(0, MemorySegment.ofArray(utf8("one")));
            writer.seal();
            assertFalse(store.placeIf(writer, "packs/aa/a", () -> false));
            assertEquals(List.of(), store.list("packs/"));
            String version = store.createDocument("leases/a.json", document("lease"));
            assertTrue(
                    store.placeIf(
                            writer,
                            "packs/aa/a",
                            () ->
                                    store.readDocument("leases/a.json")
                                            .orElseThrow()
                                            .version()
                                            .equals(version)));
            assertEquals(List.of("packs/aa/a"), store.list("packs/"));
        }
    }

    @Test
    void whatHasTwoNamesIsOneBlob() throws IOException {
        try (BlobStore store = newStore()) {
            byte[] bytes = new byte[1 << 16];
            Arrays.fill(bytes, (byte) 7);
            publish(store, "packs/aa/a.pack", bytes);
            assumeTrue(store.canDiscard("packs/aa/a.pack"), "no holes in files here");
            store.share("packs/aa/a.pack", "packs/bb/b.frames");
            assertThrows(
                    BlobConflictException.class,
                    () -> store.share("packs/aa/a.pack", "packs/bb/b.frames"));
            assertFalse(store.canDiscard("packs/aa/a.pack"));
            List<BlobStore.Range> ranges = List.of(new BlobStore.Range(4096, 1 << 15));
            store.discard("packs/bb/b.frames", 0, ranges);
            try (Blob blob = store.open("packs/aa/a.pack")) {
                assertArrayEquals(bytes, read(blob, 0, bytes.length), "it has another name");
            }
            store.delete("packs/aa/a.pack");
            assertTrue(store.canDiscard("packs/bb/b.frames"));
            store.discard("packs/bb/b.frames", 0, ranges);
            Arrays.fill(bytes, 4096, 1 << 15, (byte) 0);
            try (Blob blob = store.open("packs/bb/b.frames")) {
                assertArrayEquals(bytes, read(blob, 0, bytes.length));
            }
        }
    }

    @Test
    void aBlobIsPublishedOnce() throws IOException {
        try (BlobStore store = newStore()) {
            publish(store, "packs/a", utf8("one"));
            assertThrows(BlobConflictException.class, () -> publish(store, "packs/a", utf8("two")));
            try (Blob blob = store.open("packs/a")) {
                assertArrayEquals(utf8("one"), read(blob, 0, 3));
            }
        }
    }

    @Test
    void aBlobThatIsNotPublishedIsDiscarded() throws IOException {
        try (BlobStore store = newStore()) {
            publish(store, "packs/a", utf8("one"));
            List<String> before = store.list("");
            try (BlobWriter writer = store.newBlob()) {
                writer.write(0, MemorySegment.ofArray(utf8("two")));
                writer.seal();
            }
            assertEquals(before, store.list(""));
            assertEquals(List.of("packs/a"), store.list("packs/"));
        }
    }

    @Test
    void aDeletedBlobIsGone() throws IOException {
        try (BlobStore store = newStore()) {
            publish(store, "packs/a", utf8("one"));
            store.delete("packs/a");
            assertThrows(NoSuchFileException.class, () -> store.open("packs/a"));
            assertEquals(List.of(), store.list("packs/"));
        }
    }
}

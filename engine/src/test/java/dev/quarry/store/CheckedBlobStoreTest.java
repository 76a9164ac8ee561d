package dev.quarry.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.json.JsonTree;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

final class CheckedBlobStoreTest extends BlobStoreContract {

    private static final byte[] OBJECT =
            "{\n  \"format\": \"quarry-test\",\n  \"n\": 1\n}\n".getBytes(StandardCharsets.UTF_8);

    CheckedBlobStoreTest() {}

    @Override
    protected BlobStore newStore() {
        return new CheckedBlobStore(new MemoryBlobStore(true));
    }

    private static byte[] stored() {
        return DocumentEnvelope.seal("a/b.json", OBJECT);
    }

    /** The vector of the format's page: the CRC-32C of {@code a/b.json}, a zero and the object. */
    @Test
    void whatIsStoredIsTheObjectWithOneFieldMore() throws IOException {
        String text = new String(stored(), StandardCharsets.UTF_8);
        assertEquals(
                "{\"checksum\": \"22065870\",\n  \"format\": \"quarry-test\",\n  \"n\": 1\n}\n",
                text);
        assertEquals(3, JsonTree.readObject(text).size());
        assertArrayEquals(OBJECT, DocumentEnvelope.open("a/b.json", stored(), "here"));
    }

    @Test
    void everyFlippedBitIsFound() {
        byte[] stored = stored();
        for (int bit = 0; bit < stored.length * 8; bit++) {
            byte[] bad = stored.clone();
            bad[bit / 8] ^= (byte) (1 << bit % 8);
            assertDamaged("a/b.json", bad);
        }
    }

    @Test
    void everyShorterAndLongerOneIsFound() throws IOException {
        byte[] stored = stored();
        for (int length = 1; length < stored.length; length++) {
            byte[] bad = new byte[length];
            System.arraycopy(stored, 0, bad, 0, length);
            assertDamaged("a/b.json", bad);
        }
        byte[] longer = new byte[stored.length + 1];
        System.arraycopy(stored, 0, longer, 0, stored.length);
        assertDamaged("a/b.json", longer);
        assertEquals(0, DocumentEnvelope.open("a/b.json", new byte[0], "here").length);
    }

    @Test
    void theDocumentOfAnotherNameIsFound() {
        assertDamaged("a/c.json", stored());
    }

    private static void assertDamaged(String name, byte[] bytes) {
        StoreException e =
                assertThrows(
                        StoreException.class, () -> DocumentEnvelope.open(name, bytes, "here"));
        assertEquals(StoreException.Kind.CORRUPT, e.kind());
        assertTrue(String.valueOf(e.getMessage()).endsWith(name + " in here"), e.getMessage());
    }

    @Test
    void onlyObjectsAreStored() throws IOException {
        try (BlobStore store = newStore()) {
            for (String text : new String[] {"[1]", "{}", "{ \n}", "x"}) {
                assertThrows(
                        IllegalArgumentException.class,
                        () -> store.createDocument("a", text.getBytes(StandardCharsets.UTF_8)));
            }
        }
    }
}

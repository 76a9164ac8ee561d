package dev.quarry.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.storage.FileStorage;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

final class TableCacheTest {

    @TempDir Path folder;

    private Path words(int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count * Long.BYTES);
        for (int i = 0; i < count; i++) {
            buffer.putLong(i * 0x0102030405060708L);
        }
        return Files.write(folder.resolve("words"), buffer.array());
    }

    @Test
    void givesWordsInEitherOrderWhateverIsKept() throws IOException {
        int count = 5000;
        try (FileStorage storage = FileStorage.open(words(count))) {
            Random random = new Random(1);
            for (int pages : new int[] {1, 2, 8, 64}) {
                TableCache big = new TableCache(storage, ByteOrder.BIG_ENDIAN, 64, 64 * pages);
                TableCache little =
                        new TableCache(storage, ByteOrder.LITTLE_ENDIAN, 64, 64 * pages);
                for (int i = 0; i < 20_000; i++) {
                    int index = random.nextInt(count);
                    long word = index * 0x0102030405060708L;
                    assertEquals(word, big.longAt(index * 8L));
                    assertEquals(Long.reverseBytes(word), little.longAt(index * 8L));
                    assertEquals((int) (word >>> 32), big.intAt(index * 8L));
                }
            }
        }
    }

    @Test
    void wordsPastTheEndAreTruncated() throws IOException {
        try (FileStorage storage = FileStorage.open(words(3))) {
            TableCache cache = new TableCache(storage, ByteOrder.BIG_ENDIAN, 4096, 4096);
            assertEquals(2 * 0x0102030405060708L, cache.longAt(16));
            for (long position : new long[] {20, 24, 4096, 1L << 62, -8}) {
                ImageException e = assertThrows(ImageException.class, () -> cache.longAt(position));
                assertEquals(ImageException.Kind.TRUNCATED, e.kind());
                assertTrue(e.toString().contains(storage.name()), e.toString());
            }
        }
    }

    @Test
    void refusesPagesThatAreNoPowerOfTwo() throws IOException {
        try (FileStorage storage = FileStorage.open(words(1))) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new TableCache(storage, ByteOrder.BIG_ENDIAN, 100, 1000));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new TableCache(storage, ByteOrder.BIG_ENDIAN, 128, 64));
        }
    }
}

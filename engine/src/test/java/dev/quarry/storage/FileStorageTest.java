package dev.quarry.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

final class FileStorageTest {

    @TempDir Path folder;

    @Test
    void readsAnyRangeAndNeverShort() throws IOException {
        Path path = Files.write(folder.resolve("f"), new byte[] {1, 2, 3, 4});
        try (FileStorage storage = FileStorage.open(path)) {
            byte[] bytes = new byte[2];
            storage.read(1, MemorySegment.ofArray(bytes));
            assertArrayEquals(new byte[] {2, 3}, bytes);
            EOFException e =
                    assertThrows(
                            EOFException.class,
                            () -> storage.read(3, MemorySegment.ofArray(bytes)));
            assertTrue(e.toString().contains("0x4"), e.toString());
            assertTrue(e.toString().contains(path.toString()), e.toString());
        }
    }

    @Test
    void knowsHoles() throws IOException {
        Path path = folder.resolve("sparse");
        int data = 4 << 20;
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(16 << 20);
            file.seek(data);
            file.write(new byte[1 << 20]);
        }
        try (FileStorage storage = FileStorage.open(path)) {
            assertEquals(data, storage.nextData(0, storage.size()));
            assertEquals(data + 5, storage.nextData(data + 5, storage.size()));
            assertEquals(data + (1 << 20), storage.nextHole(data, storage.size()));
            assertEquals(7, storage.nextHole(7, storage.size()));
            assertEquals(storage.size(), storage.nextData(8 << 20, storage.size()));
            assertEquals(100, storage.nextData(0, 100));
            assertTrue(storage.allocatedBytes() < 2 << 20);
        }
    }

    @Test
    void tellsOneFileFromAnother() throws IOException {
        Path one = Files.writeString(folder.resolve("one"), "1");
        Path other = Files.writeString(folder.resolve("other"), "1");
        Path link = Files.createSymbolicLink(folder.resolve("link"), one);
        try (FileStorage a = FileStorage.open(one);
                FileStorage b = FileStorage.open(other);
                FileStorage c = FileStorage.open(link)) {
            assertTrue(a.isSameFile(c));
            assertFalse(a.isSameFile(b));
        }
    }

    @Test
    void opensWhatLiesBesideIt() throws IOException {
        Path inner = Files.createDirectories(folder.resolve("inner"));
        Path path = Files.writeString(inner.resolve("disk"), "");
        Files.writeString(inner.resolve("part"), "123");
        Files.writeString(folder.resolve("outside"), "secret");
        Files.createSymbolicLink(inner.resolve("leaves"), folder.resolve("outside"));
        try (FileStorage storage = FileStorage.open(path)) {
            try (Storage part = storage.openSibling("part")) {
                assertEquals(3, part.size());
            }
            for (String name :
                    new String[] {"", ".", "..", "../outside", "leaves", "a\0b", "inner/part"}) {
                assertThrows(FileSystemException.class, () -> storage.openSibling(name), name);
            }
            assertThrows(NoSuchFileException.class, () -> storage.openSibling("gone"));
        }
    }

    @Test
    void refusesWhatIsNoFile() {
        assertThrows(FileSystemException.class, () -> FileStorage.open(folder));
        assertThrows(NoSuchFileException.class, () -> FileStorage.open(folder.resolve("none")));
        assertThrows(FileSystemException.class, () -> FileStorage.open(Path.of("/dev/null")));
    }
}

package dev.quarry.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.testdata.ForeignTool;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

final class OutputFileTest {

    @TempDir Path folder;

    private static MemorySegment bytes(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return MemorySegment.ofArray(bytes);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    @Test
    void aNewFileHasItsNameOnlyWhenItIsComplete() throws IOException {
        Path path = folder.resolve("disk");
        try (OutputFile file = OutputFile.create(path)) {
            assertTrue(file.isFresh());
            file.write(10, bytes(3, 1));
            assertFalse(Files.exists(path));
            file.commit();
        }
        assertArrayEquals(
                new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1}, Files.readAllBytes(path));
        assertEquals(List.of(path), files());
    }

    @Test
    void whatIsNotCommittedLeavesNothing() throws IOException {
        Path path = Files.writeString(folder.resolve("disk"), "before");
        try (OutputFile file = OutputFile.create(path)) {
            file.write(0, bytes(100, 1));
        }
        assertEquals("before", Files.readString(path));
        assertEquals(List.of(path), files());
    }

    @Test
    void replacesWhatALinkPointsTo() throws IOException {
        Path real = Files.writeString(folder.resolve("real"), "before");
        Path link = Files.createSymbolicLink(folder.resolve("link"), real);
        try (OutputFile file = OutputFile.create(link)) {
            file.write(0, bytes(1, 'x'));
            file.commit();
        }
        assertTrue(Files.isSymbolicLink(link));
        assertEquals("x", Files.readString(real));
    }

    @Test
    void aLinkToNothingIsFollowed() throws IOException {
        Files.createDirectory(folder.resolve("sub"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("other"));
        Files.createSymbolicLink(folder.resolve("other"), Path.of("sub/real"));
        try (OutputFile file = OutputFile.create(link)) {
            file.write(0, bytes(1, 'x'));
            file.commit();
        }
        assertTrue(Files.isSymbolicLink(link));
        assertEquals("x", Files.readString(folder.resolve("sub/real")));
        Path lost = Files.createSymbolicLink(folder.resolve("lost"), Path.of("none/real"));
        IOException thrown = assertThrows(NoSuchFileException.class, () -> OutputFile.create(lost));
        assertEquals(folder.resolve("none").toString(), thrown.getMessage());
    }

    @Test
    void linksThatGoRoundAreRefused() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("other"));
        Files.createSymbolicLink(folder.resolve("other"), Path.of("link"));
        assertThrows(FileSystemException.class, () -> OutputFile.create(link));
        assertEquals(2, files().size());
    }

    /** The temporary name has room, however long the file's is; a character may be many bytes. */
    @Test
    void everyNameThatTheHostTakesIsTaken() throws IOException {
        for (String name : List.of("n".repeat(255), "n".repeat(234), "ä".repeat(127))) {
            Path path = folder.resolve(name);
            try (OutputFile file = OutputFile.create(path)) {
                file.write(0, bytes(1, 'x'));
                file.commit();
            }
            assertEquals("x", Files.readString(path));
        }
        for (String name : List.of("n".repeat(256), "ä".repeat(128))) {
            Path path = folder.resolve(name);
            FileSystemException thrown =
                    assertThrows(FileSystemException.class, () -> OutputFile.create(path));
            assertEquals(path.toString(), thrown.getFile());
            assertEquals("File name too long", thrown.getReason());
        }
        assertEquals(3, files().size());
    }

    @Test
    void theFolderIsNamedInWhichNothingCanBeMade() throws IOException {
        Path path = Files.createFile(folder.resolve("file"));
        FileSystemException thrown =
                assertThrows(
                        FileSystemException.class, () -> OutputFile.create(path.resolve("disk")));
        assertEquals(path.toString(), thrown.getFile());
    }

    @Test
    void theFileIsNamedThatCannotBeReplaced() throws IOException {
        Path path = folder.resolve("disk");
        try (OutputFile file = OutputFile.create(path)) {
            Files.createDirectories(path.resolve("sub"));
            FileSystemException thrown = assertThrows(FileSystemException.class, file::commit);
            assertEquals(path.toString(), thrown.getFile());
        }
        assertEquals(List.of(path), files());
    }

    @Test
    void extendsWithoutWriting() throws IOException {
        Path path = folder.resolve("disk");
        try (OutputFile file = OutputFile.create(path)) {
            file.extendTo(1 << 30);
            file.commit();
        }
        try (FileStorage storage = FileStorage.open(path)) {
            assertEquals(1 << 30, storage.size());
            assertEquals(1 << 30, storage.nextData(0, 1 << 30));
        }
    }

    @Test
    void zeroesOldData() throws IOException {
        for (int length : new int[] {1, 4096, 300_000, 3_000_000}) {
            Path path = folder.resolve("old");
            byte[] old = new byte[4_000_000];
            Arrays.fill(old, (byte) 0xff);
            Files.write(path, old);
            try (OutputFile file = OutputFile.openExisting(path)) {
                assertFalse(file.isFresh());
                file.zero(12_345, length);
                file.commit();
            }
            Arrays.fill(old, 12_345, 12_345 + length, (byte) 0);
            assertArrayEquals(old, Files.readAllBytes(path));
        }
    }

    @Test
    void anExistingFileGrowsWithZeros() throws IOException {
        Path path = Files.write(folder.resolve("old"), new byte[] {1, 2, 3});
        try (OutputFile file = OutputFile.openExisting(path)) {
            file.extendTo(5);
            file.extendTo(4);
            file.commit();
        }
        assertArrayEquals(new byte[] {1, 2, 3, 0, 0}, Files.readAllBytes(path));
    }

    /** Closing another descriptor of the file takes away a lock that is the process's. */
    @Test
    void aFileIsLockedUntilItIsClosed() throws IOException {
        ForeignTool qemuIo = ForeignTool.require("qemu-io");
        Path path = Files.write(folder.resolve("old"), new byte[4096]);
        Object[] write = {"-f", "raw", "-c", "write 0 512", path};
        try (OutputFile file = OutputFile.openExisting(path)) {
            FileStorage.open(path).close();
            file.preallocate(4096, 4096, Preallocation.FALLOC);
            assertThrows(FileSystemException.class, () -> OutputFile.openExisting(path));
            ForeignTool.Result refused = qemuIo.run(write);
            assertEquals(1, refused.exitCode(), refused.toString());
            assertTrue(refused.stderr().contains("lock"), refused.stderr());
        }
        qemuIo.run(write).expectSuccess();
    }

    @Test
    void whatAnotherHasOpenIsNotReplaced() throws IOException {
        Path path = Files.writeString(folder.resolve("disk"), "before");
        try (OutputFile file = OutputFile.create(path)) {
            try (OutputFile _ = OutputFile.openExisting(path)) {
                assertThrows(FileSystemException.class, () -> OutputFile.create(path));
                FileSystemException thrown = assertThrows(FileSystemException.class, file::commit);
                assertEquals("is in use: another program has locked it", thrown.getReason());
                assertThrows(FileSystemException.class, () -> JointCommit.commit(List.of(), file));
            }
            assertEquals("before", Files.readString(path));
            file.commit();
        }
        assertEquals(0, Files.size(path));
    }

    @Test
    void aFileThatIsReplacedKeepsItsOwnerAndPermissions() throws IOException {
        Path path = Files.writeString(folder.resolve("disk"), "before");
        for (String permissions : List.of("rw-------", "r--r-----", "rw-rw-rw-")) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
            if (Files.getOwner(path).getName().equals("root")) {
                Files.setAttribute(path, "unix:uid", 12_345);
                Files.setAttribute(path, "unix:gid", 12_346);
            }
            Map<String, Object> before = Files.readAttributes(path, "unix:mode,uid,gid");
            try (OutputFile file = OutputFile.create(path)) {
                file.extendTo(1 << 20);
                for (Path each : files()) {
                    boolean isOld = each.equals(path);
                    assertEquals(
                            isOld ? permissions : "rw-------",
                            PosixFilePermissions.toString(Files.getPosixFilePermissions(each)));
                }
                file.commit();
            }
            assertEquals(1 << 20, Files.size(path));
            assertEquals(before, Files.readAttributes(path, "unix:mode,uid,gid"));
        }
    }

    @Test
    void refusesWhatIsNoFile() {
        assertThrows(FileSystemException.class, () -> OutputFile.create(folder));
        assertThrows(FileSystemException.class, () -> OutputFile.openExisting(folder));
        assertThrows(
                NoSuchFileException.class, () -> OutputFile.openExisting(folder.resolve("none")));
    }
}

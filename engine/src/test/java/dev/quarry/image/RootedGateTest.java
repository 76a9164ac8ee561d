package dev.quarry.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.image.ReferenceGate.Role;
import dev.quarry.storage.FileStorage;
import dev.quarry.storage.Storage;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

final class RootedGateTest {

    @TempDir Path folder;

    @BeforeEach
    void makeFiles() throws IOException {
        Files.createDirectories(folder.resolve("root/sub"));
        Files.writeString(folder.resolve("root/overlay"), "overlay");
        Files.writeString(folder.resolve("root/base"), "base");
        Files.writeString(folder.resolve("root/sub/deep"), "deep");
        Files.writeString(folder.resolve("root/a:b"), "colon");
        Files.writeString(folder.resolve("secret"), "secret");
        Files.createSymbolicLink(folder.resolve("root/escape"), folder.resolve("secret"));
        Files.createSymbolicLink(folder.resolve("root/inside"), Path.of("sub/deep"));
        Files.createSymbolicLink(folder.resolve("root/up"), folder);
    }

    private long open(ReferenceGate gate, String reference) throws IOException {
        try (FileStorage from = FileStorage.open(folder.resolve("root/overlay"));
                Storage opened = gate.open(from, Role.BACKING_FILE, reference)) {
            return opened.size();
        }
    }

    @Test
    void opensWhatLiesWithinTheRoot() throws IOException {
        ReferenceGate gate = ReferenceGate.within(folder.resolve("root"));
        assertEquals(4, open(gate, "base"));
        assertEquals(4, open(gate, "./base"));
        assertEquals(4, open(gate, "file:base"));
        assertEquals(4, open(gate, "sub/../base"));
        assertEquals(4, open(gate, "inside"));
        assertEquals(5, open(gate, "./a:b"));
        assertEquals(4, open(gate, folder.resolve("root/base").toString()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../secret",
                "escape",
                "up/secret",
                "/etc/hostname",
                "nbd://localhost/disk",
                "json:{\"file\":\"base\"}",
                "file:///etc/hostname",
                "a:b",
                "bad\0name"
            })
    void refusesWhatLeavesTheRoot(String reference) throws IOException {
        ReferenceGate gate = ReferenceGate.within(folder.resolve("root"));
        ImageException e = assertThrows(ImageException.class, () -> open(gate, reference));
        assertEquals(ImageException.Kind.REFERENCE_REFUSED, e.kind());
        assertTrue(e.toString().contains("overlay"), e.toString());
    }

    @Test
    void saysWhatIsMissing() throws IOException {
        ReferenceGate gate = ReferenceGate.within(folder.resolve("root"));
        ImageException e = assertThrows(ImageException.class, () -> open(gate, "gone"));
        assertEquals(ImageException.Kind.REFERENCE_MISSING, e.kind());
        assertTrue(e.toString().contains("'gone'"), e.toString());
    }

    @Test
    void denyRefusesEverything() {
        ImageException e =
                assertThrows(ImageException.class, () -> open(ReferenceGate.deny(), "base"));
        assertEquals(ImageException.Kind.REFERENCE_REFUSED, e.kind());
    }
}

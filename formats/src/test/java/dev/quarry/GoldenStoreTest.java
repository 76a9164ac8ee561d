package dev.quarry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.image.CreateOptions;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.secret.KeySource;
import dev.quarry.store.StoreException;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * Stores that {@code testdata/stores/make-golden.sh} made with the first Quarry of a version: they
 * open, are sound, and have what the files had that were imported, as sha256sum saw them.
 */
final class GoldenStoreTest {

    private static final String FOLDER = "stores/";

    @TempDir Path folder;

    GoldenStoreTest() {}

    private static InputStream resource(String name) {
        return Objects.requireNonNull(GoldenStoreTest.class.getResourceAsStream(FOLDER + name));
    }

    private Path unpacked(String name) throws IOException {
        Path store = folder.resolve("store");
        try (ZipInputStream zip = new ZipInputStream(resource(name))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                Path file = store.resolve(entry.getName()).normalize();
                assertTrue(file.startsWith(store), entry.getName());
                if (entry.isDirectory()) {
                    Files.createDirectories(file);
                } else {
                    Files.createDirectories(file.getParent());
                    Files.copy(zip, file);
                }
            }
        }
        return store;
    }

    @Test
    void version3() throws Exception {
        expect("v3-plain.zip", "v3.sha256", null);
    }

    @Test
    void version3Encrypted() throws Exception {
        try (InputStream key = resource("v3.key")) {
            expect("v3-encrypted.zip", "v3.sha256", KeySource.keyFile(key.readAllBytes()));
        }
    }

    @Test
    void version4() throws Exception {
        expect("v4-plain.zip", "v4.sha256", null);
    }

    @Test
    void version4Encrypted() throws Exception {
        try (InputStream key = resource("v4.key")) {
            expect("v4-encrypted.zip", "v4.sha256", KeySource.keyFile(key.readAllBytes()));
        }
    }

    private void expect(String zip, String digests, @Nullable KeySource key)
            throws IOException, GeneralSecurityException {
        Path store = unpacked(zip);
        List<String> lines;
        try (InputStream text = resource(digests)) {
            lines = new String(text.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
        try (Quarry quarry = Quarry.open(store, key)) {
            StoreFixture.assertSound(quarry);
            assertEquals(lines.size(), quarry.catalog().images().size());
            for (String line : lines) {
                String digest = line.substring(0, 64);
                String name = line.substring(66).replace(".raw", "");
                Path out = folder.resolve(name);
                quarry.export(
                        StoreFixture.image(quarry, name).id(),
                        out,
                        "raw",
                        CreateOptions.defaults(),
                        ProgressListener.none(),
                        new CancelToken());
                MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
                assertEquals(
                        digest, HexFormat.of().formatHex(sha256.digest(Files.readAllBytes(out))));
                assertEquals("golden " + name, StoreFixture.image(quarry, name).description());
            }
            StoreFixture.collect(quarry);
            StoreFixture.assertSound(quarry);
        }
    }

    /** Their documents had no checksums. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void otherVersionsAreRefusedInWords(int version) throws IOException {
        Path store = Files.createDirectory(folder.resolve("store"));
        Files.writeString(
                store.resolve("quarry-store.json"),
                """
                {
                  "format": "quarry-store",
                  "version": %d,
                  "cutter": {
                    "id": 1,
                    "averageBytes": 16384,
                    "maximumBytes": 65536
                  },
                  "frameBytes": 262144,
                  "codec": "zstd",
                  "level": 1
                }
                """
                        .formatted(version));
        StoreException refused = assertThrows(StoreException.class, () -> Quarry.open(store));
        assertEquals(StoreException.Kind.VERSION, refused.kind());
        assertEquals(
                "the store is of version "
                        + version
                        + ", and this Quarry reads versions 3 to 4: "
                        + store.toAbsolutePath(),
                refused.getMessage());
    }
}

package dev.quarry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.secret.KeySource;
import dev.quarry.testdata.Replay;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * A flipped bit anywhere in any file of a store, and a file that lost its end, is found by a full
 * verification, or the store does not open and says why.
 */
final class BitRotTest {

    /** All classes of files that a store has, by the first part of their names. */
    private static final Set<String> CLASSES =
            Set.of(
                    "accounts",
                    "bases",
                    "blocks",
                    "events",
                    "gc",
                    "images",
                    "index",
                    "launches",
                    "leases",
                    "names",
                    "packs",
                    "products",
                    "quarry-store.json",
                    "settings.json",
                    "snapshots",
                    "tasks",
                    "terms",
                    "tokens",
                    "uploads",
                    "volumes");

    /**
     * What no verification looks at: copies of what was damaged already, for somebody to look at,
     * and files whose bytes say nothing.
     */
    private static final Set<String> EXEMPT = Set.of("quarantine", "documents.lock", "tmp");

    private static final int FILES = 4;
    private static final int FLIPS = 5;

    @TempDir Path folder;

    BitRotTest() {}

    @Test
    void inAPlainStore() throws IOException {
        Path store = new RichStore(folder, null).make();
        Map<String, List<Path>> classes = classes(store);
        assertEquals(CLASSES, classes.keySet());
        // Search entries have no bytes.
        classes.remove("terms");
        rot(store, null, classes);
    }

    @Test
    void inAnEncryptedStore() throws IOException {
        KeySource key = KeySource.keyFile(new byte[32]);
        Path store = new RichStore(folder, key).make();
        Map<String, List<Path>> classes = classes(store);
        Set<String> expected = new TreeSet<>(CLASSES);
        // Overlays, and so their bases, are refused.
        expected.remove("bases");
        assertEquals(expected, classes.keySet());
        rot(store, key, classes);
    }

    private static Map<String, List<Path>> classes(Path store) throws IOException {
        Map<String, List<Path>> classes = new TreeMap<>();
        try (Stream<Path> files = Files.walk(store)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                String first = store.relativize(file).getName(0).toString();
                if (!EXEMPT.contains(first) && !file.endsWith("tmp.lock")) {
                    classes.computeIfAbsent(first, _ -> new ArrayList<>()).add(file);
                }
            }
        }
        return classes;
    }

    private void rot(Path store, @Nullable KeySource key, Map<String, List<Path>> classes)
            throws IOException {
        assertEquals("sound", verify(store, key));
        Replay.seeds(
                1,
                random -> {
                    for (List<Path> files : classes.values()) {
                        for (int i = 0; i < Math.min(FILES, files.size()); i++) {
                            rot(store, key, files.get(random.nextInt(files.size())), random);
                        }
                    }
                });
        assertEquals("sound", verify(store, key), "all is as it was");
    }

    private static void rot(Path store, @Nullable KeySource key, Path file, RandomGenerator random)
            throws IOException {
        byte[] good = Files.readAllBytes(file);
        assertTrue(good.length > 0, file.toString());
        boolean isReadOnly = !Files.isWritable(file);
        assertTrue(!isReadOnly || file.toFile().setWritable(true));
        for (int i = 0; i < FLIPS; i++) {
            byte[] bad = good.clone();
            int position = random.nextInt(bad.length);
            int bit = random.nextInt(8);
            bad[position] ^= (byte) (1 << bit);
            Files.write(file, bad);
            assertFound(store, key, file, "bit " + bit + " of byte " + position);
        }
        for (int length : new int[] {0, random.nextInt(good.length), good.length - 1}) {
            Files.write(file, Arrays.copyOf(good, length));
            assertFound(store, key, file, "cut to " + length + " bytes");
        }
        Files.write(file, good);
    }

    private static void assertFound(Path store, @Nullable KeySource key, Path file, String what)
            throws IOException {
        String found = verify(store, key);
        String name = store.relativize(file).toString();
        String base = file.getFileName().toString();
        String stem = base.contains(".") ? base.substring(0, base.lastIndexOf('.')) : base;
        assertTrue(!found.equals("sound"), "not found: " + what + " of " + name);
        assertTrue(
                found.contains(stem) || name.startsWith("packs/") || !base.contains("."),
                what + " of " + name + " was found as: " + found);
    }

    private static String verify(Path store, @Nullable KeySource key) throws IOException {
        try (Quarry quarry = Quarry.open(store, key)) {
            VerifyReport report = StoreFixture.verify(quarry);
            return report.isSound() ? "sound" : report.toString();
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }
}

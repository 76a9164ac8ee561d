package dev.quarry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.testdata.DemoDisk;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** An encrypted store on the command line. */
final class EncryptionCommandTest {

    private static final long DISK_BYTES = 8L << 20;

    @TempDir private Path folder;

    private Path raw = Path.of("");
    private Path store = Path.of("");
    private Path key = Path.of("");
    private Cli cli = Cli.bare();
    private String image = "";

    EncryptionCommandTest() {}

    @BeforeEach
    void importOne() throws IOException {
        raw = folder.resolve("disk.raw");
        store = folder.resolve("store");
        key = keyFile("key", 7);
        DemoDisk.write(raw, 1, 0, DISK_BYTES);
        cli = Cli.withStore(store).with("QUARRY_KEY_FILE", key.toString());
        cli.run("init").ok();
        image = importImage("secret-web-image");
    }

    private Path keyFile(String name, int value) throws IOException {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) value);
        return Files.write(folder.resolve(name), bytes);
    }

    private String importImage(String name) throws IOException {
        Cli.Run run =
                cli.run(
                                "import",
                                "-f",
                                "raw",
                                raw,
                                "--name",
                                name,
                                "--tag",
                                "team-of-owner=blue-and-white",
                                "--json")
                        .ok();
        return Json.text(run.list("Images").getFirst(), "ImageId");
    }

    @Test
    void everythingWorksAndNothingShows() throws IOException {
        String second = importImage("second-image");
        assertEquals(
                1,
                cli.run("images", "--filter", "name=secret*", "--json").ok().list("Images").size());
        cli.run("tag", second, "owner=nobody").ok();
        cli.run("launch", image, "--out", folder.resolve("vm")).ok();
        Path out = folder.resolve("out.raw");
        cli.run("export", image, out, "-O", "raw").ok();
        assertEquals(-1, Files.mismatch(raw, out));
        cli.run("copy", image, "--name", "third-image").ok();
        cli.run("deregister", second, "--delete-associated-snapshots").ok();
        cli.run("gc").ok();
        cli.run("verify").ok();
        cli.run("stats").ok();
        Map<String, Object> shown = cli.run("show", "--json", image).ok().list("Images").getFirst();
        assertEquals("secret-web-image", shown.get("Name"));
        Map<String, Object> snapshot =
                cli.run("snapshots", "--json").ok().list("Snapshots").getFirst();
        for (String word :
                List.of(
                        "secret-web",
                        "second-image",
                        "third-image",
                        "team-of-owner",
                        "blue-and-white",
                        "nobody",
                        "disk.raw",
                        Json.text(snapshot, "ContentDigest"),
                        Json.text(snapshot, "Root"))) {
            for (Path file : Folders.files(store)) {
                assertFalse(file.toString().contains(word), file.toString());
                String text = Files.readString(file, StandardCharsets.ISO_8859_1);
                assertFalse(text.contains(word), word + " is in " + file);
            }
        }
    }

    @Test
    void withoutTheKeyNothingOpens() throws IOException {
        Path wrong = keyFile("wrong", 8);
        Path words = Files.writeString(folder.resolve("words"), "open sesame\n");
        Path shorter = Files.write(folder.resolve("short"), new byte[16]);
        for (List<String> key :
                List.of(
                        List.<String>of(),
                        List.of("--key-file", wrong.toString()),
                        List.of("--passphrase-file", words.toString()))) {
            Cli.Run run = Cli.withStore(store).run(append(key, "images")).expect(1);
            assertEquals(1, run.err().lines().count(), run.err());
            assertTrue(run.err().contains(store.toString()), run.err());
        }
        Cli.Run other = Cli.withStore(store).run("--passphrase-file", words, "images").expect(1);
        assertTrue(other.err().contains("opened by a key file"), other.err());
        Cli.withStore(store).run("--key-file", shorter, "images").expect(2);
        Cli.withStore(store).run("--key-file", folder.resolve("none"), "images").expect(1);
        Cli.withStore(store).run("images", "--key-file", key, "--passphrase-file", words).expect(2);
        Cli.withStore(store).run("images", "--key-file", key).ok();
    }

    private static Object[] append(List<String> options, String command) {
        Object[] words = Arrays.copyOf(options.toArray(), options.size() + 1);
        words[options.size()] = command;
        return words;
    }

    @Test
    void aPlainStoreIsNotTakenForAnEncryptedOne() throws IOException {
        Cli plain = Cli.withStore(folder.resolve("plain"));
        plain.run("import", "-f", "raw", raw).ok();
        Cli.Run run = plain.run("images", "--key-file", key).expect(1);
        assertTrue(run.err().contains("is not encrypted"), run.err());
        // Nor by a service that has its key in the environment: it would go on in plain.
        plain.with("QUARRY_KEY_FILE", key.toString()).run("images").expect(1);
    }

    @Test
    void overlaysAreRefused() {
        Cli.Run run =
                cli.run("launch", image, "--out", folder.resolve("vm"), "--overlay").expect(1);
        assertEquals("", run.out());
        assertEquals(1, run.err().lines().count(), run.err());
        assertTrue(run.err().contains("this store is encrypted: launch without them"), run.err());
        assertFalse(Files.exists(store.resolve("bases")));
        assertFalse(Files.exists(folder.resolve("vm")));
    }

    @Test
    void thePassphraseCanBeChanged() throws IOException {
        Path words = Files.writeString(folder.resolve("words"), "open sesame\n");
        cli.run("change-key").expect(2);
        cli.run("change-key", "--new-passphrase-file", words).ok();
        cli.run("images").expect(1);
        Cli opened = Cli.withStore(store).with("QUARRY_PASSPHRASE_FILE", words.toString());
        opened.run("verify").ok();
        opened.run("change-key", "--new-key-file", key).ok();
        cli.run("show", image).ok();
    }

    @Test
    void transferGoesBetweenKeys() throws IOException {
        Path wrong = keyFile("other", 9);
        Path there = folder.resolve("there");
        Cli other = Cli.withStore(there).with("QUARRY_KEY_FILE", wrong.toString());
        other.run("init").ok();
        cli.run("transfer", image, "--to", there).expect(1);
        Map<String, Object> result =
                cli.run("transfer", image, "--to", there, "--to-key-file", wrong, "--json")
                        .ok()
                        .json();
        assertEquals(true, result.get("Recut"));
        Path out = folder.resolve("out.raw");
        other.run("export", Json.text(result, "ImageId"), out, "-O", "raw").ok();
        assertEquals(-1, Files.mismatch(raw, out));
        other.run("verify").ok();
        Path file = folder.resolve("web.quarry");
        cli.run("archive", image, file).ok();
        other.run("unarchive", file, "--name", "by-hand").ok();
        assertEquals(
                0,
                Json.number(
                        cli.run("transfer", image, "--to", there, "--to-key-file", wrong, "--json")
                                .ok()
                                .json(),
                        "NewBytes"));
    }

    @Test
    void aKeyForAPlainTargetIsRefused() throws IOException {
        Path there = folder.resolve("plain");
        Cli.withStore(there).run("init").ok();
        Path key = keyFile("other", 9);
        Cli.Run run = cli.run("transfer", image, "--to", there, "--to-key-file", key).expect(1);
        assertTrue(run.err().contains("is not encrypted"), run.err());
        cli.run("transfer", image, "--to", there).ok();
    }
}

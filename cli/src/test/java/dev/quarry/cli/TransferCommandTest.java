package dev.quarry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.testdata.DemoDisk;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** An image goes from store to store, and by hand in a file. */
final class TransferCommandTest {

    private static final long DISK_BYTES = 8L << 20;
    private static final long LARGE_BYTES = 1L << 30;

    @TempDir private Path folder;

    private Path raw = Path.of("");
    private Path there = Path.of("");
    private Cli here = Cli.bare();
    private Cli other = Cli.bare();
    private String image = "";
    private String snapshot = "";

    TransferCommandTest() {}

    @BeforeEach
    void makeStores() throws IOException {
        raw = folder.resolve("disk.raw");
        there = folder.resolve("there");
        DemoDisk.write(raw, 1, 0, DISK_BYTES);
        here = Cli.withStore(folder.resolve("here"));
        other = Cli.withStore(there);
        other.run("init", "--compression", "lz4").ok();
        Cli.Run run =
                here.run("import", "-f", "raw", raw, "--name", "web", "--tag", "a=b", "--json")
                        .ok();
        image = Json.text(run.list("Images").getFirst(), "ImageId");
        snapshot = Json.text(run.list("Snapshots").getFirst(), "SnapshotId");
    }

    private void assertExports(Cli store, String id, Path content) throws IOException {
        Path out = folder.resolve("out.raw");
        store.run("export", id, out, "-O", "raw").ok();
        assertEquals(-1, Files.mismatch(content, out));
        store.run("verify").ok();
    }

    @Test
    void anImageIsTransferredOnce() throws IOException {
        Map<String, Object> first =
                here.run("transfer", image, "--to", there, "--json").ok().json();
        String copy = Json.text(first, "ImageId");
        assertNotEquals(image, copy);
        assertTrue(Json.number(first, "NewBytes") > 0);
        assertEquals(false, first.get("Recut"));
        assertExports(other, copy, raw);
        Map<String, Object> shown =
                other.run("show", "--json", copy).ok().list("Images").getFirst();
        assertEquals("web", shown.get("Name"));
        assertEquals(image, shown.get("SourceImageId"));
        assertEquals(List.of(Map.of("Key", "a", "Value", "b")), Json.list(shown, "Tags"));

        Map<String, Object> again =
                here.run("transfer", image, "--to", there, "--json").ok().json();
        assertEquals(copy, Json.text(again, "ImageId"));
        assertEquals(0, Json.number(again, "NewBytes"));
        Map<String, Object> renamed =
                here.run("transfer", image, "--to", there, "--name", "web-2", "--json").ok().json();
        assertNotEquals(copy, Json.text(renamed, "ImageId"));
        assertEquals(0, Json.number(renamed, "NewBytes"));
    }

    @Test
    void anImageThatWasDeregisteredThereIsTransferredAnew() throws IOException {
        String first = here.run("transfer", image, "--to", there).ok().lines().getFirst();
        other.run("deregister", first).ok();
        String second = here.run("transfer", image, "--to", there).ok().lines().getFirst();
        assertNotEquals(first, second);
        assertExports(other, second, raw);
        assertEquals(second, here.run("transfer", image, "--to", there).ok().lines().getFirst());
    }

    @Test
    void aSnapshotIsTransferredOnce() throws IOException {
        String copy = here.run("transfer", snapshot, "--to", there).ok().lines().getFirst();
        assertExports(other, copy, raw);
        assertEquals(copy, here.run("transfer", snapshot, "--to", there).ok().lines().getFirst());
        here.run("transfer", snapshot, "--to", there, "--name", "n").expect(2);
        here.run("transfer", snapshot, "--to", folder.resolve("nowhere")).expect(1);
    }

    @Test
    void whoMayNotReadMayNotTransfer() {
        for (String id : List.of(image, snapshot)) {
            here.run("transfer", id, "--to", there, "--as", "stranger").expect(1);
            here.run("archive", id, folder.resolve("a"), "--as", "stranger").expect(1);
        }
        assertFalse(Files.exists(folder.resolve("a")));
        // A launch permission lets launch, and not take away.
        here.run("share", image, "--with", "stranger").ok();
        here.run("transfer", image, "--to", there, "--as", "stranger").expect(1);
        here.run("archive", image, folder.resolve("a"), "--as", "stranger").expect(1);
        here.run("transfer", snapshot, "--to", there, "--as", "stranger").expect(1);
    }

    @Test
    void aTransferThatWasKilledGoesOn() throws Exception {
        Path large = folder.resolve("large.raw");
        DemoDisk.write(large, 2, 0, LARGE_BYTES);
        String id = here.run("import", "-f", "raw", large).ok().lines().getFirst();
        try (CommandProcess process =
                CommandProcess.start(
                        "--store",
                        folder.resolve("here"),
                        "transfer",
                        id,
                        "--to",
                        there,
                        "--progress=json")) {
            process.awaitLine("transfer");
            process.kill();
            assertEquals(128 + 9, process.exitCode());
        }
        other.run("verify").ok();
        String copy = here.run("transfer", id, "--to", there).ok().lines().getFirst();
        assertExports(other, copy, large);
        assertEquals(1, other.run("snapshots", "--json").ok().list("Snapshots").size());
    }

    @Test
    void anArchiveCarriesAnImage() throws IOException {
        Path file = folder.resolve("web.quarry");
        here.run("archive", image, file).ok();
        assertTrue(Files.size(file) < DISK_BYTES, "it is not compressed");
        Map<String, Object> taken = other.run("unarchive", file, "--json").ok().json();
        String copy = Json.text(taken, "ImageId");
        assertExports(other, copy, raw);
        Map<String, Object> shown =
                other.run("show", "--json", copy).ok().list("Images").getFirst();
        assertEquals("web", shown.get("Name"));
        assertEquals(List.of(Map.of("Key", "a", "Value", "b")), Json.list(shown, "Tags"));
        // The name is taken now.
        other.run("unarchive", file).expect(1);
        other.run("unarchive", file, "--name", "web-2").ok();
        here.run("archive", snapshot, file).ok();
        other.run("unarchive", file, "--name", "web-3").expect(1);
        String bare = other.run("unarchive", file).ok().lines().getFirst();
        assertExports(other, bare, raw);
    }

    @Test
    void noStoreIsMadeForAnObjectThatIsNotThere() {
        Path nowhere = folder.resolve("nowhere");
        Cli cli = Cli.withStore(nowhere);
        for (String key : List.of("ami-0.bin", "../ami-0.bin")) {
            Cli.Run run =
                    cli.run("restore-image", "--bucket", folder, "--object-key", key).expect(1);
            assertTrue(run.err().contains(key), run.err());
            assertFalse(Files.exists(nowhere));
        }
    }

    @Test
    void aDamagedArchiveRegistersNothing() throws IOException {
        Path file = folder.resolve("web.quarry");
        here.run("archive", image, file).ok();
        byte[] whole = Files.readAllBytes(file);
        Path damaged = folder.resolve("damaged.quarry");
        for (int i = 0; i < 60; i++) {
            byte[] bytes = whole.clone();
            int at = i < 32 ? i : (int) ((long) i * (whole.length - 1) / 59);
            bytes[at] ^= 0x40;
            Files.write(damaged, bytes);
            Cli.Run run = other.run("unarchive", damaged).expect(1);
            assertEquals(1, run.err().lines().count(), run.err());
            assertTrue(run.err().contains(damaged.toString()), run.err());
        }
        for (int length : List.of(0, 7, 31, 40, whole.length / 2, whole.length - 1)) {
            Files.write(damaged, Arrays.copyOf(whole, length));
            other.run("unarchive", damaged).expect(1);
        }
        Files.write(damaged, Arrays.copyOf(whole, whole.length + 1));
        other.run("unarchive", damaged).expect(1);
        assertEquals(0, other.run("snapshots", "--json").ok().list("Snapshots").size());
        assertEquals(0, other.run("images", "--json").ok().list("Images").size());
    }

    @Test
    void whatAnImportWouldAddIsWhatItAdds() throws IOException {
        Path more = folder.resolve("more.raw");
        DemoDisk.write(more, 1, 1, DISK_BYTES);
        Cli.Run before =
                Cli.bare().run("--store", folder.resolve("here"), "analyze", more, "--json").ok();
        Cli.Run imported = here.run("import", "-f", "raw", more, "--json").ok();
        Map<String, Object> facts = imported.list("Imports").getFirst();
        assertEquals(Json.number(facts, "NewBytes"), Json.number(before.json(), "NewBytes"));
        assertEquals(Json.number(facts, "DataBytes"), Json.number(before.json(), "DataBytes"));
        Cli.Run after =
                Cli.bare().run("--store", folder.resolve("here"), "analyze", more, "--json").ok();
        assertEquals(0, Json.number(after.json(), "NewBytes"));
        assertEquals(0, Json.number(after.json(), "NewChunks"));
        assertTrue(
                Cli.bare()
                        .run("--store", folder.resolve("here"), "analyze", more)
                        .ok()
                        .out()
                        .contains("new to the store: 0 chunks of 0 B"));
        long freed =
                Json.number(
                        here.run("stats", image, "--json").ok().list("Images").getFirst(),
                        "FreedBytes");
        assertTrue(freed >= 0, "freed " + freed);
        assertTrue(here.run("stats", image).ok().out().contains("FREED"));
    }
}

package dev.quarry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.json.JsonTree;
import dev.quarry.testdata.Content;
import dev.quarry.testdata.Corpus;
import dev.quarry.testdata.ForeignTool;
import dev.quarry.testdata.Qcow2Oracle;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

final class InfoCommandTest {

    private final Cli cli = Cli.bare();

    @TempDir private Path folder;

    /** What a script may read of qemu-img's output; the rest differs from version to version. */
    private static final List<String> FIELDS =
            List.of(
                    "virtual-size",
                    "filename",
                    "format",
                    "cluster-size",
                    "actual-size",
                    "dirty-flag",
                    "encrypted",
                    "backing-filename",
                    "full-backing-filename",
                    "backing-filename-format");

    @TestFactory
    Stream<DynamicTest> saysWhatQemuImgSays() {
        ForeignTool qemuImg = ForeignTool.require("qemu-img");
        Corpus corpus = Corpus.require();
        return Stream.concat(corpus.ofFormat("qcow2"), corpus.ofFormat("vmdk"))
                .filter(entry -> entry.guestSha256().isPresent())
                .map(entry ->
                        DynamicTest.dynamicTest(
                                entry.name(), () -> compare(qemuImg, entry.file())));
    }

    private void compare(ForeignTool qemuImg, Path file) throws IOException {
        ForeignTool.Result foreign = qemuImg.run("info", "-U", "--output=json", file);
        Map<String, Object> expected = JsonTree.readObject(foreign.expectSuccess().stdout());
        Map<String, Object> actual = cli.run("info", "--output=json", file).ok().json();
        boolean split = !"raw".equals(expected.get("format")) && isDescriptor(file);
        for (String field : FIELDS) {
            // A descriptor's own blocks and not its extents': they are not opened. QEMU calls the
            // grain size of the extents the cluster size of the whole.
            if (!split || !(field.equals("actual-size") || field.equals("cluster-size"))) {
                assertEquals(expected.get(field), actual.get(field), field);
            }
        }
        compareSpecific(expected, actual);
    }

    private static boolean isDescriptor(Path file) throws IOException {
        return Files.size(file) < 4096;
    }

    private static void compareSpecific(Map<String, Object> expected, Map<String, Object> actual) {
        if (!expected.containsKey("format-specific")) {
            assertFalse(actual.containsKey("format-specific"), actual.toString());
            return;
        }
        Map<String, Object> theirs = Json.object(expected, "format-specific");
        Map<String, Object> ours = Json.object(actual, "format-specific");
        assertEquals(theirs.get("type"), ours.get("type"));
        Map<String, Object> theirData = Json.object(theirs, "data");
        Map<String, Object> ourData = Json.object(ours, "data");
        for (Map.Entry<String, Object> fact : theirData.entrySet()) {
            // QEMU resolves the names of extents, and lists bitmaps.
            if (!fact.getKey().equals("extents") && !fact.getKey().equals("bitmaps")) {
                assertEquals(fact.getValue(), ourData.get(fact.getKey()), fact.getKey());
            }
        }
    }

    @Test
    void referencesAreNamedAndNotOpened() throws IOException {
        Path overlay = folder.resolve("overlay.qcow2");
        Qcow2Oracle.write(
                Content.of(new byte[1 << 20]),
                overlay,
                Qcow2Oracle.Options.plain().withBacking("not-there.raw", "raw"));
        Map<String, Object> json = cli.run("info", "--json", overlay).ok().json();
        assertEquals("not-there.raw", json.get("backing-filename"));
        assertEquals(folder + "/not-there.raw", json.get("full-backing-filename"));
        assertEquals("raw", json.get("backing-filename-format"));
        List<String> lines = cli.run("info", overlay).ok().lines();
        assertTrue(
                lines.contains(
                        "backing file: not-there.raw (actual path: " + folder + "/not-there.raw)"),
                lines.toString());
    }

    @Test
    void anyFileIsRaw() throws IOException {
        Path file = Files.write(folder.resolve("any file"), new byte[1000]);
        Map<String, Object> json = cli.run("info", "--json", file).ok().json();
        assertEquals("raw", json.get("format"));
        assertEquals(1000, json.get("virtual-size"));
        assertFalse(json.containsKey("cluster-size"));
        assertEquals(
                List.of(
                        "image: " + file,
                        "file format: raw",
                        "virtual size: 0.977 KiB (1000 bytes)"),
                cli.run("info", file).ok().lines().subList(0, 3));
    }

    @Test
    void whatTheLauncherSaysIsBelievedOfTheSameFileOnly() throws IOException {
        Path file = Files.write(folder.resolve("disk"), new byte[8192]);
        String identity =
                Files.getAttribute(file, "unix:dev") + ":" + Files.getAttribute(file, "unix:ino");
        assertEquals(512 * 77, actualSize(file, identity + ":77"));
        long asked = actualSize(file, "");
        assertTrue(asked >= 8192 && asked < 512 * 77, "actual size " + asked);
        assertEquals(asked, actualSize(file, identity + "1:77"));
        assertEquals(asked, actualSize(file, identity + ":many"));
        assertEquals(asked, actualSize(file, "77"));
    }

    private long actualSize(Path file, String told) throws IOException {
        Map<String, Object> json =
                cli.with("QUARRY_STAT", told).run("info", "--json", file).ok().json();
        return Json.number(json, "actual-size");
    }

    @Test
    void aFormatThatIsNamedIsTaken() throws IOException {
        Path file = folder.resolve("disk.qcow2");
        Qcow2Oracle.write(Content.of(new byte[1 << 20]), file, Qcow2Oracle.Options.plain());
        assertEquals("raw", cli.run("info", "-f", "raw", "--json", file).ok().json().get("format"));
        assertEquals(
                "quarry: unknown format 'vhd' (known: ova, qcow2, raw, vmdk)\n",
                cli.run("info", "-f", "vhd", file).expect(1).err());
        Cli.Run foreign = cli.run("info", "-f", "vmdk", file).expect(1);
        assertTrue(foreign.err().startsWith("quarry: no VMDK"), foreign.err());
        assertTrue(foreign.err().endsWith(file + "\n"), foreign.err());
    }

    @Test
    void namesInsideAnImageDoNothingToATerminal() throws IOException {
        Path file = folder.resolve("overlay.qcow2");
        Qcow2Oracle.write(
                Content.of(new byte[1 << 20]),
                file,
                Qcow2Oracle.Options.plain().withBacking("a\u001b[31mb", "raw"));
        String out = cli.run("info", file).ok().out();
        assertTrue(out.contains("backing file: a\\x1b[31mb"), out);
        assertFalse(out.contains("\u001b"), out);
    }

    @Test
    void whatIsNoFileIsRefused() {
        assertEquals(
                "quarry: is a folder, not an image: " + folder + "\n",
                cli.run("info", folder).expect(1).err());
        assertEquals(
                "quarry: is neither a regular file nor a block device: /dev/null\n",
                cli.run("info", "/dev/null").expect(1).err());
        assertEquals(
                "quarry: no such file or folder: " + folder.resolve("nothing") + "\n",
                cli.run("info", folder.resolve("nothing")).expect(1).err());
    }
}

package dev.quarry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.json.JsonTree;
import dev.quarry.testdata.Content;
import dev.quarry.testdata.DemoDisk;
import dev.quarry.testdata.ForeignTool;
import dev.quarry.testdata.Qcow2Oracle;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

final class ConvertCommandTest {

    private static final long DISK_BYTES = 4L << 20;

    private final Cli cli = Cli.bare();

    @TempDir private Path folder;

    private Path raw = Path.of("");
    private Path qcow2 = Path.of("");

    @BeforeEach
    void writeImages() throws IOException {
        raw = folder.resolve("disk.raw");
        qcow2 = folder.resolve("disk.qcow2");
        DemoDisk.write(raw, 3, 0, DISK_BYTES);
        try (Content content = Content.open(raw)) {
            Qcow2Oracle.write(content, qcow2, Qcow2Oracle.Options.plain());
        }
    }

    @Test
    void rawIsTheFormatOfWhoDoesNotSay() throws IOException {
        Path copy = folder.resolve("copy");
        Cli.Run run = cli.run("convert", qcow2, copy).ok();
        assertEquals("", run.out());
        assertEquals("", run.err());
        assertEquals(-1, Files.mismatch(raw, copy));
    }

    @Test
    void optionsAreThoseOfQemuImg() throws IOException {
        ForeignTool qemuImg = ForeignTool.require("qemu-img");
        Path copy = folder.resolve("copy.qcow2");
        cli.run("convert", "-fraw", "-Oqcow2", "-o", "cluster_size=4k,compat=0.10", raw, copy).ok();
        qemuImg.run("compare", raw, copy).expectSuccess();
        Map<String, Object> info = cli.run("info", "--json", copy).ok().json();
        assertEquals(4096, info.get("cluster-size"));
        Map<String, Object> specific = Json.object(info, "format-specific");
        assertEquals("0.10", Json.object(specific, "data").get("compat"));
    }

    @Test
    void aGuessedFormatIsAWarning() {
        Path copy = folder.resolve("copy");
        String err = cli.run("convert", raw, copy).ok().err();
        assertTrue(err.startsWith("quarry: warning: the format of " + raw + " is a guess"), err);
        assertEquals(1, err.lines().count());
    }

    @Test
    void aPaddedDiskIsAWarning() throws IOException {
        Path odd = Files.write(folder.resolve("odd"), new byte[1_000_001]);
        Path copy = folder.resolve("copy.qcow2");
        String err = cli.run("convert", "-f", "raw", "-O", "qcow2", odd, copy).ok().err();
        assertEquals(
                "quarry: warning: the disk has 1000001 bytes, and 1000448 in the target, with zeros"
                        + " at the end: its format knows whole sectors only: "
                        + copy
                        + "\n",
                err);
    }

    @Test
    void progressIsALineForEachStepOrABar() throws IOException {
        Path copy = folder.resolve("copy");
        Cli.Run lines = cli.run("convert", "--progress=json", qcow2, copy).ok();
        List<String> all = lines.err().lines().toList();
        for (String line : all) {
            Map<String, Object> progress = Json.object(JsonTree.readObject(line), "Progress");
            assertEquals("convert", progress.get("Operation"));
            assertEquals(DISK_BYTES, Json.number(progress, "TotalBytes"));
        }
        Map<String, Object> last = Json.object(JsonTree.readObject(all.getLast()), "Progress");
        assertEquals(DISK_BYTES, Json.number(last, "DoneBytes"));
        assertTrue(cli.run("convert", "-p", qcow2, copy).ok().err().contains("convert  ["));
        assertEquals("", cli.run("convert", "--progress=none", qcow2, copy).ok().err());
        cli.run("convert", "--progress=often", qcow2, copy).expect(1);
    }

    @Test
    void whatFailsLeavesTheTargetAsItWas() throws IOException {
        Path target = Files.writeString(folder.resolve("target"), "what was there");
        assertFailure(target, "unknown format 'vhd'", "-O", "vhd", qcow2, target);
        assertFailure(
                target,
                "the disk has the source's size",
                "-O",
                "qcow2",
                "-o",
                "size=1",
                raw,
                target);
        assertFailure(target, "no such file or folder", folder.resolve("nothing"), target);
        Path truncated = folder.resolve("truncated.qcow2");
        Files.write(truncated, java.util.Arrays.copyOf(Files.readAllBytes(qcow2), 300_000));
        assertFailure(target, truncated.toString(), truncated, target);
    }

    /** As for qemu-img, a slash at the end is a folder, whether it is there or not. */
    @Test
    void aTargetThatIsAFolderByItsNameIsRefused() throws IOException {
        for (Path at : List.of(folder, folder.resolve("new"))) {
            String name = at + "/";
            for (Cli.Run run :
                    List.of(
                            cli.run("convert", qcow2, name),
                            cli.run("create", "-f", "qcow2", name, "1M"))) {
                assertEquals(1, run.exitCode(), run.toString());
                assertEquals("quarry: is a folder, not an image: " + name + "\n", run.err());
            }
        }
        assertFalse(Files.exists(folder.resolve("new")));
    }

    private void assertFailure(Path target, String message, Object... args) throws IOException {
        Object[] words = new Object[args.length + 1];
        words[0] = "convert";
        System.arraycopy(args, 0, words, 1, args.length);
        Cli.Run run = cli.run(words).expect(1);
        List<String> errors =
                run.err().lines().filter(line -> !line.startsWith("quarry: warning")).toList();
        assertEquals(1, errors.size(), run.err());
        assertTrue(errors.getFirst().contains(message), run.err());
        assertEquals("what was there", Files.readString(target));
        try (var files = Files.list(folder)) {
            assertFalse(files.anyMatch(file -> file.toString().endsWith(".tmp")));
        }
    }

    @Test
    void referencesNeedPermission() throws IOException {
        Path overlay = folder.resolve("overlay.qcow2");
        try (Content content = Content.open(raw)) {
            Qcow2Oracle.write(
                    content,
                    content,
                    overlay,
                    Qcow2Oracle.Options.plain().withBacking("disk.raw", "raw"));
        }
        Path copy = folder.resolve("copy");
        Cli.Run refused = cli.run("convert", overlay, copy).expect(1);
        assertTrue(refused.err().contains("'disk.raw'"), refused.err());
        assertTrue(refused.err().contains("--allow-references DIR"), refused.err());
        cli.run("convert", "--allow-references", folder, overlay, copy).ok();
        assertEquals(-1, Files.mismatch(raw, copy));
        Path other = Files.createDirectory(folder.resolve("other"));
        cli.run("convert", "--allow-references", other, overlay, copy).expect(1);
        cli.run("convert", "--allow-references", "/nowhere/dir", overlay, copy).expect(1);
    }

    @Test
    void aSnapshotIsReadByItsName() throws IOException {
        Path before = folder.resolve("before.raw");
        ForeignTool qemuImg = ForeignTool.require("qemu-img");
        qemuImg.run("snapshot", "-c", "before", qcow2).expectSuccess();
        ForeignTool.require("qemu-io")
                .run("-f", "qcow2", "-c", "write -P 7 0 1M", qcow2)
                .expectSuccess();
        cli.run("convert", "--snapshot", "before", qcow2, before).ok();
        assertEquals(-1, Files.mismatch(raw, before));
        assertTrue(
                cli.run("convert", "--snapshot", "other", qcow2, before)
                        .expect(1)
                        .err()
                        .contains("has no internal snapshot '"));
        assertTrue(
                cli.run("convert", "--snapshot", "before", "-f", "raw", raw, before)
                        .expect(1)
                        .err()
                        .contains("no internal snapshots"));
    }
}

package dev.quarry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.testdata.Content;
import dev.quarry.testdata.Corpus;
import dev.quarry.testdata.DemoDisk;
import dev.quarry.testdata.Qcow2Oracle;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

/** Bad input gives one clear error, exit code 1, and leaves the store as it was, and usable. */
final class BadInputTest {

    @TempDir private Path folder;

    private Path store = Path.of("");
    private Path qcow2 = Path.of("");
    private Cli cli = Cli.bare();

    @BeforeEach
    void makeStore() throws IOException {
        store = folder.resolve("store");
        cli = Cli.withStore(store);
        Path raw = folder.resolve("disk.raw");
        qcow2 = folder.resolve("disk.qcow2");
        DemoDisk.write(raw, 4, 0, 4L << 20);
        try (Content content = Content.open(raw)) {
            Qcow2Oracle.write(content, qcow2, Qcow2Oracle.Options.plain());
        }
        cli.run("import", qcow2, "--name", "good").ok();
    }

    /** Runs what must fail, and gives the one line that says why. */
    private String fail(Object... args) throws IOException {
        Folders.Snapshot before = Folders.snapshot(store);
        Cli.Run run = cli.run(args).expect(1);
        assertEquals("", run.out());
        assertEquals(1, run.err().lines().count(), run.err());
        assertTrue(run.err().startsWith("quarry: "), run.err());
        assertFalse(run.err().contains("internal error"), run.err());
        assertFalse(run.err().contains("Exception"), run.err());
        assertEquals(before, Folders.snapshot(store));
        assertEquals(2, cli.run("images").ok().lines().size());
        return run.err().strip();
    }

    @Test
    void aTruncatedImage() throws IOException {
        byte[] bytes = Files.readAllBytes(qcow2);
        for (int length : new int[] {40, 4096, 100_000, bytes.length / 2}) {
            Path file = folder.resolve("truncated-" + length);
            Files.write(file, Arrays.copyOf(bytes, length));
            String message = fail("import", file, "-f", "qcow2");
            assertTrue(message.endsWith(": " + file), message);
        }
    }

    @Test
    void aForeignFile() throws IOException {
        Path file = Files.writeString(folder.resolve("text"), "no disk image\n".repeat(1000));
        String message = fail("import", "-f", "qcow2", file);
        assertTrue(message.contains("no qcow2 image"), message);
        assertTrue(message.endsWith(": " + file), message);
        fail("import", "-f", "vmdk", file);
        fail("import", "-f", "vhd", file);
    }

    @Test
    void whatIsNoFile() throws IOException {
        assertTrue(fail("import", folder).endsWith("is a folder, not an image: " + folder));
        assertTrue(fail("import", "/dev/zero").contains("neither a regular file nor a block"));
        fail("import", folder.resolve("nothing"));
        fail("import", qcow2 + "/below");
        fail("import", "--allow-references", folder.resolve("nothing"), qcow2);
    }

    @Test
    void namesAndTagsBeyondTheRules() throws IOException {
        assertTrue(fail("import", qcow2, "--name", "x").contains("InvalidAMIName.Malformed"));
        assertTrue(fail("import", qcow2, "--name", "good").contains("InvalidAMIName.Duplicate"));
        assertTrue(
                fail("import", qcow2, "--name", "fine", "--root-device-name", "/dev/foo")
                        .contains("InvalidBlockDeviceMapping"));
        assertTrue(fail("import", qcow2, "--tag", "aws:x=1").contains("InvalidTagKey.Malformed"));
        assertTrue(
                fail("import", qcow2, "--name", "fine", "--architecture", "z80")
                        .contains("InvalidParameterValue"));
        assertTrue(
                fail("import", qcow2, "--name", "fine", "-b", "/dev/sdb=snap-00000000000000000")
                        .contains("InvalidSnapshot.NotFound"));
        assertTrue(fail("images", "--as", "all").contains("InvalidParameterValue"));
    }

    @Test
    void idsThatAreNotThere() throws IOException {
        String image = "ami-00000000000000000";
        String snapshot = "snap-00000000000000000";
        assertTrue(fail("show", image).contains("InvalidAMIID.NotFound"));
        assertTrue(fail("show", "vol-00000000000000000").contains("InvalidVolume.NotFound"));
        assertTrue(fail("show", "i-00000000000000000").contains("InvalidInstanceID.NotFound"));
        assertTrue(fail("show", "../images").contains("InvalidID"));
        assertTrue(fail("deregister", image).contains("InvalidAMIID.NotFound"));
        assertTrue(fail("deregister", snapshot).contains("InvalidAMIID.Malformed"));
        assertTrue(fail("delete-snapshot", snapshot).contains("InvalidSnapshot.NotFound"));
        assertTrue(fail("tag", image, "a=b").contains("InvalidAMIID.NotFound"));
        Path target = folder.resolve("target");
        assertTrue(fail("export", image, target).contains("InvalidAMIID.NotFound"));
        assertTrue(fail("export", "vol-00000000000000000", target).contains("InvalidVolume"));
        assertTrue(fail("launch", image, "--out", target).contains("InvalidAMIID.NotFound"));
        assertFalse(Files.exists(target));
    }

    @Test
    void mappingsThatAreNone() throws IOException {
        Path file = folder.resolve("mapping.json");
        Files.writeString(file, "{\"DeviceName\":");
        for (String mapping :
                new String[] {
                    "/dev/sdb",
                    "/dev/sdb=:many",
                    "{\"DeviceName\":\"/dev/sdb\"}",
                    "[[]]",
                    "DeviceName=/dev/sdb,Ebs={VolumeSize=100",
                    "file://" + file
                }) {
            String message = fail("register", "--name", "fine", "-b", mapping);
            assertTrue(message.contains("InvalidBlockDeviceMapping"), message);
        }
        assertTrue(
                fail("register", "--name", "fine", "-b", "file:///nowhere/m.json")
                        .endsWith("no such file or folder: /nowhere/m.json"));
        Path large = folder.resolve("large");
        Files.write(large, new byte[2 << 20]);
        assertTrue(
                fail("register", "--name", "fine", "-b", "file://" + large)
                        .endsWith(large.toString()));
    }

    @Test
    void aTargetThatCannotBe() throws IOException {
        Cli.Run listed = cli.run("snapshots", "--json").ok();
        String snapshot = Json.text(listed.list("Snapshots").getFirst(), "SnapshotId");
        assertTrue(fail("export", snapshot, folder).contains(folder.toString()));
        fail("export", snapshot, folder.resolve("nowhere/file"));
        fail("export", snapshot, folder.resolve("file"), "-O", "vhd");
        assertFalse(Files.exists(folder.resolve("file")));
    }

    @Test
    void aStoreThatIsNone() throws IOException {
        Path nothing = folder.resolve("nothing");
        for (String command : new String[] {"images", "snapshots", "volumes", "stats"}) {
            assertEquals(
                    "quarry: there is no image store at " + nothing + " (quarry init makes one)\n",
                    Cli.withStore(nothing).run(command).expect(1).err());
        }
        assertFalse(Files.exists(nothing));
        Cli file = Cli.withStore(qcow2);
        assertEquals(1, file.run("import", qcow2).expect(1).err().lines().count());
        assertEquals(1, file.run("images").expect(1).err().lines().count());
        Cli broken = Cli.withStore(Files.createDirectory(folder.resolve("broken")));
        Files.writeString(folder.resolve("broken/quarry-store.json"), "{");
        assertEquals(1, broken.run("images").expect(1).err().lines().count());
        Files.writeString(
                folder.resolve("broken/quarry-store.json"),
                "{\"format\":\"quarry-store\",\"version\":99}");
        assertTrue(broken.run("images").expect(1).err().contains("version 99"));
    }

    @Test
    void anImportThatFailsMakesNoStore() {
        Path other = folder.resolve("other");
        Cli.withStore(other).run("import", folder.resolve("nothing")).expect(1);
        assertFalse(Files.exists(other));
    }

    @TestFactory
    Stream<DynamicTest> badImagesOfOthers() {
        return Corpus.require().entries().stream()
                .filter(entry -> entry.format().equals("qcow2") || entry.format().equals("vmdk"))
                .filter(entry -> entry.guestSha256().isEmpty())
                .filter(entry -> entry.facts().isEmpty() || !entry.facts().contains("backing="))
                .map(entry ->
                        DynamicTest.dynamicTest(
                                entry.name(),
                                () -> {
                                    String message =
                                            fail("import", "-f", entry.format(), entry.file());
                                    assertTrue(message.contains("/"), message);
                                }));
    }
}

package dev.quarry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.json.JsonTree;
import dev.quarry.testdata.Content;
import dev.quarry.testdata.DemoDisk;
import dev.quarry.testdata.Qcow2Oracle;
import dev.quarry.testdata.VmdkOracle;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The main job on the command line: what is printed, and in which shape. */
final class StoreCommandsTest {

    private static final long DISK_BYTES = 8L << 20;

    @TempDir private static Path images;

    private static Path raw;
    private static Path qcow2;
    private static Path vmdk;

    @TempDir private Path folder;

    private Cli cli = Cli.bare();

    @BeforeAll
    static void writeImages() throws IOException {
        raw = images.resolve("disk.raw");
        qcow2 = images.resolve("disk.qcow2");
        vmdk = images.resolve("disk.vmdk");
        DemoDisk.write(raw, 1, 0, DISK_BYTES);
        try (Content content = Content.open(raw)) {
            Qcow2Oracle.write(content, qcow2, Qcow2Oracle.Options.plain());
            VmdkOracle.writeStreamOptimized(content, vmdk, VmdkOracle.Options.plain());
        }
    }

    @BeforeEach
    void makeStore() {
        cli = Cli.withStore(folder.resolve("store"));
    }

    private String importImage(String name) throws IOException {
        Cli.Run run = cli.run("import", qcow2, "--name", name, "--json").ok();
        return Json.text(run.list("Images").getFirst(), "ImageId");
    }

    private String rootOf(String image) throws IOException {
        Map<String, Object> shown = cli.run("show", "--json", image).ok().list("Images").getFirst();
        Map<String, Object> mapping = Json.list(shown, "BlockDeviceMappings").getFirst();
        return Json.text(Json.object(mapping, "Ebs"), "SnapshotId");
    }

    @Test
    void importPrintsIdsAndSaysTheRestBeside() {
        Cli.Run run = cli.run("import", qcow2, "--name", "first").ok();
        assertEquals(2, run.lines().size(), run.out());
        assertTrue(run.lines().get(0).startsWith("snap-"), run.out());
        assertTrue(run.lines().get(1).startsWith("ami-"), run.out());
        assertTrue(run.err().startsWith("quarry: 8 MiB qcow2, "), run.err());
    }

    @Test
    void importSaysInJsonWhatWasStored() throws IOException {
        Cli.Run first = cli.run("import", qcow2, "--name", "first", "--tag", "a=b", "--json").ok();
        assertEquals("", first.err());
        Map<String, Object> facts = first.list("Imports").getFirst();
        assertEquals("qcow2", facts.get("Format"));
        assertEquals(false, facts.get("FormatGuessed"));
        assertEquals(DISK_BYTES, Json.number(facts, "SizeBytes"));
        assertTrue(Json.number(facts, "StoredBytes") > 0, facts.toString());
        Map<String, Object> snapshot = first.list("Snapshots").getFirst();
        assertEquals(DISK_BYTES, Json.number(snapshot, "SizeBytes"));
        assertEquals(List.of(Map.of("Key", "a", "Value", "b")), Json.list(snapshot, "Tags"));

        Cli.Run second = cli.run("import", vmdk, "--json").ok();
        assertFalse(second.json().containsKey("Images"));
        assertEquals(0, Json.number(second.list("Imports").getFirst(), "StoredBytes"));
        Map<String, Object> same = second.list("Snapshots").getFirst();
        assertEquals(snapshot.get("Root"), same.get("Root"));
        assertEquals(snapshot.get("ContentDigest"), same.get("ContentDigest"));
    }

    @Test
    void importTakesSeveralFilesAndANameForEach() throws IOException {
        Cli.Run run = cli.run("import", qcow2, vmdk, "--name", "first", "--name", "second").ok();
        assertEquals(4, run.lines().size(), run.out());
        assertTrue(run.err().startsWith("quarry: " + qcow2 + ": 8 MiB qcow2, "), run.err());
        assertTrue(run.err().contains("\nquarry: " + vmdk + ": 8 MiB vmdk, "), run.err());
        assertEquals(rootOf(run.lines().get(1)), run.lines().get(0));
        assertEquals(rootOf(run.lines().get(3)), run.lines().get(2));
        assertTrue(
                cli.run("images").ok().out().contains(run.lines().get(3) + "  second  available"));

        Cli.Run json = cli.run("import", vmdk, qcow2, "--json").ok();
        List<Map<String, Object>> facts = json.list("Imports");
        assertEquals(vmdk.toString(), facts.get(0).get("File"));
        assertEquals(qcow2.toString(), facts.get(1).get("File"));
        assertEquals(
                json.list("Snapshots").get(1).get("SnapshotId"), facts.get(1).get("SnapshotId"));
        assertEquals(0, Json.number(facts.get(0), "StoredBytes"));
    }

    @Test
    void whatWasImportedBeforeAnErrorStays() throws IOException {
        Path bad = folder.resolve("bad.qcow2");
        Files.write(bad, new byte[] {'Q', 'F', 'I', (byte) 0xfb, 0, 0, 0, 9});
        Cli.Run run = cli.run("import", qcow2, bad, vmdk, "--json").expect(1);
        assertTrue(run.err().contains(bad.toString()), run.err());
        assertEquals(1, run.list("Imports").size());
        assertEquals(1, cli.run("snapshots", "--json").ok().list("Snapshots").size());
    }

    @Test
    void noneOfSeveralFilesIsImportedIfOneCannotBe() throws IOException {
        importImage("taken");
        for (List<Object> arguments :
                List.<List<Object>>of(
                        List.of(qcow2, folder.resolve("missing.raw")),
                        List.of(qcow2, vmdk, "--name", "first"),
                        List.of(qcow2, "--boot-mode", "uefi"),
                        List.of(qcow2, vmdk, "--name", "first", "--name", "first"),
                        List.of(qcow2, vmdk, "--name", "first", "--name", "taken"),
                        List.of("-", "-"))) {
            List<Object> all = new ArrayList<>(List.of("import"));
            all.addAll(arguments);
            Cli.Run run = cli.run(all.toArray());
            assertTrue(run.exitCode() > 0, arguments.toString());
            assertEquals(1, run.err().lines().count(), run.err());
        }
        assertEquals(1, cli.run("snapshots", "--json").ok().list("Snapshots").size());
    }

    @Test
    void aGuessedFormatIsAWarning() throws IOException {
        Cli.Run run = cli.run("import", raw).ok();
        assertTrue(
                run.err().startsWith("quarry: warning: the format of " + raw + " is a guess: raw"));
        Cli.Run json = cli.run("import", raw, "--json").ok();
        Map<String, Object> warning = Json.object(JsonTree.readObject(json.err()), "Warning");
        assertTrue(Json.text(warning, "Message").contains("is a guess: raw"), json.err());
        assertFalse(cli.run("import", "-f", "raw", raw).ok().err().contains("warning"));
    }

    @Test
    void listsAreTables() throws IOException {
        String image = importImage("first");
        List<String> images = cli.run("images").ok().lines();
        assertEquals(2, images.size());
        assertTrue(images.get(0).startsWith("IMAGE "), images.get(0));
        assertTrue(images.get(1).startsWith(image + "  first  available  x86_64 "), images.get(1));
        List<String> snapshots = cli.run("snapshots").ok().lines();
        assertTrue(snapshots.get(1).startsWith(rootOf(image) + "  8 MiB  completed "));
        assertEquals(1, cli.run("volumes").ok().lines().size());
    }

    @Test
    void listsInJsonHaveEc2sNames() throws IOException {
        String image = importImage("first");
        Map<String, Object> listed = cli.run("images", "--json").ok().list("Images").getFirst();
        assertEquals(image, listed.get("ImageId"));
        assertEquals("first", listed.get("Name"));
        assertEquals("/dev/sda1", listed.get("RootDeviceName"));
        Map<String, Object> snapshot =
                cli.run("snapshots", "--output", "json").ok().list("Snapshots").getFirst();
        assertEquals(1, snapshot.get("VolumeSize"));
        assertEquals(List.of(), cli.run("volumes", "--json").ok().list("Volumes"));
    }

    @Test
    void tagsComeAndGo() throws IOException {
        String image = importImage("first");
        cli.run("tag", image, "a=1", "b=2=3").ok();
        cli.run("untag", image, "a", "b=other").ok();
        Map<String, Object> shown = cli.run("show", "--json", image).ok().list("Images").getFirst();
        assertEquals(List.of(Map.of("Key", "b", "Value", "2=3")), Json.list(shown, "Tags"));
        assertTrue(cli.run("show", image).ok().lines().contains("        Value: 2=3"));
        cli.run("untag", image, "b=2=3").ok();
        assertFalse(
                cli.run("show", "--json", image)
                        .ok()
                        .list("Images")
                        .getFirst()
                        .containsKey("Tags"));
    }

    @Test
    void registerTakesMappingsInEveryForm() throws IOException {
        String snapshot = rootOf(importImage("first"));
        Path file =
                Files.writeString(
                        folder.resolve("mapping.json"),
                        "[{\"DeviceName\":\"/dev/sdd\",\"VirtualName\":\"ephemeral0\"}]");
        Cli.Run run =
                cli.run(
                                "register",
                                "--name",
                                "second",
                                "--description",
                                "a description",
                                "--root-device-name",
                                "/dev/xvda",
                                "--architecture",
                                "arm64",
                                "--boot-mode=uefi",
                                "-b",
                                "/dev/xvda=" + snapshot + "::false:gp3",
                                "-b",
                                "DeviceName=/dev/sdb,Ebs={VolumeSize=100}",
                                "-b",
                                "{\"DeviceName\":\"/dev/sdc\",\"Ebs\":{\"VolumeSize\":7}}",
                                "-b",
                                "file://" + file,
                                "--tag",
                                "k=v",
                                "--json")
                        .ok();
        String image = Json.text(run.json(), "ImageId");
        Map<String, Object> shown = cli.run("show", "--json", image).ok().list("Images").getFirst();
        assertEquals("arm64", shown.get("Architecture"));
        assertEquals("uefi", shown.get("BootMode"));
        assertEquals("a description", shown.get("Description"));
        assertEquals(
                List.of("/dev/xvda", "/dev/sdb", "/dev/sdc", "/dev/sdd"),
                Json.list(shown, "BlockDeviceMappings").stream()
                        .map(mapping -> mapping.get("DeviceName"))
                        .toList());
    }

    @Test
    void exportGivesTheDiskBack() throws IOException {
        String image = importImage("first");
        Path copy = folder.resolve("copy.raw");
        cli.run("export", image, copy).ok();
        assertEquals(-1, Files.mismatch(raw, copy));
        Path again = folder.resolve("copy.qcow2");
        cli.run("export", rootOf(image), again, "-O", "qcow2", "-o", "cluster_size=4k").ok();
        Path back = folder.resolve("back.raw");
        cli.run("convert", again, back).ok();
        assertEquals(-1, Files.mismatch(raw, back));
    }

    @Test
    void statsCountWhatIsShared() throws IOException {
        String image = importImage("first");
        String other = importImage("second");
        cli.run("import", vmdk).ok();
        Map<String, Object> stats = cli.run("stats", "--json").ok().json();
        List<Map<String, Object>> images = Json.list(stats, "Images");
        assertEquals(2, images.size());
        for (Map<String, Object> usage : images) {
            assertTrue(List.of(image, other).contains(Json.text(usage, "ImageId")));
            assertEquals(DISK_BYTES, Json.number(usage, "LogicalBytes"));
            assertEquals(0, Json.number(usage, "ExclusiveBytes"));
            assertEquals(usage.get("StoredBytes"), usage.get("SharedBytes"));
        }
        assertEquals(3, Json.list(stats, "Snapshots").size());
        assertEquals(3 * DISK_BYTES, Json.number(Json.object(stats, "Store"), "LogicalBytes"));
        assertTrue(cli.run("stats").ok().out().contains("\nstore: "));
    }

    @Test
    void analyzeNeedsNoStore() throws IOException {
        Map<String, Object> json = Cli.bare().run("analyze", "--json", qcow2, vmdk).ok().json();
        assertEquals(2 * DISK_BYTES, Json.number(json, "DiskBytes"));
        List<Map<String, Object>> estimates = Json.list(json, "Estimates");
        long unique = Json.number(estimates.getFirst(), "UniqueBytes");
        assertTrue(2 * unique <= Json.number(json, "DataBytes"), json.toString());
        assertTrue(Cli.bare().run("analyze", qcow2).ok().out().startsWith("disks: 8 MiB, "));
    }

    @Test
    void anImageGoesBeforeItsSnapshot() throws IOException {
        String image = importImage("first");
        String snapshot = rootOf(image);
        Cli.Run refused = cli.run("delete-snapshot", snapshot).expect(1);
        assertTrue(refused.err().startsWith("quarry: InvalidSnapshot.InUse: "), refused.err());
        cli.run("deregister", image).ok();
        assertEquals(1, cli.run("images").ok().lines().size());
        cli.run("delete-snapshot", snapshot).ok();
        assertEquals(1, cli.run("snapshots").ok().lines().size());
    }

    @Test
    void settingsAreChangedTogetherOrNotAtAll() throws IOException {
        cli.run("init").ok();
        Map<String, Object> before = cli.run("settings", "--json").ok().json();
        String alias = "amazon=111111111111";
        cli.run("settings", "--owner-alias", alias, "--quota", "bogus=3").expect(2);
        cli.run("settings", "--owner-alias", alias, "--quota", "images=-1").expect(1);
        cli.run("settings", "--owner-alias", alias, "--owner-alias", "A=1").expect(1);
        assertEquals(before, cli.run("settings", "--json").ok().json());
        Map<String, Object> after =
                cli.run("settings", "--owner-alias", alias, "--quota", "images=3", "--json")
                        .ok()
                        .json();
        assertNotEquals(before, after);
    }

    @Test
    void accountsSeeTheirOwn() throws IOException {
        String image = importImage("first");
        assertEquals(1, cli.run("images", "--as", "111122223333").ok().lines().size());
        assertEquals(
                "quarry: InvalidAMIID.NotFound: there is no image " + image + "\n",
                cli.with("QUARRY_ACCOUNT", "111122223333").run("show", image).expect(1).err());
        assertEquals(2, cli.run("--as", "000000000000", "images").ok().lines().size());
    }

    @Test
    void theStoreIsWhereTheEnvironmentSays() throws IOException {
        Cli home = Cli.bare().with("HOME", folder.toString());
        home.run("import", qcow2).ok();
        Path data = folder.resolve(".local/share/quarry");
        assertTrue(Files.exists(data.resolve("quarry-store.json")));
        Cli xdg = home.with("XDG_DATA_HOME", folder.resolve("data").toString());
        xdg.run("import", qcow2).ok();
        assertTrue(Files.exists(folder.resolve("data/quarry/quarry-store.json")));
        // The specification: a relative path is to be ignored.
        assertEquals(2, home.with("XDG_DATA_HOME", "data").run("snapshots").ok().lines().size());
        Cli.Run other = home.run("snapshots", "--store", data).ok();
        assertEquals(2, other.lines().size());
    }

    @Test
    void aStoreCompressesAsItWasMade() throws IOException {
        long stored = 0;
        for (String compression : List.of("zstd:3", "lz4", "none")) {
            Cli each = Cli.withStore(folder.resolve(compression));
            each.run("init", "--compression", compression).ok();
            Cli.Run imported =
                    each.run("import", qcow2, "--json", "--compression", compression).ok();
            long bytes = Json.number(imported.list("Imports").getFirst(), "StoredBytes");
            assertTrue(bytes > stored, compression + " takes " + bytes + " after " + stored);
            stored = bytes;
            Path out = folder.resolve("out.raw");
            String id = Json.text(imported.list("Snapshots").getFirst(), "SnapshotId");
            each.run("export", id, out, "-O", "raw").ok();
            assertEquals(-1, Files.mismatch(raw, out));
            each.run("verify").ok();
        }
    }

    @Test
    void anotherCompressionThanTheStoresIsRefused() {
        cli.run("import", qcow2, "--compression", "lz4").ok();
        Cli.Run other = cli.run("import", qcow2, "--compression", "zstd:1").expect(2);
        assertTrue(other.err().contains("compresses with lz4, not zstd:1"), other.err());
        cli.run("import", qcow2).ok();
        cli.run("init").expect(1);
        cli.run("import", qcow2, "--compression", "gzip").expect(2);
    }
}

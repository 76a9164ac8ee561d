package dev.quarry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.testdata.DemoDisk;
import dev.quarry.testdata.ForeignTool;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Parts of an image that are named: snapshots, disks of an appliance; and what is wrong in one. */
final class PartsTest {

    private static final String OVF =
            """
            <Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1"
                xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1">
              <References>
                <File ovf:id="f1" ovf:href="one.vmdk"/>
                <File ovf:id="f2" ovf:href="two.vmdk"/>
              </References>
              <DiskSection>
                <Disk ovf:diskId="d1" ovf:fileRef="f1" ovf:capacity="8388608"/>
                <Disk ovf:diskId="d2" ovf:fileRef="f2" ovf:capacity="4194304"/>
              </DiskSection>
            </Envelope>
            """;

    @TempDir private Path folder;

    private Cli cli = Cli.bare();
    private Path one = Path.of("");
    private Path two = Path.of("");

    @BeforeEach
    void writeDisks() throws IOException {
        cli = Cli.withStore(folder.resolve("store"));
        one = folder.resolve("one.raw");
        two = folder.resolve("two.raw");
        DemoDisk.write(one, 3, 0, 8L << 20);
        DemoDisk.write(two, 4, 0, 4L << 20);
    }

    /** Two disks, and a manifest by sha256sum. */
    private Path appliance() throws IOException {
        Files.writeString(folder.resolve("vm.ovf"), OVF);
        for (String name : new String[] {"one", "two"}) {
            cli.run(
                            "convert",
                            "-f",
                            "raw",
                            "-O",
                            "vmdk",
                            "-c",
                            folder.resolve(name + ".raw"),
                            folder.resolve(name + ".vmdk"))
                    .ok();
        }
        ForeignTool.require("sh")
                .in(folder)
                .run(
                        "-c",
                        "sha256sum vm.ovf one.vmdk two.vmdk | sed 's/^\\([0-9a-f]*\\) "
                            + " \\(.*\\)/SHA256(\\2)= \\1/' >vm.mf && tar --format=ustar -cf vm.ova"
                            + " vm.ovf vm.mf one.vmdk two.vmdk")
                .expectSuccess();
        return folder.resolve("vm.ova");
    }

    @Test
    void disksOfAnApplianceAreListedAndTakenByName() throws IOException {
        Path ova = appliance();
        String info = cli.run("info", ova).ok().out();
        assertTrue(info.contains("one.vmdk") && info.contains("two.vmdk"), info);
        Path copy = folder.resolve("copy.raw");
        cli.run("convert", "--member", "two.vmdk", ova, copy).ok();
        assertEquals(-1, Files.mismatch(two, copy));
        cli.run("convert", "--member", "d1", ova, copy).ok();
        assertEquals(-1, Files.mismatch(one, copy));
        String several = cli.run("import", ova).expect(1).err();
        assertTrue(several.contains("several disks (one.vmdk, two.vmdk)"), several);
        Cli.Run run = cli.run("import", "--member", "d2", "--name", "two", "--json", ova).ok();
        cli.run("export", Json.text(run.list("Images").getFirst(), "ImageId"), copy).ok();
        assertEquals(-1, Files.mismatch(two, copy));
        assertTrue(cli.run("map", "--member", "d1", "--json", ova).ok().out().contains("start"));
    }

    @Test
    void aManifestIsCheckedAndTheMemberNamed() throws IOException {
        Path ova = appliance();
        assertTrue(cli.run("check", ova).ok().out().contains("No errors"));
        try (RandomAccessFile file = new RandomAccessFile(ova.toFile(), "rw")) {
            file.seek(Files.size(folder.resolve("one.vmdk")) / 2 + 4096);
            int there = file.read();
            file.seek(file.getFilePointer() - 1);
            file.write(there ^ 1);
        }
        Cli.Run run = cli.run("check", ova).expect(2);
        assertTrue(run.err().contains("SHA256 of 'one.vmdk' differs"), run.err());
        assertEquals(
                1, Json.number(cli.run("check", "--json", ova).expect(2).json(), "corruptions"));
    }

    @Test
    void aSnapshotIsMappedMeasuredAndDescribed() throws IOException {
        QemuImages images = new QemuImages(folder);
        Path disk = images.qcow2("disk.qcow2", "4M");
        images.io("disk.qcow2", "write -P 1 0 1M");
        String before = cli.run("map", "--json", disk).ok().out();
        images.run("snapshot", "-c", "before", "disk.qcow2").expectSuccess();
        images.io("disk.qcow2", "write -P 2 0 3M");
        for (String snapshot : new String[] {"before", "snapshot.name=before"}) {
            assertEquals(
                    images.run("measure", "-O", "qcow2", "-l", snapshot, "disk.qcow2")
                            .expectSuccess()
                            .stdout()
                            .replace("bitmaps size: 0\n", ""),
                    cli.run("measure", "-O", "qcow2", "-l", snapshot, disk).ok().out());
        }
        images.run("resize", "-q", "disk.qcow2", "8M").expectSuccess();
        assertNotEquals(before, cli.run("map", "--json", disk).ok().out());
        assertEquals(before, cli.run("map", "--json", "--snapshot", "before", disk).ok().out());
        assertEquals(
                4L << 20,
                Json.number(
                        cli.run("info", "--json", "--snapshot", "1", disk).ok().json(),
                        "virtual-size"));
        String missing = cli.run("info", "--snapshot", "other", disk).expect(1).err();
        assertTrue(missing.contains("no internal snapshot 'other'"), missing);
    }

    @Test
    void whoDidNotCloseAnImageIsAWarning() throws IOException {
        QemuImages images = new QemuImages(folder);
        for (String subformat : new String[] {"monolithicSparse", "twoGbMaxExtentSparse"}) {
            Path disk =
                    images.create(
                            "d.vmdk", "-f", "vmdk", "-o", "subformat=" + subformat, "d.vmdk", "4M");
            Path extent = subformat.startsWith("two") ? folder.resolve("d-s001.vmdk") : disk;
            Path copy = folder.resolve("copy.raw");
            assertEquals("", cli.run("convert", disk, copy).ok().err());
            try (RandomAccessFile file = new RandomAccessFile(extent.toFile(), "rw")) {
                file.seek(72);
                file.write(1);
            }
            String err = cli.run("convert", disk, copy).ok().err();
            assertTrue(err.contains("warning: the last writer of " + disk), err);
            err = cli.run("import", disk).ok().err();
            assertTrue(err.contains("warning: the last writer of " + disk), err);
        }
    }

    /** The store gives chunks in its own order; a compressed target is rebuilt beside it first. */
    @Test
    void anExportIsCompressed() throws IOException {
        Cli.Run run = cli.run("import", "-f", "raw", one, "--name", "one", "--json").ok();
        String image = Json.text(run.list("Images").getFirst(), "ImageId");
        ForeignTool qemuImg = ForeignTool.require("qemu-img");
        Map<String, String> targets =
                Map.of("a.qcow2", "compression_type=zstd", "b.vmdk", "subformat=streamOptimized");
        for (Map.Entry<String, String> target : targets.entrySet()) {
            String format = target.getKey().substring(2);
            Path file = folder.resolve(target.getKey());
            cli.run("export", image, file, "-O", format, "-c", "-o", target.getValue()).ok();
            qemuImg.run("compare", "-f", "raw", "-F", format, one, file).expectSuccess();
            qemuImg.run("check", "-f", format, file).expectSuccess();
            assertTrue(Files.size(file) < Files.size(one) / 2, "not compressed");
        }
        try (var files = Files.list(folder)) {
            assertTrue(files.noneMatch(file -> file.toString().endsWith(".tmp")));
        }
    }
}

package dev.quarry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.json.JsonTree;
import dev.quarry.testdata.DemoDisk;
import dev.quarry.testdata.ForeignTool;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

final class LaunchCommandTest {

    private static final long DISK_BYTES = 4L << 20;

    @TempDir private Path folder;

    private Cli cli = Cli.bare();
    private Path raw = Path.of("");
    private String image = "";

    @BeforeEach
    void importImage() throws IOException {
        cli = Cli.withStore(folder.resolve("store"));
        raw = folder.resolve("disk.raw");
        DemoDisk.write(raw, 2, 0, DISK_BYTES);
        Cli.Run run = cli.run("import", "-f", "raw", raw, "--name", "disk", "--json").ok();
        image = Json.text(run.list("Images").getFirst(), "ImageId");
    }

    @Test
    void volumesAreFilesAndARecord() throws IOException {
        Path out = folder.resolve("new/vm");
        Cli.Run run = cli.run("launch", image, "--out", out, "--tag", "a=b").ok();
        assertTrue(run.lines().getFirst().startsWith("i-"), run.out());
        assertEquals(-1, Files.mismatch(raw, out.resolve("sda1.raw")));
        Map<String, Object> described =
                JsonTree.readObject(Files.readString(out.resolve("launch.json")));
        assertEquals(run.lines().getFirst(), described.get("InstanceId"));
        Map<String, Object> volume = cli.run("volumes", "--json").ok().list("Volumes").getFirst();
        assertEquals(out.resolve("sda1.raw").toString(), volume.get("File"));
        String id = Json.text(volume, "VolumeId");
        assertTrue(run.lines().get(2).startsWith("/dev/sda1  " + id + "  4 MiB  raw "), run.out());
        assertTrue(cli.run("show", id).ok().out().contains("VolumeId: " + id));
    }

    @Test
    void theCallersMappingIsMerged() throws IOException {
        Path out = folder.resolve("vm");
        Cli.Run run =
                cli.run(
                                "launch",
                                image,
                                "--out",
                                out,
                                "-b",
                                "/dev/sda1=:1",
                                "-b",
                                "/dev/sdb=:2:false:gp3",
                                "-b",
                                "/dev/sdc=ephemeral0",
                                "-b",
                                "/dev/sdd=ephemeral1",
                                "-b",
                                "/dev/sde=ephemeral2",
                                "--instance-store",
                                "2x1M",
                                "--json")
                        .ok();
        List<Map<String, Object>> devices = Json.list(run.json(), "Devices");
        assertEquals(
                List.of(1L << 30, 2L << 30, 1L << 20, 1L << 20),
                devices.stream().map(device -> Json.number(device, "SizeBytes")).toList());
        assertEquals("gp3", devices.get(1).get("VolumeType"));
        assertEquals(2L << 30, Files.size(out.resolve("sdb.raw")));
        Map<String, Object> notice = Json.object(JsonTree.readObject(run.err()), "Notice");
        assertTrue(Json.text(notice, "Message").startsWith("/dev/sde=ephemeral2 is ignored"));
    }

    @Test
    void aTargetIsWrittenInPlace() throws IOException {
        byte[] old = new byte[8 << 20];
        Arrays.fill(old, (byte) 0xff);
        Path target = Files.write(folder.resolve("target"), old);
        cli.run("launch", image, "--out", folder.resolve("vm"), "--target", "/dev/sda1=" + target)
                .ok();
        byte[] now = Files.readAllBytes(target);
        assertEquals(
                -1,
                Arrays.mismatch(
                        Files.readAllBytes(raw), Arrays.copyOf(now, Math.toIntExact(DISK_BYTES))));
    }

    @Test
    void qcow2VolumesAndOverlaysAreReadByQemu() throws IOException {
        ForeignTool qemuImg = ForeignTool.require("qemu-img");
        cli.run("launch", image, "--out", folder.resolve("a"), "-O", "qcow2").ok();
        cli.run("launch", image, "--out", folder.resolve("b"), "--overlay").ok();
        for (String name : List.of("a", "b")) {
            Path volume = folder.resolve(name).resolve("sda1.qcow2");
            qemuImg.run("compare", "-U", raw, volume).expectSuccess();
        }
    }

    @Test
    void whatIsToBeRunIsAllThatIsPrinted() throws IOException {
        Cli.Run qemu =
                cli.run("launch", image, "--out", folder.resolve("a b"), "--print-qemu").ok();
        assertEquals(1, qemu.lines().size(), qemu.out());
        assertTrue(qemu.out().startsWith("qemu-system-x86_64 "), qemu.out());
        assertTrue(qemu.out().contains("'file=" + folder + "/a b/sda1.raw,format=raw"), qemu.out());
        Cli.Run libvirt =
                cli.run("launch", image, "--out", folder.resolve("c"), "--print-libvirt").ok();
        assertTrue(libvirt.out().startsWith("<disk type=\"file\""), libvirt.out());
        Cli.Run json =
                cli.run(
                                "launch",
                                image,
                                "--out",
                                folder.resolve("d"),
                                "--print-qemu",
                                "--print-libvirt",
                                "--json")
                        .ok();
        assertTrue(Json.text(json.json(), "QemuCommand").startsWith("qemu-system"));
        assertTrue(Json.text(json.json(), "LibvirtDisks").startsWith("<disk"));
    }

    @Test
    void argumentsThatDoNotFitAreUsageErrors() {
        Path out = folder.resolve("vm");
        cli.run("launch", image).expect(2);
        for (List<String> args :
                List.of(
                        List.of("-O", "vmdk"),
                        List.of("-O", "raw", "--overlay"),
                        List.of("--target", "/dev/sda1"),
                        List.of("--target", "/dev/sda1=/a", "--target", "/dev/sda1=/b"),
                        List.of("--instance-store", "0x1G"),
                        List.of("--instance-store", "25x1G"),
                        List.of("--instance-store", "2x"),
                        List.of("--tag", "=x"))) {
            Object[] words = new Object[args.size() + 4];
            words[0] = "launch";
            words[1] = image;
            words[2] = "--out";
            words[3] = out;
            System.arraycopy(args.toArray(), 0, words, 4, args.size());
            cli.run(words).expect(2);
        }
        assertFalse(Files.exists(out));
    }

    @Test
    void aRefusedLaunchLeavesNothing() {
        Path out = folder.resolve("vm");
        Cli.Run shrinking = cli.run("launch", image, "--out", out, "-b", "/dev/sda1=:0").expect(1);
        assertTrue(shrinking.err().startsWith("quarry: InvalidBlockDeviceMapping: "));
        Cli.Run root = cli.run("launch", image, "--out", out, "-b", "/dev/sda1=none").expect(1);
        assertTrue(root.err().startsWith("quarry: InvalidBlockDeviceMapping: "), root.err());
        Cli.Run unknown = cli.run("launch", "ami-00000000000000000", "--out", out).expect(1);
        assertEquals(
                "quarry: InvalidAMIID.NotFound: there is no image ami-00000000000000000\n",
                unknown.err());
        cli.run("launch", image, "--out", out, "--target", "/dev/sdx=/tmp/x").expect(1);
        assertFalse(Files.exists(out));
        assertEquals(1, cli.run("volumes").ok().lines().size());
    }

    @Test
    void aLaunchDoesNotOverwriteAnother() {
        Path out = folder.resolve("vm");
        cli.run("launch", image, "--out", out).ok();
        Cli.Run second = cli.run("launch", image, "--out", out).expect(1);
        assertTrue(second.err().startsWith("quarry: is there already"), second.err());
        assertTrue(second.err().contains(out.toString()), second.err());
    }
}

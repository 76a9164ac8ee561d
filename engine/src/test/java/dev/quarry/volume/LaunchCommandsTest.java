package dev.quarry.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quarry.catalog.mapping.Mappings;
import dev.quarry.catalog.model.Architecture;
import dev.quarry.catalog.model.BootMode;
import dev.quarry.catalog.model.ImageHardware;
import dev.quarry.catalog.model.MachineImage;

import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import javax.xml.parsers.DocumentBuilderFactory;

class LaunchCommandsTest {

    private static LaunchResult result(MachineImage image, LaunchRequest request)
            throws IOException {
        LaunchPlan plan = LaunchPlanner.plan(Launches.subject(image), request);
        List<LaunchedVolume> volumes = new ArrayList<>();
        for (PlannedVolume volume : plan.volumes()) {
            boolean overlay = volume.mode() == VolumeMode.OVERLAY;
            volumes.add(
                    new LaunchedVolume(
                            volume,
                            "vol-0123456789abcdef0",
                            overlay ? Path.of("/bases/a&b.raw") : null,
                            volume.path().startsWith("/dev")));
        }
        return new LaunchResult(
                "i-0123456789abcdef0",
                image,
                Instant.EPOCH,
                request.folder().resolve("launch.json"),
                volumes,
                List.of());
    }

    private static MachineImage image() throws IOException {
        return Mappings.image("/dev/sdb=:1", "/dev/sda1=" + Mappings.SNAP_8);
    }

    @Test
    void qemuHasEveryDiskWithItsFormat() throws IOException {
        assertEquals(
                "qemu-system-x86_64 -machine q35,accel=kvm:tcg -m 2048 -smp 2"
                        + " -drive file=/out/sda1.raw,format=raw,if=virtio"
                        + " -drive file=/out/sdb.raw,format=raw,if=virtio -nographic",
                LaunchCommands.qemu(result(image(), LaunchRequest.of("ami-1", Path.of("/out")))));
    }

    @Test
    void firmwareIsNamedWhereQemuNeedsOne() throws IOException {
        LaunchRequest request = LaunchRequest.of("ami-1", Path.of("/out"));
        ImageHardware uefi = ImageHardware.defaults().withBootMode(BootMode.UEFI);
        assertTrue(
                LaunchCommands.qemu(result(image().withHardware(uefi), request))
                        .contains(" -bios OVMF.fd "));
        ImageHardware arm = ImageHardware.defaults().withArchitecture(Architecture.ARM64);
        String command = LaunchCommands.qemu(result(image().withHardware(arm), request));
        assertTrue(command.startsWith("qemu-system-aarch64 -machine virt -cpu max "), command);
        assertTrue(command.contains(" -bios QEMU_EFI.fd "), command);
        ImageHardware either = ImageHardware.defaults().withBootMode(BootMode.UEFI_PREFERRED);
        assertFalse(
                LaunchCommands.qemu(result(image().withHardware(either), request))
                        .contains("-bios"));
    }

    /** A shell must read back the very path, whatever stands in it. */
    @Test
    void pathsAreQuotedForTheShell() throws Exception {
        for (String folder :
                List.of("/a b", "/it's", "/$(reboot)", "/a,b", "/a\nb", "/\"x\"", "/;&|", "/*")) {
            String command =
                    LaunchCommands.qemu(
                            result(image(), LaunchRequest.of("ami-1", Path.of(folder))));
            Process shell =
                    new ProcessBuilder(
                                    "sh",
                                    "-c",
                                    "printf '%s\\0' "
                                            + command.substring("qemu-system-x86_64".length()))
                            .start();
            List<String> words =
                    List.of(
                            new String(
                                            shell.getInputStream().readAllBytes(),
                                            StandardCharsets.UTF_8)
                                    .split("\0"));
            assertEquals(0, shell.waitFor());
            String drive = words.get(words.indexOf("-drive") + 1);
            assertEquals(
                    "file=" + folder.replace(",", ",,") + "/sda1.raw,format=raw,if=virtio", drive);
        }
    }

    @Test
    void libvirtHasEveryDisk() throws Exception {
        LaunchRequest request =
                LaunchRequest.of("ami-1", Path.of("/out/<a&b>\"'"))
                        .withMode(VolumeMode.OVERLAY)
                        .withTargets(Map.of("/dev/sdb", Path.of("/dev/vdb")));
        String xml = "<devices>" + LaunchCommands.libvirt(result(image(), request)) + "</devices>";
        Element devices =
                DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(new InputSource(new StringReader(xml)))
                        .getDocumentElement();
        assertEquals(2, devices.getElementsByTagName("disk").getLength());
        Element root = (Element) devices.getElementsByTagName("disk").item(0);
        assertEquals("file", root.getAttribute("type"));
        assertEquals("qcow2", attribute(root, "driver", "type"));
        assertEquals("/out/<a&b>\"'/sda1.qcow2", attribute(root, "source", "file"));
        assertEquals("raw", attribute(root, "format", "type"));
        assertEquals("vda", attribute(root, "target", "dev"));
        Element backing = (Element) root.getElementsByTagName("backingStore").item(0);
        assertEquals("/bases/a&b.raw", attribute(backing, "source", "file"));
        Element data = (Element) devices.getElementsByTagName("disk").item(1);
        assertEquals("block", data.getAttribute("type"));
        assertEquals("/dev/vdb", attribute(data, "source", "dev"));
        assertEquals("vdb", attribute(data, "target", "dev"));
    }

    private static String attribute(Element parent, String element, String name) {
        return ((Element) parent.getElementsByTagName(element).item(0)).getAttribute(name);
    }

    @Test
    void xmlCannotHoldEveryPath() throws IOException {
        LaunchResult odd = result(image(), LaunchRequest.of("ami-1", Path.of("/a\u0001b")));
        assertThrows(IllegalArgumentException.class, () -> LaunchCommands.libvirt(odd));
    }
}

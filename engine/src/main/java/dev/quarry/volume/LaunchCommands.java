package dev.quarry.volume;

import dev.quarry.catalog.model.BootMode;
import dev.quarry.catalog.model.ImageHardware;

import org.jspecify.annotations.Nullable;

import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/** Says how to start a machine on the volumes of a launch. Pure. */
public final class LaunchCommands {

    private static final Pattern SHELL_SAFE = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");
    private static final int MEMORY_MIB = 2048;
    private static final int PROCESSORS = 2;

    private LaunchCommands() {}

    /**
     * A command line for QEMU, quoted for a POSIX shell: every disk with its format, in the order
     * of the launch.
     */
    public static String qemu(LaunchResult launch) {
        ImageHardware hardware = launch.image().hardware();
        List<String> words = new ArrayList<>();
        switch (hardware.architecture()) {
            case ARM64, ARM64_MAC ->
                    words.addAll(List.of("qemu-system-aarch64", "-machine", "virt", "-cpu", "max"));
            case I386 -> words.addAll(List.of("qemu-system-i386", "-machine", "q35,accel=kvm:tcg"));
            default -> words.addAll(List.of("qemu-system-x86_64", "-machine", "q35,accel=kvm:tcg"));
        }
        words.addAll(
                List.of("-m", Integer.toString(MEMORY_MIB), "-smp", Integer.toString(PROCESSORS)));
        String firmware = firmware(hardware);
        if (firmware != null) {
            words.addAll(List.of("-bios", firmware));
        }
        for (LaunchedVolume volume : launch.volumes()) {
            words.add("-drive");
            // QEMU takes a comma in a file name twice.
            words.add(
                    "file="
                            + volume.planned().path().toString().replace(",", ",,")
                            + ",format="
                            + volume.planned().mode().format()
                            + ",if=virtio");
        }
        words.add("-nographic");
        return words.stream().map(LaunchCommands::quote).collect(Collectors.joining(" "));
    }

    /**
     * The firmware image that QEMU must be told of, by the name under which distributions put it
     * into QEMU's own folder, or null where the machine's default will do.
     */
    private static @Nullable String firmware(ImageHardware hardware) {
        return switch (hardware.architecture()) {
            case ARM64, ARM64_MAC -> "QEMU_EFI.fd";
            default -> hardware.bootMode() == BootMode.UEFI ? "OVMF.fd" : null;
        };
    }

    private static String quote(String word) {
        return SHELL_SAFE.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    /**
     * {@code <disk>} elements for a libvirt domain, one after the other, the root first.
     *
     * @throws IllegalArgumentException if a path has a character that XML cannot hold
     */
    public static String libvirt(LaunchResult launch) {
        StringWriter out = new StringWriter();
        try {
            XMLStreamWriter xml = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(out);
            for (int i = 0; i < launch.volumes().size(); i++) {
                disk(xml, launch.volumes().get(i), i);
                xml.writeCharacters("\n");
            }
            xml.flush();
        } catch (XMLStreamException e) {
            throw new AssertionError(e);
        }
        return out.toString();
    }

    private static void disk(XMLStreamWriter xml, LaunchedVolume volume, int number)
            throws XMLStreamException {
        xml.writeStartElement("disk");
        xml.writeAttribute("type", volume.isDevice() ? "block" : "file");
        xml.writeAttribute("device", "disk");
        xml.writeEmptyElement("driver");
        xml.writeAttribute("name", "qemu");
        xml.writeAttribute("type", volume.planned().mode().format());
        xml.writeEmptyElement("source");
        xml.writeAttribute(volume.isDevice() ? "dev" : "file", text(volume.planned().path()));
        if (volume.base() != null) {
            xml.writeStartElement("backingStore");
            xml.writeAttribute("type", "file");
            xml.writeEmptyElement("format");
            xml.writeAttribute("type", "raw");
            xml.writeEmptyElement("source");
            xml.writeAttribute("file", text(volume.base()));
            xml.writeEmptyElement("backingStore");
            xml.writeEndElement();
        }
        xml.writeEmptyElement("target");
        xml.writeAttribute("dev", "vd" + letters(number));
        xml.writeAttribute("bus", "virtio");
        xml.writeEndElement();
    }

    private static String text(Path path) {
        String text = path.toString();
        if (text.chars().anyMatch(c -> c < ' ' || c == 0xfffe || c == 0xffff)) {
            throw new IllegalArgumentException("XML cannot hold the path " + text);
        }
        return text;
    }

    /** a to z, aa, ab and so on: how Linux numbers disks. */
    private static String letters(int number) {
        String last = String.valueOf((char) ('a' + number % 26));
        return number < 26 ? last : letters(number / 26 - 1) + last;
    }
}

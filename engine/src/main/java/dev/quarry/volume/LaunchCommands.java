package dev.quarry.volume;

import dev.quarry.catalog.model.Architecture;
import dev.quarry.catalog.model.BootMode;
import dev.quarry.catalog.model.ImageHardware;
import java.io.StringWriter;
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

    /** A command line for QEMU, quoted for a POSIX shell: every disk with its format, in the order of the launch. */
    public static String qemu(LaunchResult launch) {
        ImageHardware hardware = launch.image().hardware();
        List<String> words = new ArrayList<>();
        switch (hardware.architecture()) {
            case Architecture.ARM64, Architecture.ARM64_MAC ->
                words.addAll(List.of("qemu-system-aarch64", "-machine", "virt", "-cpu", "max"));
            case Architecture.I386 -> words.addAll(List.of("qemu-system-i386", "-machine", "q35,accel=kvm:tcg"));
            default -> words.addAll(List.of("qemu-system-x86_64", "-machine", "q35,accel=kvm:tcg"));
        }
        words.addAll(List.of("-m", Integer.toString(MEMORY_MIB), "-smp", Integer.toString(PROCESSORS)));
        if (hardware.bootMode() == BootMode.UEFI || hardware.bootMode() == BootMode.UEFI_PREFERRED) {
            words.addAll(List.of("-bios", "OVMF.fd"));
        }
        for (LaunchedVolume volume : launch.volumes()) {
            words.add("-drive");
            // QEMU takes a comma in a file name twice.
            words.add("file=" + volume.planned().path().toString().replace(",", ",,") + ",format="
                    + volume.planned().mode().format() + ",if=virtio");
        }
        words.add("-nographic");
        return words.stream().map(LaunchCommands::quote).collect(Collectors.joining(" "));
    }

    private static String quote(String word) {
        return SHELL_SAFE.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    /** {@code <disk>} elements for a libvirt domain, one after the other. */
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

    private static void disk(XMLStreamWriter xml, LaunchedVolume volume, int number) throws XMLStreamException {
        xml.writeStartElement("disk");
        xml.writeAttribute("type", volume.isDevice() ? "block" : "file");
        xml.writeAttribute("device", "disk");
        xml.writeEmptyElement("driver");
        xml.writeAttribute("name", "qemu");
        xml.writeAttribute("type", volume.planned().mode().format());
        xml.writeEmptyElement("source");
        xml.writeAttribute(volume.isDevice() ? "dev" : "file", volume.planned().path().toString());
        if (volume.base() != null) {
            xml.writeStartElement("backingStore");
            xml.writeAttribute("type", "file");
            xml.writeEmptyElement("format");
            xml.writeAttribute("type", "raw");
            xml.writeEmptyElement("source");
            xml.writeAttribute("file", volume.base().toString());
            xml.writeEmptyElement("backingStore");
            xml.writeEndElement();
        }
        xml.writeEmptyElement("target");
        xml.writeAttribute("dev", "vd" + letters(number));
        xml.writeAttribute("bus", "virtio");
        xml.writeEndElement();
    }

    /** a to z, aa, ab and so on: how Linux numbers disks. */
    private static String letters(int number) {
        String last = String.valueOf((char) ('a' + number % 26));
        return number < 26 ? last : letters(number / 26 - 1) + last;
    }
}

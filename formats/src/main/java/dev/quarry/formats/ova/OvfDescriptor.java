package dev.quarry.formats.ova;

import dev.quarry.image.ForeignText;
import dev.quarry.image.ForeignXml;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * The part of an OVF descriptor that is about disks. Names of elements and attributes are taken
 * with whatever prefix they have: writers differ in it.
 */
record OvfDescriptor(List<FileReference> files, List<Disk> disks) {

    /** Descriptors have some kilobytes. */
    static final int BYTES_MAX = 4 << 20;

    static final int DISKS_MAX = 1024;

    private static final Pattern UNITS = Pattern.compile("byte(?:\\s*\\*\\s*(2|10)\\^(\\d{1,2}))?");
    private static final int BINARY_EXPONENT_MAX = 62;
    private static final int DECIMAL_EXPONENT_MAX = 18;

    /**
     * A file of the appliance.
     *
     * @param href its name, as it stands there
     * @param compression such as gzip, or null
     * @param chunkSize bytes of the pieces it was cut into, as it stands there, or null
     * @param size bytes, or -1 if that is not said in numbers
     */
    record FileReference(
            String href, @Nullable String compression, @Nullable String chunkSize, long size) {}

    /**
     * A virtual disk.
     *
     * @param id its name among the disks
     * @param file what holds it, or null if it is empty
     * @param capacity guest bytes, or -1 if that is not said in numbers
     * @param format a URI
     * @param parent id of the disk that it is a delta to, or null
     */
    record Disk(
            String id,
            @Nullable FileReference file,
            long capacity,
            String format,
            @Nullable String parent) {

        /** Its file's name, or its own. */
        String name() {
            return file == null ? id : file.href();
        }
    }

    /**
     * @param resource ends messages
     * @throws ImageException of kind CORRUPT if this is no descriptor
     */
    static OvfDescriptor parse(byte[] xml, String resource) throws ImageException {
        try {
            return new Parser(resource).parse(xml);
        } catch (XMLStreamException e) {
            throw new ImageException(
                    Kind.CORRUPT,
                    resource,
                    -1,
                    "the OVF descriptor is no valid XML (line "
                            + e.getLocation().getLineNumber()
                            + ")",
                    e);
        }
    }

    private static final class Parser {

        private final String resource;
        private final Map<String, FileReference> files = new LinkedHashMap<>();
        private final List<Disk> disks = new ArrayList<>();

        Parser(String resource) {
            this.resource = resource;
        }

        OvfDescriptor parse(byte[] xml) throws XMLStreamException, ImageException {
            XMLStreamReader reader = ForeignXml.reader(xml, "the OVF descriptor", resource);
            boolean envelope = false;
            while (reader.hasNext()) {
                int event = reader.next();
                if (event == XMLStreamConstants.START_ELEMENT) {
                    envelope |= reader.getLocalName().equals("Envelope");
                    take(reader);
                }
            }
            if (!envelope) {
                throw bad(Kind.CORRUPT, "the OVF descriptor has no Envelope");
            }
            return new OvfDescriptor(List.copyOf(files.values()), List.copyOf(disks));
        }

        private void take(XMLStreamReader reader) throws ImageException {
            if (files.size() > DISKS_MAX || disks.size() > DISKS_MAX) {
                throw bad(Kind.LIMIT, "the OVF descriptor has more than " + DISKS_MAX + " disks");
            }
            switch (reader.getLocalName()) {
                case "File" -> {
                    String id = attribute(reader, "id");
                    String href = attribute(reader, "href");
                    if (id == null || href == null) {
                        throw bad(Kind.CORRUPT, "a File of the OVF descriptor has no id or href");
                    }
                    FileReference file =
                            new FileReference(
                                    href,
                                    attribute(reader, "compression"),
                                    attribute(reader, "chunkSize"),
                                    number(attribute(reader, "size")));
                    if (files.put(id, file) != null) {
                        throw bad(
                                Kind.CORRUPT,
                                "two Files of the OVF descriptor have the id '"
                                        + ForeignText.printable(id)
                                        + "'");
                    }
                }
                case "Disk" -> disks.add(disk(reader));
                default -> {
                    // About machines and networks.
                }
            }
        }

        private Disk disk(XMLStreamReader reader) throws ImageException {
            String id = attribute(reader, "diskId");
            if (id == null) {
                throw bad(Kind.CORRUPT, "a Disk of the OVF descriptor has no diskId");
            }
            String reference = attribute(reader, "fileRef");
            FileReference file = reference == null ? null : files.get(reference);
            if (reference != null && file == null) {
                throw bad(
                        Kind.CORRUPT,
                        "the Disk '"
                                + ForeignText.printable(id)
                                + "' refers to the File '"
                                + ForeignText.printable(reference)
                                + "', which is not there");
            }
            String format = attribute(reader, "format");
            return new Disk(
                    id,
                    file,
                    capacity(
                            attribute(reader, "capacity"),
                            attribute(reader, "capacityAllocationUnits")),
                    format == null ? "" : format,
                    attribute(reader, "parentRef"));
        }

        /** An attribute with whatever prefix, or null. */
        private static @Nullable String attribute(XMLStreamReader reader, String localName) {
            for (int i = 0; i < reader.getAttributeCount(); i++) {
                if (reader.getAttributeLocalName(i).equals(localName)) {
                    return reader.getAttributeValue(i);
                }
            }
            return null;
        }

        private static long number(@Nullable String value) {
            return value == null || !value.matches("\\d{1,18}") ? -1 : Long.parseLong(value);
        }

        private static long capacity(@Nullable String value, @Nullable String units) {
            Matcher matcher = UNITS.matcher(units == null ? "byte" : units.trim());
            long count = number(value);
            if (count < 0 || !matcher.matches()) {
                return -1;
            }
            if (matcher.group(1) == null) {
                return count;
            }
            int exponent = Integer.parseInt(matcher.group(2));
            boolean binary = matcher.group(1).equals("2");
            if (exponent > (binary ? BINARY_EXPONENT_MAX : DECIMAL_EXPONENT_MAX)) {
                return -1;
            }
            long unit = binary ? 1L << exponent : (long) Math.pow(10, exponent);
            return count > Long.MAX_VALUE / unit ? -1 : count * unit;
        }

        private ImageException bad(Kind kind, String reason) {
            return new ImageException(kind, resource, -1, reason);
        }
    }
}

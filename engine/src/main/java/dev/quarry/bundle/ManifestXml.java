package dev.quarry.bundle;

import dev.quarry.catalog.model.Architecture;
import dev.quarry.image.ForeignXml;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;

import org.jspecify.annotations.Nullable;

import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import javax.xml.stream.XMLStreamWriter;

/** Manifests as XML, in EC2's elements. Pure. */
final class ManifestXml {

    /** EC2's, of which the elements are. */
    private static final String VERSION = "2007-10-10";

    /** The virtual names of the root's device. */
    private static final String AMI = "ami";

    private static final String ROOT = "root";
    private static final String DEVICE_FOLDER = "/dev/";

    private static final int DEPTH_MAX = 8;
    private static final int TEXT_CHARS_MAX = 1024;
    private static final int MAPPINGS_MAX = 64;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");
    private static final Pattern DEVICE = Pattern.compile("(/dev/)?[a-z0-9]{1,16}");
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

    private ManifestXml() {}

    static byte[] write(BundleManifest manifest) {
        StringWriter out = new StringWriter();
        try {
            XMLStreamWriter xml = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(out);
            xml.writeStartDocument("UTF-8", "1.0");
            xml.writeCharacters("\n");
            xml.writeStartElement("manifest");
            element(xml, "version", VERSION);
            xml.writeStartElement("bundler");
            element(xml, "name", "quarry");
            xml.writeEndElement();
            machine(xml, manifest);
            image(xml, manifest);
            xml.writeEndElement();
            xml.writeCharacters("\n");
            xml.writeEndDocument();
            xml.flush();
        } catch (XMLStreamException e) {
            throw new AssertionError(e);
        }
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void machine(XMLStreamWriter xml, BundleManifest manifest)
            throws XMLStreamException {
        xml.writeStartElement("machine_configuration");
        element(xml, "architecture", manifest.architecture().spelling());
        xml.writeStartElement("block_device_mapping");
        String root = manifest.rootDeviceName();
        mapping(xml, AMI, root.substring(DEVICE_FOLDER.length()));
        for (Map.Entry<String, String> each : new TreeMap<>(manifest.instanceStore()).entrySet()) {
            mapping(xml, each.getValue(), each.getKey().substring(DEVICE_FOLDER.length()));
        }
        mapping(xml, ROOT, root);
        xml.writeEndElement();
        xml.writeEndElement();
    }

    private static void mapping(XMLStreamWriter xml, String virtual, String device)
            throws XMLStreamException {
        xml.writeStartElement("mapping");
        element(xml, "virtual", virtual);
        element(xml, "device", device);
        xml.writeEndElement();
    }

    private static void image(XMLStreamWriter xml, BundleManifest manifest)
            throws XMLStreamException {
        xml.writeStartElement("image");
        element(xml, "name", manifest.imageName());
        element(xml, "user", manifest.user());
        element(xml, "type", "machine");
        element(xml, "size", Long.toString(manifest.sizeBytes()));
        element(xml, "bundled_size", Long.toString(manifest.bundledBytes()));
        element(xml, "compression", "zstd");
        xml.writeStartElement("parts");
        xml.writeAttribute("count", Integer.toString(manifest.parts().size()));
        for (int i = 0; i < manifest.parts().size(); i++) {
            xml.writeCharacters("\n");
            xml.writeStartElement("part");
            xml.writeAttribute("index", Integer.toString(i));
            element(xml, "filename", manifest.parts().get(i).fileName());
            xml.writeStartElement("digest");
            xml.writeAttribute("algorithm", "SHA256");
            xml.writeCharacters(manifest.parts().get(i).digest());
            xml.writeEndElement();
            xml.writeEndElement();
        }
        xml.writeEndElement();
        xml.writeEndElement();
    }

    private static void element(XMLStreamWriter xml, String name, String text)
            throws XMLStreamException {
        xml.writeStartElement(name);
        xml.writeCharacters(text);
        xml.writeEndElement();
    }

    /**
     * @param resource ends messages
     * @throws ImageException if this is no manifest, contradicts itself or exceeds a limit
     */
    static BundleManifest parse(byte[] xml, String resource) throws ImageException {
        try {
            return new Parser(resource).parse(xml);
        } catch (XMLStreamException e) {
            throw new ImageException(
                    Kind.CORRUPT,
                    resource,
                    -1,
                    "the manifest is no valid XML (line " + e.getLocation().getLineNumber() + ")",
                    e);
        }
    }

    /** Takes the texts of elements as they end. */
    private static final class Parser {
        private final String resource;
        private final Deque<String> path = new ArrayDeque<>();
        private final StringBuilder text = new StringBuilder();
        private final Map<String, String> values = new HashMap<>();
        private final Map<String, String> instanceStore = new HashMap<>();
        private final List<BundleManifest.Part> parts = new ArrayList<>();
        private @Nullable String virtual;
        private @Nullable String device;
        private @Nullable String fileName;
        private @Nullable String digest;

        Parser(String resource) {
            this.resource = resource;
        }

        BundleManifest parse(byte[] xml) throws XMLStreamException, ImageException {
            XMLStreamReader reader = ForeignXml.reader(xml, "the manifest", resource);
            while (reader.hasNext()) {
                switch (reader.next()) {
                    case XMLStreamConstants.START_ELEMENT -> begin(reader);
                    case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA ->
                            add(reader.getText());
                    case XMLStreamConstants.END_ELEMENT -> end();
                    default -> {
                        // Comments and the like.
                    }
                }
            }
            return manifest();
        }

        private void begin(XMLStreamReader reader) throws ImageException {
            path.addLast(reader.getLocalName());
            text.setLength(0);
            if (path.size() > DEPTH_MAX) {
                throw bad(Kind.LIMIT, "the manifest has more than " + DEPTH_MAX + " levels");
            }
            if (reader.getLocalName().equals("digest") && path.contains("part")) {
                String algorithm = reader.getAttributeValue(null, "algorithm");
                if (!"SHA256".equals(algorithm)) {
                    throw bad(
                            Kind.UNSUPPORTED,
                            "the manifest has digests of another algorithm than SHA256");
                }
            }
        }

        private void add(String more) throws ImageException {
            text.append(more);
            if (text.length() > TEXT_CHARS_MAX) {
                throw bad(
                        Kind.LIMIT,
                        "the manifest has a text of more than " + TEXT_CHARS_MAX + " characters");
            }
        }

        private void end() throws ImageException {
            String name = String.join("/", path);
            String value = text.toString().strip();
            text.setLength(0);
            path.removeLast();
            switch (name) {
                case "manifest/machine_configuration/block_device_mapping/mapping/virtual" ->
                        virtual = value;
                case "manifest/machine_configuration/block_device_mapping/mapping/device" ->
                        device = value;
                case "manifest/machine_configuration/block_device_mapping/mapping" -> endMapping();
                case "manifest/image/parts/part/filename" -> fileName = value;
                case "manifest/image/parts/part/digest" -> digest = value;
                case "manifest/image/parts/part" -> endPart();
                case "manifest/image/ec2_encrypted_key", "manifest/image/user_encrypted_key" ->
                        throw bad(Kind.ENCRYPTED, "the bundle is encrypted");
                default -> {
                    if (values.size() < MAPPINGS_MAX) {
                        values.put(name, value);
                    }
                }
            }
        }

        private void endMapping() throws ImageException {
            if (virtual == null || device == null || !DEVICE.matcher(device).matches()) {
                throw bad(Kind.CORRUPT, "a mapping of the manifest has no names");
            }
            String path = device.startsWith(DEVICE_FOLDER) ? device : DEVICE_FOLDER + device;
            if (virtual.equals(AMI) || virtual.equals(ROOT)) {
                String other = values.put(ROOT, path);
                if (other != null && !other.equals(path)) {
                    throw bad(Kind.CORRUPT, "the manifest has two root devices");
                }
            } else if (virtual.startsWith("ephemeral")) {
                instanceStore.put(path, virtual);
                if (instanceStore.size() > MAPPINGS_MAX) {
                    throw bad(Kind.LIMIT, "the manifest has over " + MAPPINGS_MAX + " mappings");
                }
            }
            virtual = null;
            device = null;
        }

        private void endPart() throws ImageException {
            if (fileName == null || !NAME.matcher(fileName).matches()) {
                throw bad(Kind.CORRUPT, "a part of the manifest has no bare file name");
            }
            if (digest == null || !DIGEST.matcher(digest).matches()) {
                throw bad(Kind.CORRUPT, "a part of the manifest has no SHA-256 digest");
            }
            parts.add(new BundleManifest.Part(fileName, digest));
            if (parts.size() > BundleManifest.PARTS_MAX) {
                throw bad(
                        Kind.LIMIT,
                        "the manifest has more than " + BundleManifest.PARTS_MAX + " parts");
            }
            fileName = null;
            digest = null;
        }

        private BundleManifest manifest() throws ImageException {
            String compression = values.get("manifest/image/compression");
            if (!"zstd".equals(compression)) {
                throw bad(
                        Kind.UNSUPPORTED, "the bundle is compressed with something else than zstd");
            }
            String word = value("manifest/machine_configuration/architecture");
            Architecture architecture = null;
            for (Architecture each : Architecture.values()) {
                architecture = each.spelling().equals(word) ? each : architecture;
            }
            if (architecture == null) {
                throw bad(Kind.UNSUPPORTED, "the manifest names an architecture that is not known");
            }
            BundleManifest manifest =
                    new BundleManifest(
                            value("manifest/image/name"),
                            value("manifest/image/user"),
                            architecture,
                            value(ROOT),
                            instanceStore,
                            number("manifest/image/size"),
                            number("manifest/image/bundled_size"),
                            parts);
            check(manifest);
            return manifest;
        }

        private void check(BundleManifest manifest) throws ImageException {
            if (manifest.sizeBytes() > BundleManifest.DISK_BYTES_MAX) {
                throw bad(
                        Kind.LIMIT,
                        "the disk of 0x"
                                + Long.toHexString(manifest.sizeBytes())
                                + " bytes exceeds 0x"
                                + Long.toHexString(BundleManifest.DISK_BYTES_MAX));
            }
            long last = manifest.parts().isEmpty() ? 0 : manifest.bytesOf(parts.size() - 1);
            if (last < 1 || last > BundleManifest.PART_BYTES) {
                throw bad(
                        Kind.CORRUPT,
                        "0x"
                                + Long.toHexString(manifest.bundledBytes())
                                + " bundled bytes do not fit "
                                + parts.size()
                                + " parts of 0x"
                                + Integer.toHexString(BundleManifest.PART_BYTES));
            }
            Set<String> names = new HashSet<>();
            for (BundleManifest.Part part : parts) {
                if (!names.add(part.fileName())) {
                    throw bad(Kind.CORRUPT, "the manifest names '" + part.fileName() + "' twice");
                }
            }
        }

        private String value(String name) throws ImageException {
            String value = values.get(name);
            if (value == null || value.isEmpty()) {
                throw bad(
                        Kind.CORRUPT,
                        "the manifest has no " + name.substring(name.lastIndexOf('/') + 1));
            }
            return value;
        }

        private long number(String name) throws ImageException {
            String value = value(name);
            if (!value.matches("[0-9]{1,18}")) {
                throw bad(
                        Kind.CORRUPT,
                        "the manifest's "
                                + name.substring(name.lastIndexOf('/') + 1)
                                + " is no number");
            }
            return Long.parseLong(value);
        }

        private ImageException bad(Kind kind, String reason) {
            return new ImageException(kind, resource, -1, reason);
        }
    }
}

package dev.quarry.formats.vmdk;

import static dev.quarry.formats.vmdk.VmdkLayout.*;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;

/**
 * Writes the text that describes a VMDK. Others read it by hand-made rules, so it keeps to what all
 * of them take: the first line as VMware spells it, CID before parentCID, no blanks around the
 * equals sign, and RW extents.
 */
final class VmdkDescriptorWriter {

    /**
     * A file of the disk.
     *
     * @param bytes guest bytes
     * @param type FLAT or SPARSE
     * @param fileName a bare name
     */
    record Line(long bytes, String type, String fileName) {}

    private static final SecureRandom RANDOM = new SecureRandom();

    private static final int LONG_CONTENT_ID_BYTES = 16;

    /** What a BIOS makes of a disk, by the controller; sectors of a track are 63. */
    private static final int HEADS = 255;

    private static final int HEADS_IDE = 16;
    private static final int TRACK_SECTORS = 63;

    /** More the field cannot say to old programs. */
    private static final int IDE_CYLINDERS_MAX = 16383;

    private static final int CYLINDERS_MAX = 65535;

    private VmdkDescriptorWriter() {}

    /**
     * The descriptor's bytes, with a new content identifier.
     *
     * @param size guest bytes, whole sectors
     */
    static byte[] text(VmdkCreateOptions options, long size, List<Line> lines) {
        byte[] id = new byte[LONG_CONTENT_ID_BYTES];
        RANDOM.nextBytes(id);
        // The content identifier is the end of the long one; ffffffff and fffffffe mean something.
        id[LONG_CONTENT_ID_BYTES - Integer.BYTES] &= 0x7f;
        String longId = HexFormat.of().formatHex(id);
        StringBuilder text = new StringBuilder();
        text.append("# Disk DescriptorFile\n")
                .append("version=1\n")
                .append("encoding=\"UTF-8\"\n")
                .append("CID=")
                .append(longId.substring(longId.length() - 2 * Integer.BYTES))
                .append("\nparentCID=ffffffff\n")
                .append("createType=\"")
                .append(options.subformat().word())
                .append("\"\n\n# Extent description\n");
        for (Line line : lines) {
            text.append("RW ")
                    .append(line.bytes() >>> SECTOR_BITS)
                    .append(' ')
                    .append(line.type())
                    .append(" \"")
                    .append(line.fileName())
                    .append(line.type().equals("FLAT") ? "\" 0\n" : "\"\n");
        }
        boolean ide = options.adapterType().equals("ide");
        long heads = ide ? HEADS_IDE : HEADS;
        long cylinders =
                Math.clamp(
                        (size >>> SECTOR_BITS) / (heads * TRACK_SECTORS),
                        1,
                        ide ? IDE_CYLINDERS_MAX : CYLINDERS_MAX);
        text.append("\n# The Disk Data Base\n#DDB\n\n");
        entry(text, "virtualHWVersion", options.hardwareVersion());
        entry(text, "geometry.cylinders", String.valueOf(cylinders));
        entry(text, "geometry.heads", String.valueOf(heads));
        entry(text, "geometry.sectors", String.valueOf(TRACK_SECTORS));
        entry(text, "adapterType", options.adapterType());
        entry(text, "toolsInstallType", "4");
        entry(text, "toolsVersion", options.toolsVersion());
        entry(text, "longContentID", longId);
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void entry(StringBuilder text, String key, String value) {
        text.append("ddb.").append(key).append(" = \"").append(value).append("\"\n");
    }

    /** A name that an embedded descriptor may carry; readers ignore it, so it may be changed. */
    static String embeddedName(String fileName) {
        String name = fileName.replaceAll("[\"\\p{Cntrl}]", "_");
        return name.length() > EMBEDDED_NAME_CHARS_MAX ? "disk.vmdk" : name;
    }

    /** Names of files are 255 bytes at most, as UTF-8. */
    private static final int EMBEDDED_NAME_CHARS_MAX = 255;
}

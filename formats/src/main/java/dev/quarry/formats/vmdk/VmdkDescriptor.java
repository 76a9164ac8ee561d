package dev.quarry.formats.vmdk;

import static dev.quarry.formats.vmdk.VmdkLayout.*;

import dev.quarry.image.ForeignText;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text that describes a VMDK: what it is, and which extents it has, in order. Every line must
 * be understood: other programs step over extents that they do not know, and so move all data
 * behind them.
 *
 * @param cid identifies the content; changes with the first write after opening
 * @param parentCid the content identifier of the parent, or {@link #NO_PARENT}
 * @param createType what kind of disk it is, as it stands there
 * @param parentHint name of the parent, or null
 * @param extents at least one
 */
record VmdkDescriptor(
        int cid,
        int parentCid,
        String createType,
        @Nullable String parentHint,
        List<ExtentLine> extents) {

    static final int NO_PARENT = 0xffffffff;

    /** How a descriptor file begins; what follows "# " differs in case between writers. */
    static final String SIGNATURE = "# disk descriptorfile";

    /** The first setting of a descriptor file that begins otherwise. */
    private static final Set<String> VERSIONS = Set.of("version=1", "version=2", "version=3");

    /** First characters of descriptor files. */
    private static final String BEGINNINGS = "#v \t\r\n\u00ef";

    private static final String BYTE_ORDER_MARK = "\ufeff";

    /** What an extent may be used for. */
    enum Access {
        RW,
        RDONLY,
        NOACCESS
    }

    /** What an extent line calls its storage. */
    enum ExtentType {
        FLAT,
        SPARSE,
        ZERO,
        VMFS,
        VMFSSPARSE,
        VMFSRDM,
        VMFSRAW,
        SESPARSE
    }

    /**
     * One extent.
     *
     * @param length guest bytes
     * @param fileName name of the file as it stands there; null for zeros
     * @param position host byte at which a flat extent begins in its file
     * @param line the line's number, from 1, for messages
     */
    record ExtentLine(
            Access access,
            long length,
            ExtentType type,
            @Nullable String fileName,
            long position,
            int line) {}

    /** Guest bytes of all extents. */
    long size() {
        return extents.stream().mapToLong(ExtentLine::length).sum();
    }

    boolean hasParent() {
        return parentCid != NO_PARENT;
    }

    /**
     * Whether bytes may be the beginning of a descriptor file: the signature, or, as qemu has it,
     * any comments and then a version.
     */
    static boolean isLikely(MemorySegment head) {
        if (head.byteSize() == 0
                || BEGINNINGS.indexOf(head.get(ValueLayout.JAVA_BYTE, 0) & 0xff) < 0) {
            return false; // Most files, and nothing is decoded for them.
        }
        String text =
                withoutMark(
                        new String(head.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8));
        String first =
                text.lines()
                        .map(String::strip)
                        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                        .findFirst()
                        .orElse("");
        return text.regionMatches(true, 0, SIGNATURE, 0, SIGNATURE.length())
                || VERSIONS.contains(first);
    }

    private static String withoutMark(String text) {
        return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
    }

    /**
     * Parses a descriptor.
     *
     * @param bytes the text, to its first zero byte or its end; at most {@link
     *     VmdkLayout#DESCRIPTOR_BYTES_MAX}
     * @param resource ends messages
     */
    static VmdkDescriptor parse(MemorySegment bytes, String resource) throws ImageException {
        return new Parser(resource).parse(Parser.decode(bytes, resource));
    }

    /** Apart, so that a look at another format's file compiles no patterns. */
    private static final class Parser {

        // None may cross lines or try a run of blanks at each of its lengths: a hostile descriptor
        // is 1 MiB of them.
        private static final Pattern EXTENT =
                Pattern.compile(
                        "(RW|RDONLY|NOACCESS)\\s++(\\d{1,19})\\s++([A-Z]++)"
                                + "(?:\\s+\"([^\"]*+)\"(?:\\s+(\\d{1,19}))?)?(\\s+\\S.*)?");
        private static final Pattern SETTING =
                Pattern.compile("([A-Za-z0-9_.:-]++)\\s*+=\\s*+(?:\"([^\"]*+)\"|([^\"]*+))");
        private static final Pattern ENCODING =
                Pattern.compile(
                        "^[ \\t]*+encoding[ \\t]*+=[ \\t]*+\"?([A-Za-z0-9_.:-]++)\"?[ \\t]*+$",
                        Pattern.MULTILINE);

        private final String resource;
        private final Map<String, String> settings = new LinkedHashMap<>();
        private final List<ExtentLine> extents = new ArrayList<>();
        private long sectors;

        Parser(String resource) {
            this.resource = resource;
        }

        VmdkDescriptor parse(String text) throws ImageException {
            int number = 0;
            for (String line : text.split("\r\n|\r|\n", -1)) {
                number++;
                String content = line.strip();
                if (!content.isEmpty() && !content.startsWith("#")) {
                    parseLine(content, number);
                }
            }
            String createType = settings.get("createtype");
            if (createType == null) {
                throw bad(Kind.FOREIGN, "the descriptor has no createType");
            }
            String cid = settings.get("cid");
            String parentCid = settings.getOrDefault("parentcid", "ffffffff");
            return new VmdkDescriptor(
                    cid == null ? 0 : contentId(cid),
                    contentId(parentCid),
                    createType,
                    settings.get("parentfilenamehint"),
                    List.copyOf(extents));
        }

        private void parseLine(String line, int number) throws ImageException {
            Matcher extent = EXTENT.matcher(line);
            if (extent.matches()) {
                addExtent(extent, number);
                return;
            }
            Matcher setting = SETTING.matcher(line);
            if (!setting.matches()) {
                throw notUnderstood(number, line);
            }
            String quoted = setting.group(2);
            String value = quoted != null ? quoted : setting.group(3).strip();
            // Keys differ in case between writers; of two lines with one key nobody can say which
            // is meant.
            String key = setting.group(1).toLowerCase(Locale.ROOT);
            String before = settings.putIfAbsent(key, value);
            if (before != null && !before.equals(value)) {
                throw bad(
                        Kind.CORRUPT,
                        "descriptor line "
                                + number
                                + " gives a second value for '"
                                + setting.group(1)
                                + "'");
            }
        }

        private void addExtent(Matcher matcher, int number) throws ImageException {
            if (extents.size() == EXTENTS_MAX) {
                throw bad(Kind.LIMIT, "the descriptor has more than " + EXTENTS_MAX + " extents");
            }
            ExtentType type = extentType(matcher.group(3), number);
            String fileName = matcher.group(4);
            if (matcher.group(6) != null && fileName == null) {
                throw notUnderstood(number, matcher.group());
            }
            if (matcher.group(6) != null) {
                throw bad(
                        Kind.UNSUPPORTED,
                        "descriptor line "
                                + number
                                + " describes a device: '"
                                + printable(matcher.group(6).strip())
                                + "'");
            }
            if ((fileName == null) != (type == ExtentType.ZERO)) {
                throw bad(
                        Kind.CORRUPT,
                        "descriptor line "
                                + number
                                + ": a "
                                + type
                                + " extent "
                                + (fileName == null ? "needs a file name" : "has no file"));
            }
            long length = sectors(matcher.group(2), number);
            sectors += length;
            if (sectors > CAPACITY_SECTORS_MAX) {
                throw bad(
                        Kind.LIMIT,
                        "the extents have more than 0x"
                                + Long.toHexString(CAPACITY_SECTORS_MAX)
                                + " sectors");
            }
            String position = matcher.group(5);
            extents.add(
                    new ExtentLine(
                            Access.valueOf(matcher.group(1)),
                            length << SECTOR_BITS,
                            type,
                            fileName,
                            position == null ? 0 : sectors(position, number) << SECTOR_BITS,
                            number));
        }

        private ExtentType extentType(String word, int number) throws ImageException {
            try {
                return ExtentType.valueOf(word);
            } catch (IllegalArgumentException e) {
                throw new ImageException(
                        Kind.UNSUPPORTED,
                        resource,
                        -1,
                        "descriptor line "
                                + number
                                + " has an extent of the unknown type '"
                                + word
                                + "'",
                        e);
            }
        }

        private long sectors(String digits, int number) throws ImageException {
            try {
                long value = Long.parseLong(digits);
                if (value <= CAPACITY_SECTORS_MAX) {
                    return value;
                }
            } catch (NumberFormatException _) {
                // Too large for a long: the same limit is exceeded.
            }
            throw bad(
                    Kind.LIMIT,
                    "descriptor line "
                            + number
                            + ": "
                            + digits
                            + " sectors exceed 0x"
                            + Long.toHexString(CAPACITY_SECTORS_MAX));
        }

        private int contentId(String value) throws ImageException {
            try {
                return Integer.parseUnsignedInt(value, 16);
            } catch (NumberFormatException e) {
                throw new ImageException(
                        Kind.CORRUPT,
                        resource,
                        -1,
                        "content identifier '" + printable(value) + "' is no hexadecimal word",
                        e);
            }
        }

        /**
         * Names of files are in the encoding that the descriptor states; everything else is ASCII.
         */
        private static String decode(MemorySegment bytes, String resource) throws ImageException {
            byte[] raw = bytes.toArray(ValueLayout.JAVA_BYTE);
            boolean wide =
                    raw.length > 1
                            && ((raw[0] == (byte) 0xff && raw[1] == (byte) 0xfe)
                                    || (raw[0] == (byte) 0xfe && raw[1] == (byte) 0xff));
            if (wide) {
                throw new ImageException(
                        Kind.UNSUPPORTED, resource, 0, "the descriptor is in UTF-16");
            }
            int length = 0;
            while (length < raw.length && raw[length] != 0) {
                length++;
            }
            Matcher matcher =
                    ENCODING.matcher(new String(raw, 0, length, StandardCharsets.ISO_8859_1));
            Charset charset = StandardCharsets.UTF_8;
            if (matcher.find()) {
                try {
                    charset = Charset.forName(matcher.group(1));
                } catch (IllegalArgumentException e) {
                    throw new ImageException(
                            Kind.UNSUPPORTED,
                            resource,
                            -1,
                            "the descriptor's encoding '" + matcher.group(1) + "' is unknown",
                            e);
                }
            }
            return withoutMark(new String(raw, 0, length, charset));
        }

        private ImageException notUnderstood(int number, String line) {
            return bad(
                    Kind.CORRUPT,
                    "descriptor line " + number + " is not understood: '" + printable(line) + "'");
        }

        private ImageException bad(Kind kind, String reason) {
            return new ImageException(kind, resource, -1, reason);
        }
    }

    /**
     * Text of the descriptor is not trusted: a message shows little of it, and no control
     * characters.
     */
    static String printable(String text) {
        String shown = text.length() > 80 ? text.substring(0, 80) + "…" : text;
        return ForeignText.printable(shown);
    }
}

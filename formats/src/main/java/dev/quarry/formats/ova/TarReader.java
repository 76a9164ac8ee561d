package dev.quarry.formats.ova;

import static dev.quarry.formats.ova.TarLayout.*;

import dev.quarry.image.ForeignText;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.storage.Storage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Lists the members of a tar archive without reading their data: ustar, GNU and PAX. Anything that
 * is neither a file nor a folder is refused, and so is whatever lies past the archive's end. What
 * macOS adds of its own is left out.
 */
final class TarReader {

    /**
     * A file in the archive.
     *
     * @param position host byte of its data
     * @param size bytes
     */
    record Member(String name, long position, long size) {}

    /** The record of a name in an extended header. */
    private static final Pattern PAX_PATH = Pattern.compile("(?m)^\\d+ path=(.*)$");

    private final Storage storage;
    private final Map<String, Member> members = new LinkedHashMap<>();
    private long position;

    /** What an extended header says of the next member. */
    private @Nullable String nextName;

    private @Nullable Long nextSize;

    private TarReader(Storage storage) {
        this.storage = storage;
    }

    /** Members by their names, in their order. */
    static Map<String, Member> list(Storage storage) throws IOException {
        TarReader reader = new TarReader(storage);
        while (reader.step()) {
            if (reader.members.size() > MEMBERS_MAX) {
                throw reader.bad(Kind.LIMIT, "has more than " + MEMBERS_MAX + " members");
            }
        }
        return reader.members;
    }

    /** Whether a first block is a header of a tar archive. */
    static boolean isHeader(byte[] block) {
        return block.length >= BLOCK_BYTES && checksumFits(block);
    }

    /**
     * The name of the first member that is neither a folder nor an extension of a later one's
     * header.
     *
     * @param head first bytes of an archive
     * @return null if its header does not stand in the head
     */
    static @Nullable String firstName(byte[] head) {
        String name = null;
        int at = 0;
        while (at <= head.length - BLOCK_BYTES) {
            byte[] header = Arrays.copyOfRange(head, at, at + BLOCK_BYTES);
            byte type = header[TYPE_POSITION];
            if (!checksumFits(header)) {
                return null;
            }
            at += BLOCK_BYTES;
            if (type == TYPE_FOLDER) {
                name = null;
                continue;
            }
            if (type != TYPE_PAX && type != TYPE_PAX_GLOBAL && type != TYPE_GNU_LONG_NAME) {
                return name != null ? name : nameIn(header);
            }
            long size = number(header, SIZE_POSITION, LONG_NUMBER_BYTES);
            if (size < 0 || size > head.length - at) {
                return null;
            }
            String text = new String(head, at, (int) size, StandardCharsets.UTF_8);
            Matcher path = PAX_PATH.matcher(text);
            if (type == TYPE_GNU_LONG_NAME) {
                name = text.split("\0", 2)[0];
            } else if (type == TYPE_PAX && path.find()) {
                name = path.group(1);
            }
            at += Math.ceilDiv((int) size, BLOCK_BYTES) * BLOCK_BYTES;
        }
        return null;
    }

    /** The name that a member's header gives it. */
    private static String nameIn(byte[] header) {
        String name = text(header, NAME_POSITION, NAME_BYTES);
        boolean posix = text(header, MAGIC_POSITION, MAGIC_WORD.length()).equals(MAGIC_WORD);
        String prefix =
                posix && header[MAGIC_POSITION + MAGIC_WORD.length()] == 0
                        ? text(header, PREFIX_POSITION, PREFIX_BYTES)
                        : "";
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    private boolean step() throws IOException {
        if (position + BLOCK_BYTES > storage.size()) {
            if (position < storage.size() || members.isEmpty()) {
                throw bad(Kind.TRUNCATED, "the archive ends in a header");
            }
            return false; // Without the blocks of zeros at its end, as some write it.
        }
        byte[] header = bytes(position, BLOCK_BYTES);
        if (isZero(header)) {
            return false;
        }
        if (!checksumFits(header)) {
            throw bad(Kind.CORRUPT, "the checksum of a member's header is wrong");
        }
        long size = nextSize != null ? nextSize : number(header, SIZE_POSITION, LONG_NUMBER_BYTES);
        long data = position + BLOCK_BYTES;
        if (size < 0 || size > storage.size() - data) {
            throw bad(
                    Kind.TRUNCATED,
                    "a member of 0x"
                            + Long.toHexString(size)
                            + " bytes lies past the end of the archive (0x"
                            + Long.toHexString(storage.size())
                            + ")");
        }
        take(header, data, size);
        position = data + Math.ceilDiv(size, BLOCK_BYTES) * BLOCK_BYTES;
        return true;
    }

    private void take(byte[] header, long data, long size) throws IOException {
        String name = nextName != null ? nextName : nameIn(header);
        switch (header[TYPE_POSITION]) {
            case TYPE_GNU_LONG_NAME -> nextName = text(extension(data, size));
            case TYPE_PAX -> readPax(extension(data, size));
            case TYPE_PAX_GLOBAL -> extension(data, size);
            case TYPE_FOLDER -> forget();
            case TYPE_FILE, TYPE_FILE_OLD, TYPE_FILE_CONTIGUOUS -> {
                if (!isAppleDouble(name)) {
                    add(new Member(name, data, size));
                }
                forget();
            }
            default ->
                    throw bad(
                            Kind.UNSUPPORTED,
                            "the member '"
                                    + ForeignText.printable(name)
                                    + "' is neither a file nor a folder (type '"
                                    + ForeignText.printable(
                                            String.valueOf((char) header[TYPE_POSITION]))
                                    + "')");
        }
    }

    /** What macOS puts before a file, for what it knows of the file besides its bytes. */
    private static boolean isAppleDouble(String name) {
        return name.startsWith("._", name.lastIndexOf('/') + 1);
    }

    private void add(Member member) throws IOException {
        if (members.put(member.name(), member) != null) {
            throw bad(
                    Kind.CORRUPT,
                    "has two members called '" + ForeignText.printable(member.name()) + "'");
        }
    }

    private void forget() {
        nextName = null;
        nextSize = null;
    }

    private byte[] extension(long data, long size) throws IOException {
        if (size > EXTENSION_BYTES_MAX) {
            throw bad(
                    Kind.LIMIT,
                    "an extended header of 0x"
                            + Long.toHexString(size)
                            + " bytes exceeds 0x"
                            + Integer.toHexString(EXTENSION_BYTES_MAX));
        }
        return bytes(data, (int) size);
    }

    /** Records of {@code LENGTH KEY=VALUE}, each with a line feed. */
    private void readPax(byte[] records) throws IOException {
        int at = 0;
        while (at < records.length) {
            int blank = at;
            while (blank < records.length && records[blank] != ' ') {
                blank++;
            }
            int length = parseLength(records, at, blank);
            if (length <= blank - at + 1 || length > records.length - at) {
                throw bad(Kind.CORRUPT, "an extended header has a record of a wrong length");
            }
            String record =
                    new String(records, blank + 1, at + length - blank - 2, StandardCharsets.UTF_8);
            int equals = record.indexOf('=');
            if (equals > 0) {
                takePax(record.substring(0, equals), record.substring(equals + 1));
            }
            at += length;
        }
    }

    private int parseLength(byte[] records, int from, int to) throws IOException {
        try {
            return Integer.parseInt(
                    new String(records, from, to - from, StandardCharsets.US_ASCII));
        } catch (NumberFormatException e) {
            throw bad(Kind.CORRUPT, "an extended header has a record of no length");
        }
    }

    private void takePax(String key, String value) throws IOException {
        if (key.startsWith("GNU.sparse")) {
            throw bad(
                    Kind.UNSUPPORTED, "has a sparse member, whose bytes do not stand as they are");
        }
        if (key.equals("path")) {
            nextName = value;
        } else if (key.equals("size")) {
            try {
                nextSize = Long.parseLong(value);
            } catch (NumberFormatException e) {
                throw bad(Kind.CORRUPT, "an extended header gives a size that is no number");
            }
        }
    }

    private byte[] bytes(long from, int length) throws IOException {
        byte[] bytes = new byte[length];
        storage.read(from, MemorySegment.ofArray(bytes));
        return bytes;
    }

    private static boolean isZero(byte[] block) {
        for (byte each : block) {
            if (each != 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean checksumFits(byte[] header) {
        long sum = 0;
        for (int i = 0; i < BLOCK_BYTES; i++) {
            boolean own = i >= CHECKSUM_POSITION && i < CHECKSUM_POSITION + NUMBER_BYTES;
            sum += own ? ' ' : Byte.toUnsignedInt(header[i]);
        }
        return sum == number(header, CHECKSUM_POSITION, NUMBER_BYTES);
    }

    /** A number, or -1 if it is none or too large. */
    static long number(byte[] header, int at, int length) {
        if (header[at] == BINARY_NUMBER) {
            long value = 0;
            for (int i = at + 1; i < at + length; i++) {
                if (value >>> (Long.SIZE - 1 - Byte.SIZE) != 0) {
                    return -1;
                }
                value = (value << Byte.SIZE) | Byte.toUnsignedLong(header[i]);
            }
            return value;
        }
        long value = 0;
        for (char digit : text(header, at, length).trim().toCharArray()) {
            if (digit < '0' || digit > '7') {
                return -1;
            }
            value = value * 8 + (digit - '0');
        }
        return value;
    }

    /** Bytes up to the first zero. */
    private static String text(byte[] header, int at, int length) {
        int end = at;
        while (end < at + length && header[end] != 0) {
            end++;
        }
        return new String(header, at, end - at, StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return text(bytes, 0, bytes.length);
    }

    private ImageException bad(Kind kind, String reason) {
        return new ImageException(kind, storage.name(), position, reason);
    }
}

package dev.quarry.image;

import dev.quarry.image.stream.Compression;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Files that are certainly something else than a raw disk. Detection would take them for one,
 * because a raw disk may hold anything; storing an archive as a disk helps nobody.
 */
enum ForeignFiles {
    TAR(
            "a tar archive that does not begin with an OVF descriptor (-f ova looks for one further"
                    + " on)",
            257,
            "ustar"),
    ZIP("a zip archive", 0, "PK\u0003\u0004"),
    VHDX("a VHDX image", 0, "vhdxfile"),
    VHD("a dynamic VHD image", 0, "conectix"),
    VDI("a VDI image", 64, "\u007f\u0010\u00da\u00be"),
    QED("a QED image", 0, "QED\0"),
    PARALLELS("a Parallels image", 0, "WithoutFreeSpace"),
    LUKS("encrypted with LUKS", 0, "LUKS\u00ba\u00be");

    private final String words;
    private final int position;

    /** Each character is a byte. */
    private final String magic;

    ForeignFiles(String words, int position, String magic) {
        this.words = words;
        this.position = position;
        this.magic = magic;
    }

    /** What the file is, in words, or null if it is none of these. */
    static @Nullable String describe(MemorySegment head) {
        for (ForeignFiles each : values()) {
            if (each.matches(head)) {
                return each.words;
            }
        }
        Compression compression = Compression.of(head);
        return compression == null ? null : "compressed with " + compression.words();
    }

    private boolean matches(MemorySegment head) {
        if (head.byteSize() < position + magic.length()) {
            return false;
        }
        for (int i = 0; i < magic.length(); i++) {
            if (head.get(ValueLayout.JAVA_BYTE, position + i) != (byte) magic.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}

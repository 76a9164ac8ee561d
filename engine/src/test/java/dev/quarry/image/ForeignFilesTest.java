package dev.quarry.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

final class ForeignFilesTest {

    private static MemorySegment head(int position, String text) {
        byte[] bytes = new byte[512];
        byte[] magic = text.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(magic, 0, bytes, position, magic.length);
        return MemorySegment.ofArray(bytes);
    }

    @Test
    void archivesAndOtherImagesAreKnown() {
        assertEquals(
                "a tar archive that does not begin with an OVF descriptor (-f ova looks for one"
                        + " further on)",
                ForeignFiles.describe(head(257, "ustar")));
        assertEquals("compressed with gzip", ForeignFiles.describe(head(0, "\u001f\u008b\b")));
        assertEquals("compressed with xz", ForeignFiles.describe(head(0, "\u00fd7zXZ\0")));
        assertEquals("compressed with zstd", ForeignFiles.describe(head(0, "(\u00b5/\u00fd")));
        assertEquals("compressed with zstd", ForeignFiles.describe(head(0, "P*M\u0018")));
        assertEquals("compressed with zstd", ForeignFiles.describe(head(0, "_*M\u0018")));
        assertNull(ForeignFiles.describe(head(0, "`*M\u0018")));
        assertEquals("a VHDX image", ForeignFiles.describe(head(0, "vhdxfile")));
    }

    @Test
    void disksAreNot() {
        assertNull(ForeignFiles.describe(head(0, "")));
        assertNull(ForeignFiles.describe(head(510, "U\u00aa")));
        assertNull(ForeignFiles.describe(MemorySegment.ofArray(new byte[3])));
    }
}

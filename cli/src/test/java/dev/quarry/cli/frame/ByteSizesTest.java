package dev.quarry.cli.frame;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

final class ByteSizesTest {

    @Test
    void unitsArePowersOfTwo() {
        assertEquals(1, ByteSizes.parse("1", "size"));
        assertEquals(20L << 30, ByteSizes.parse("20G", "size"));
        assertEquals(512 << 20, ByteSizes.parse("512m", "size"));
        assertEquals(7L << 60, ByteSizes.parse("7E", "size"));
        assertEquals(3L << 29, ByteSizes.parse("1.5G", "size"));
        assertEquals(0, ByteSizes.parseOffset("0", "offset"));
    }

    @Test
    void anythingElseIsRefused() {
        for (String text : new String[] {"", "G", "0", "-1", "8E", "1.5", "1GB", "9999999999T"}) {
            assertThrows(UsageException.class, () -> ByteSizes.parse(text, "size"), text);
        }
    }
}

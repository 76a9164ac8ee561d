package dev.quarry.chunk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.zip.DeflaterOutputStream;

final class CompressionProbeTest {

    private static final int FRAME = 256 << 10;

    CompressionProbeTest() {}

    private static int randoms(int kinds, int length) {
        CompressionProbe probe = new CompressionProbe();
        int found = 0;
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            byte[] bytes = new byte[length];
            for (int i = 0; i < length; i++) {
                bytes[i] = (byte) random.nextInt(kinds);
            }
            found += probe.looksRandom(ByteBuffer.wrap(bytes)) ? 1 : 0;
        }
        return found;
    }

    @Test
    void randomBytesAreRandom() {
        assertEquals(200, randoms(256, FRAME));
        assertEquals(200, randoms(256, 4096));
    }

    /** 206 kinds of bytes can be coded in 7.69 bits each: just below 31/32 of eight. */
    @Test
    void whatSavesAThirtySecondIsNot() {
        assertEquals(0, randoms(206, FRAME));
        assertEquals(0, randoms(206, 4096));
        assertEquals(0, randoms(1, FRAME));
    }

    @Test
    void compressedTextIsRandomAndTextIsNot() throws IOException {
        Random random = new Random(1);
        byte[] plain = new byte[2 * FRAME];
        for (int i = 0; i < plain.length; i++) {
            plain[i] = (byte) ('a' + random.nextInt(26) * random.nextInt(26) / 26);
        }
        ByteArrayOutputStream deflated = new ByteArrayOutputStream();
        try (DeflaterOutputStream out = new DeflaterOutputStream(deflated)) {
            out.write(plain);
        }
        CompressionProbe probe = new CompressionProbe();
        assertFalse(probe.looksRandom(ByteBuffer.wrap(plain)));
        assertTrue(probe.looksRandom(ByteBuffer.wrap(deflated.toByteArray())));
    }
}

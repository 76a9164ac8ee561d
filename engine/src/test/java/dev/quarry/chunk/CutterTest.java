package dev.quarry.chunk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

final class CutterTest {

    /**
     * Block {@code n} of the vectors: byte {@code i} is {@code (n * 31 + i * 7 + (i >> 8) * n) mod
     * 256}; block 20 is zeros.
     */
    private static byte[] vectorBlocks(int count) {
        byte[] bytes = new byte[count * Grid.BLOCK_BYTES];
        for (int n = 0; n < count; n++) {
            for (int i = 0; n != 20 && i < Grid.BLOCK_BYTES; i++) {
                bytes[n * Grid.BLOCK_BYTES + i] = (byte) (n * 31 + i * 7 + (i >> 8) * n);
            }
        }
        return bytes;
    }

    /** First block and number of blocks of every chunk, and the beginning of its id. */
    private static List<String> cut(byte[] bytes, CutterParameters parameters) {
        Cutter cutter = new Cutter(parameters);
        BlockHasher hasher = new BlockHasher();
        MemorySegment memory = MemorySegment.ofArray(bytes);
        int count = bytes.length / Grid.BLOCK_BYTES;
        byte[] digests = new byte[count * Grid.DIGEST_BYTES];
        byte[] id = new byte[Grid.DIGEST_BYTES];
        List<String> chunks = new ArrayList<>();
        int first = 0;
        for (int n = 0; n <= count; n++) {
            boolean zero =
                    n == count || BlockHasher.isZeroBlock(memory, (long) n * Grid.BLOCK_BYTES);
            if (!zero) {
                hasher.hashBlock(
                        memory, (long) n * Grid.BLOCK_BYTES, digests, n * Grid.DIGEST_BYTES);
            }
            int end = zero ? n : n + 1;
            if (end > first
                    && (zero || cutter.endsAfter(digests, n * Grid.DIGEST_BYTES, end - first))) {
                hasher.chunkId(digests, first * Grid.DIGEST_BYTES, end - first, id);
                chunks.add(first + "+" + (end - first) + " " + HexFormat.of().formatHex(id, 0, 4));
                first = end;
            }
            if (zero) {
                first = n + 1;
            }
        }
        return chunks;
    }

    @Test
    void vectors() {
        assertEquals(
                "0+1 d607ebf7, 1+5 353643ef, 6+1 41c87863, 7+2 24d417d6, 9+3 efd37050, 12+4"
                    + " ca4a989a, 16+2 68ece9d4, 18+2 35d50d5f, 21+8 3ad314e1, 29+6 ee402b4e, 35+4"
                    + " 0c662fe8, 39+1 547606e2",
                String.join(", ", cut(vectorBlocks(40), new CutterParameters(16 << 10, 32 << 10))));
    }

    @Test
    void averageIsAsAsked() {
        byte[] bytes = new byte[4096 * Grid.BLOCK_BYTES];
        new java.util.Random(5).nextBytes(bytes);
        int chunks = cut(bytes, new CutterParameters(16 << 10, 1 << 20)).size();
        assertTrue(
                chunks > 4096 / 4 * 0.9 && chunks < 4096 / 4 * 1.1,
                chunks + " chunks of 4096 blocks");
    }

    @Test
    void parametersOutOfRangeAreRefused() {
        assertThrows(
                IllegalArgumentException.class, () -> new CutterParameters(12 << 10, 64 << 10));
        assertThrows(IllegalArgumentException.class, () -> new CutterParameters(2048, 64 << 10));
        assertThrows(IllegalArgumentException.class, () -> new CutterParameters(16 << 10, 8 << 10));
        assertThrows(IllegalArgumentException.class, () -> new CutterParameters(16 << 10, 2 << 20));
        assertThrows(
                IllegalArgumentException.class,
                () -> new CutterParameters(16 << 10, (64 << 10) + 512));
    }
}

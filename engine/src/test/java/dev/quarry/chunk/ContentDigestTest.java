package dev.quarry.chunk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.quarry.block.MemoryDisk;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

final class ContentDigestTest {

    private static final int MIB = 1 << 20;

    /** The definition, level by level over the whole disk, with no shortcut. */
    private static String naive(byte[] disk) {
        byte[] level;
        int blocks = Math.max(1, Math.ceilDiv(disk.length, 4096));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < blocks; i++) {
            out.writeBytes(
                    node(
                            Arrays.copyOf(
                                    Arrays.copyOfRange(
                                            disk, i * 4096, Math.min(disk.length, (i + 1) * 4096)),
                                    4096)));
        }
        level = out.toByteArray();
        for (int height = 0; height < 2 || level.length > 32; height++) {
            out.reset();
            int nodes = Math.ceilDiv(level.length, 128 * 32);
            byte[] padded = Arrays.copyOf(level, nodes * 128 * 32);
            for (int i = 0; i < nodes; i++) {
                out.writeBytes(node(Arrays.copyOfRange(padded, i * 4096, (i + 1) * 4096)));
            }
            level = out.toByteArray();
        }
        ByteBuffer all = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN);
        all.put("QCONTNT".getBytes(StandardCharsets.US_ASCII))
                .put((byte) 1)
                .putLong(disk.length)
                .put(level);
        return HexFormat.of().formatHex(BlockHasher.sha256().digest(all.array()));
    }

    private static byte[] node(byte[] bytes) {
        return Arrays.equals(bytes, new byte[bytes.length])
                ? new byte[32]
                : BlockHasher.sha256().digest(bytes);
    }

    private static String digest(byte[] disk, int holeBytes) throws IOException {
        return DiskDigester.digest(
                        new MemoryDisk(disk, holeBytes),
                        2,
                        ProgressListener.none(),
                        new CancelToken())
                .hex();
    }

    @Test
    void equalsTheDefinition() throws IOException {
        int[] sizes = {
            0, 1, 4095, 4096, 4097, 1_000_001, MIB, 64 * MIB, 64 * MIB + 1, 130 * MIB + 777
        };
        for (int size : sizes) {
            byte[] disk = MemoryDisk.content(size, size);
            assertEquals(naive(disk), digest(disk, 0), "size " + size);
            assertEquals(naive(disk), digest(disk, 65536), "size " + size + " with holes");
        }
    }

    @Test
    void zerosCountHoweverTheyAreKept() throws IOException {
        byte[] disk = new byte[3 * MIB];
        disk[2 * MIB] = 1;
        String expected = naive(disk);
        for (int holeBytes : new int[] {0, 512, 4096, MIB}) {
            assertEquals(expected, digest(disk, holeBytes));
        }
    }

    @Test
    void sizeCounts() throws IOException {
        assertNotEquals(digest(new byte[MIB], 0), digest(new byte[MIB + 1], 0));
    }

    /** Vectors for other implementations; the first is the empty disk. */
    @Test
    void vectors() throws IOException {
        assertEquals(
                "721071494d058f00d83b3984a1039423b2a4412550e4503fbd2c526f4a79e364",
                digest(new byte[0], 0));
        assertEquals(
                "175b89ca0cc6942316e3daaac749d0b6605282260047a7688ad6fb655b968724",
                digest("quarry".getBytes(StandardCharsets.US_ASCII), 0));
    }
}

package dev.quarry.chunk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.quarry.block.MemoryDisk;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

final class PartitionGridTest {

    private static void entry(byte[] disk, int table, int slot, int type, int first, int sectors) {
        ByteBuffer buffer = ByteBuffer.wrap(disk).order(ByteOrder.LITTLE_ENDIAN);
        int at = table * 512 + 0x1be + slot * 16;
        buffer.put(at + 4, (byte) type).putInt(at + 8, first).putInt(at + 12, sectors);
        buffer.put(table * 512 + 0x1fe, (byte) 0x55).put(table * 512 + 0x1ff, (byte) 0xaa);
    }

    private static int lead(byte[] disk) throws IOException {
        return PartitionGrid.leadOf(new MemoryDisk(disk, 0));
    }

    @Test
    void sectorSixtyThreeMovesUpByOneSector() throws IOException {
        byte[] disk = new byte[1 << 20];
        entry(disk, 0, 0, 0x83, 63, 1900);
        assertEquals(512, lead(disk));
    }

    @Test
    void alignedPartitionsAndPlainFileSystemsStay() throws IOException {
        byte[] disk = new byte[1 << 20];
        assertEquals(0, lead(disk));
        entry(disk, 0, 0, 0x83, 64, 1900);
        assertEquals(0, lead(disk));
        assertEquals(0, lead(new byte[100]));
    }

    @Test
    void theLargestPartitionsDecide() throws IOException {
        byte[] disk = new byte[1 << 20];
        entry(disk, 0, 0, 0x83, 63, 100);
        entry(disk, 0, 1, 0x83, 256, 1500);
        assertEquals(0, lead(disk));
    }

    @Test
    void logicalPartitionsCount() throws IOException {
        byte[] disk = new byte[1 << 20];
        entry(disk, 0, 0, 0x83, 64, 10);
        entry(disk, 0, 1, 0x05, 100, 1900);
        entry(disk, 100, 0, 0x83, 63, 1000);
        entry(disk, 100, 1, 0x05, 200, 500);
        entry(disk, 300, 0, 0x83, 63, 400);
        // 163 and 363 are both 3 sectors behind a block.
        assertEquals(5 * 512, lead(disk));
    }

    @Test
    void aChainThatIsACircleEnds() throws IOException {
        byte[] disk = new byte[1 << 20];
        entry(disk, 0, 0, 0x05, 100, 1900);
        entry(disk, 100, 0, 0x83, 4, 10);
        entry(disk, 100, 1, 0x05, 0, 500);
        assertEquals(0, lead(disk) % 512);
    }

    @Test
    void gptIsTakenAsAligned() throws IOException {
        byte[] disk = new byte[1 << 20];
        entry(disk, 0, 0, 0xee, 1, 2047);
        assertEquals(0, lead(disk));
    }
}

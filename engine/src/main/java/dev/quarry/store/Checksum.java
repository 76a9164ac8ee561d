package dev.quarry.store;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/** CRC-32C of memory. */
final class Checksum {

    private Checksum() {}

    static int of(MemorySegment memory) {
        CRC32C crc = new CRC32C();
        crc.update(memory.asByteBuffer());
        return (int) crc.getValue();
    }
}

package dev.quarry.operation;

import java.lang.foreign.MemorySegment;

/** Finds zeros in memory. */
final class Zeros {

    private static final int BLOCK_BYTES = 1 << 16;
    private static final MemorySegment BLOCK = MemorySegment.ofArray(new byte[BLOCK_BYTES]);

    private Zeros() {}

    static boolean isZero(MemorySegment bytes) {
        for (long at = 0; at < bytes.byteSize(); at += BLOCK_BYTES) {
            long length = Math.min(BLOCK_BYTES, bytes.byteSize() - at);
            if (MemorySegment.mismatch(bytes, at, at + length, BLOCK, 0, length) >= 0) {
                return false;
            }
        }
        return true;
    }
}

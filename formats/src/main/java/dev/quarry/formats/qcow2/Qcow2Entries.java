package dev.quarry.formats.qcow2;

import static dev.quarry.formats.qcow2.Qcow2Layout.*;

/** What the fields of a compressed L2 entry say. */
final class Qcow2Entries {

    private Qcow2Entries() {}

    private static int sectorShift(int clusterBits) {
        return COMPRESSED_FIELD_BITS - (clusterBits - COMPRESSED_SECTOR_BITS_BASE);
    }

    /** Host byte at which the compressed data begins. */
    static long compressedPosition(long entry, int clusterBits) {
        return entry & (1L << sectorShift(clusterBits)) - 1;
    }

    /** Bytes from the data's position to the end of its last sector. */
    static long compressedBytes(long entry, int clusterBits) {
        long furtherSectors = (entry & ENTRY_COMPRESSED - 1) >>> sectorShift(clusterBits);
        return (furtherSectors + 1) * SECTOR_BYTES
                - (compressedPosition(entry, clusterBits) & SECTOR_BYTES - 1);
    }
}

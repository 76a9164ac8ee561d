package dev.quarry.formats.qcow2;

import static dev.quarry.formats.qcow2.Qcow2Layout.*;

import dev.quarry.storage.Storage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Finds a header extension that the parser steps over. */
final class Qcow2Extensions {

    private Qcow2Extensions() {}

    /**
     * Data of the first extension of a type, or null.
     *
     * @param length bytes that it has at least; those are given
     */
    static @Nullable MemorySegment find(Storage storage, Qcow2Header header, int type, int length)
            throws IOException {
        long end = Math.min(header.clusterSize(), storage.size());
        MemorySegment cluster = MemorySegment.ofArray(new byte[(int) end]);
        storage.read(0, cluster);
        for (long at = header.headerLength(); at + EXTENSION_HEADER_BYTES <= end; ) {
            int found = cluster.get(INT, at);
            long bytes = Integer.toUnsignedLong(cluster.get(INT, at + Integer.BYTES));
            long data = at + EXTENSION_HEADER_BYTES;
            if (found == EXTENSION_END || bytes > end - data) {
                return null;
            }
            if (found == type && bytes >= length) {
                return cluster.asSlice(data, length);
            }
            at = data + Math.ceilDiv(bytes, EXTENSION_ALIGNMENT) * EXTENSION_ALIGNMENT;
        }
        return null;
    }
}

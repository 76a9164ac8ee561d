package dev.quarry.store;

import dev.quarry.hash.Hash;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.zip.CRC32C;

/** Writes what stands behind the frames of a pack: its tables, and the trailer. */
final class PackFooter {

    /**
     * A table.
     *
     * @param bytes not kept
     * @param length of it that is used
     * @param entries that it has
     */
    record Table(byte[] bytes, int length, int entries) {}

    private PackFooter() {}

    /**
     * @param position where it begins
     * @param magic that the trailer ends with
     * @return where it ends
     */
    static long write(BlobWriter blob, long position, Table frames, Table chunks, long magic)
            throws IOException {
        Hash sha256 = Hash.sha256();
        CRC32C crc = new CRC32C();
        long at = position;
        for (Table table : List.of(frames, chunks)) {
            sha256.update(table.bytes(), 0, table.length());
            crc.update(table.bytes(), 0, table.length());
            blob.write(at, MemorySegment.ofArray(table.bytes()).asSlice(0, table.length()));
            at += table.length();
        }
        ByteBuffer trailer =
                ByteBuffer.allocate(PackLayout.TRAILER_BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(position)
                        .putInt(frames.entries())
                        .putInt(chunks.entries())
                        .put(sha256.digest())
                        .putInt((int) crc.getValue())
                        .putInt(0)
                        .putLong(magic);
        blob.write(at, MemorySegment.ofArray(trailer.array()));
        return at + PackLayout.TRAILER_BYTES;
    }
}

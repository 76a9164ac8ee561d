package dev.quarry.formats.qcow2;

import static dev.quarry.formats.qcow2.Qcow2Layout.*;

import dev.quarry.storage.Storage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The space that persistent bitmaps take. Their content is not looked at: a reader needs none of
 * it, and a writer here refuses to change an image that has some.
 *
 * <pre>
 *  extension 0x23852875     directory entry                      bitmap table: 8 bytes each
 *  +--------------+ 0       +-----------------------+ 0          63    56 55         9 8     1  0
 *  | bitmaps      |         | position of the table |           +--------+------------+-------+--+
 *  +--------------+ 8       +-----------------------+ 8         |reserved| position   |reserv.|S |
 *  | directory    |         | entries of the table  |           +--------+------------+-------+--+
 *  | bytes        |         +-----------------------+ 12
 *  +--------------+ 16      | flags, type, granul.  |           S: all bits are set (no position)
 *  | directory    |         +-----------------------+ 18
 *  | position     |         | name, extra length    |
 *  +--------------+ 24      +-----------------------+ 24, then extra data and name
 * </pre>
 */
final class Qcow2Bitmaps {

    static final int EXTENSION = 0x23852875;

    private static final int EXTENSION_BYTES = 24;
    private static final int COUNT_MAX = 65535;
    private static final long DIRECTORY_BYTES_MAX = 64 << 20;

    /** What qemu takes for the clusters of one bitmap. */
    private static final long BITMAP_BYTES_MAX = 512 << 20;

    private static final int ENTRY_BYTES = 24;
    private static final int NAME_LENGTH = 18;
    private static final int EXTRA_LENGTH = 20;
    private static final int ALIGNMENT = 8;
    private static final long RESERVED = 0xff000000000001feL;

    private Qcow2Bitmaps() {}

    /** Whether an image has bitmaps that are valid. */
    static boolean areUsed(Qcow2Header header) {
        return (header.autoclear() & AUTOCLEAR_BITMAPS) != 0;
    }

    /** Counts the clusters of the directory, the tables and the bitmaps. */
    static void count(Storage storage, Qcow2Header header, Qcow2Walk walk) throws IOException {
        @Nullable MemorySegment extension =
                areUsed(header)
                        ? Qcow2Extensions.find(storage, header, EXTENSION, EXTENSION_BYTES)
                        : null;
        if (extension == null) {
            return;
        }
        int count = extension.get(INT, 0);
        long directoryBytes = extension.get(LONG, 8);
        long position = extension.get(LONG, 16);
        if (count < 0
                || count > COUNT_MAX
                || directoryBytes < 0
                || directoryBytes > DIRECTORY_BYTES_MAX) {
            walk.unread("the directory of bitmaps is too large");
            return;
        }
        if (!walk.countTable("the directory of bitmaps", position, directoryBytes)) {
            return;
        }
        MemorySegment directory = MemorySegment.ofArray(new byte[(int) directoryBytes]);
        storage.read(position, directory);
        long at = 0;
        for (int i = 0; i < count; i++) {
            if (at > directoryBytes - ENTRY_BYTES) {
                walk.unread("the directory of bitmaps ends within entry " + i);
                return;
            }
            countTable(storage, header, directory.get(LONG, at), directory.get(INT, at + 8), walk);
            long length =
                    ENTRY_BYTES
                            + Short.toUnsignedInt(directory.get(SHORT, at + NAME_LENGTH))
                            + Integer.toUnsignedLong(directory.get(INT, at + EXTRA_LENGTH));
            at += Math.ceilDiv(length, ALIGNMENT) * ALIGNMENT;
        }
    }

    private static void countTable(
            Storage storage, Qcow2Header header, long position, int entries, Qcow2Walk walk)
            throws IOException {
        if (entries < 0 || entries > BITMAP_BYTES_MAX / header.clusterSize()) {
            walk.unread("a bitmap's table is too large: " + Qcow2Walk.hex(entries));
            return;
        }
        long bytes = (long) entries * Long.BYTES;
        if (!walk.countTable("a bitmap's table", position, bytes)) {
            return;
        }
        walk.takeTable(position, bytes);
        MemorySegment table = MemorySegment.ofArray(new byte[(int) bytes]);
        storage.read(position, table);
        for (int i = 0; i < entries; i++) {
            long entry = table.getAtIndex(LONG, i);
            if ((entry & RESERVED) != 0) {
                walk.corrupt("entry " + Qcow2Walk.hex(entry) + " of a bitmap's table is invalid");
            } else if ((entry & ENTRY_POSITION_MASK) != 0) {
                walk.countCluster(entry & ENTRY_POSITION_MASK);
            }
        }
    }
}

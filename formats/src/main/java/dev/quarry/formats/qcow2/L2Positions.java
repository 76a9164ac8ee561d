package dev.quarry.formats.qcow2;

import static dev.quarry.formats.qcow2.Qcow2Layout.*;

import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.image.TableCache;

import java.io.IOException;
import java.util.Arrays;

/**
 * Where the L2 tables of an image stand, read once when it is opened: a table that two L1 entries
 * name, or that is named as data, gives a guest what it may have written as a table. qemu reads
 * such images happily.
 */
final class L2Positions {

    /**
     * Positions kept for the comparison with data clusters: the tables of 64 TiB with usual
     * clusters, 1 MiB for each layer of a chain. Of more tables only duplicates are looked for.
     */
    private static final int KEPT_MAX = 1 << 17;

    /** Ascending; empty if there are too many. */
    private final long[] kept;

    private L2Positions(long[] kept) {
        this.kept = kept;
    }

    /**
     * Reads the entries that the disk's size needs.
     *
     * @param l1 reads the table, of at most {@link Qcow2Layout#L1_BYTES_MAX} bytes
     * @throws ImageException of kind CORRUPT if two entries name one table
     */
    static L2Positions read(Qcow2Header header, TableCache l1, String resource) throws IOException {
        long[] positions = new long[64];
        int count = 0;
        long needed = header.l1EntriesNeeded();
        for (long index = 0; index < needed; index++) {
            long entry = l1.longAt(header.l1Position() + index * L1_ENTRY_BYTES);
            if ((entry & ENTRY_POSITION_MASK) != 0) {
                if (count == positions.length) {
                    positions = Arrays.copyOf(positions, count * 2);
                }
                positions[count++] = entry & ENTRY_POSITION_MASK;
            }
        }
        positions = Arrays.copyOf(positions, count);
        Arrays.sort(positions);
        for (int i = 1; i < count; i++) {
            if (positions[i] == positions[i - 1]) {
                throw new ImageException(
                        Kind.CORRUPT,
                        resource,
                        header.l1Position(),
                        "two entries of the L1 table name the L2 table at 0x"
                                + Long.toHexString(positions[i]));
            }
        }
        return new L2Positions(count > KEPT_MAX ? new long[0] : positions);
    }

    /** Whether a cluster is an L2 table, as far as is known. */
    boolean contain(long position) {
        return Arrays.binarySearch(kept, position) >= 0;
    }
}

package dev.quarry.formats.vmdk;

import static dev.quarry.formats.vmdk.VmdkLayout.*;

import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Compares the grains of a stream with its tables. Where the tables stand in front, each grain is
 * looked up; where they follow, each table is matched with the grains that came and then with the
 * directory. A disk of which a grain or a table got lost does not pass for one that has zeros
 * there.
 */
final class VmdkStreamTables {

    private final VmdkHeader header;
    private final String resource;

    /** Entries of the table that gathers grains, by its index; sectors of the file. */
    private final Map<Long, int[]> gathered = new HashMap<>();

    /** Sector of the table that was matched, by its index; 0 where none was. */
    private final int[] matched;

    /** Sectors of the tables that the directory names, by their index; null until it came. */
    private int @Nullable [] announced;

    /** Sectors of tables that came and are without grains. */
    private final Set<Integer> empty = new HashSet<>();

    /** The file up to its first grain, if directory and tables stand there; or null. */
    private @Nullable MemorySegment front;

    /** Entries of tables in {@link #front} whose grains did not come yet. */
    private long missing;

    private long directoryPosition;

    VmdkStreamTables(VmdkHeader header, String resource) throws ImageException {
        this.header = header;
        this.resource = resource;
        this.directoryPosition = header.directoryPosition();
        if (header.directoryEntries() * ENTRY_BYTES > DIRECTORY_BYTES_MAX) {
            throw bad(
                    Kind.LIMIT,
                    CAPACITY_POSITION,
                    "a grain directory of 0x"
                            + Long.toHexString(header.directoryEntries())
                            + " entries exceeds 0x"
                            + Integer.toHexString(DIRECTORY_BYTES_MAX / ENTRY_BYTES));
        }
        this.matched = new int[(int) header.directoryEntries()];
    }

    long directorySectors() {
        return Math.ceilDiv(header.directoryEntries() * ENTRY_BYTES, SECTOR_BYTES);
    }

    /**
     * Takes the tables that stand before the grains, if they do.
     *
     * @param bytes the file up to its first grain; kept
     * @throws ImageException of kind CORRUPT if two entries of the directory name one table, or
     *     tables that overlap: a few bytes would stand for any number of grains
     */
    void readFront(MemorySegment bytes) throws ImageException {
        long tableBytes = (long) header.tableEntries() * ENTRY_BYTES;
        long directoryBytes = header.directoryEntries() * ENTRY_BYTES;
        if (directoryPosition < HEADER_BYTES
                || directoryPosition > bytes.byteSize() - directoryBytes) {
            return; // Its marker announces it.
        }
        BitSet taken = new BitSet();
        int tableSectors = (int) Math.ceilDiv(tableBytes, SECTOR_BYTES);
        for (long index = 0; index < header.directoryEntries(); index++) {
            long table = table(bytes, index);
            if (table > bytes.byteSize() - tableBytes) {
                // The directory is in front and the tables are not: those have markers.
                missing = 0;
                announced = bytes.asSlice(directoryPosition, directoryBytes).toArray(INT);
                return;
            }
            if (table != 0) {
                int sector = (int) (table >>> SECTOR_BITS);
                int next = taken.nextSetBit(sector);
                if (next >= 0 && next < sector + tableSectors) {
                    throw bad(
                            Kind.CORRUPT,
                            directoryPosition + index * ENTRY_BYTES,
                            "two entries of the grain directory name the table at 0x"
                                    + Long.toHexString(table));
                }
                taken.set(sector, sector + tableSectors);
                for (long i = 0; i < tableBytes; i += ENTRY_BYTES) {
                    missing += isGrain(bytes.get(INT, table + i)) ? 1 : 0;
                }
            }
        }
        front = bytes;
    }

    /** Host byte of a table, as the directory in front names it, or 0. */
    private long table(MemorySegment bytes, long index) {
        return Integer.toUnsignedLong(bytes.get(INT, directoryPosition + index * ENTRY_BYTES))
                << SECTOR_BITS;
    }

    private boolean isGrain(int entry) {
        return entry != 0 && !(entry == ENTRY_ZEROED && header.zeroedGrains());
    }

    /**
     * Notes a grain.
     *
     * @param number of the grain in the disk
     * @param position host byte of its marker
     */
    void addGrain(long number, long position) throws ImageException {
        long index = number / header.tableEntries();
        int within = (int) (number % header.tableEntries());
        long sector = position >>> SECTOR_BITS;
        if (sector > 0xffffffffL) {
            throw bad(Kind.LIMIT, position, "a grain lies past what a grain table can name");
        }
        if (front != null) {
            long table = table(front, index);
            int entry = table == 0 ? 0 : front.get(INT, table + (long) within * ENTRY_BYTES);
            if (entry != (int) sector) {
                throw bad(
                        Kind.CORRUPT,
                        position,
                        "the grain table has grain 0x"
                                + Long.toHexString(number)
                                + " at sector 0x"
                                + Integer.toHexString(entry));
            }
            missing--;
            return;
        }
        int limit =
                Math.min(
                        STREAM_TABLES_MAX,
                        STREAM_TABLE_BYTES_MAX / (header.tableEntries() * ENTRY_BYTES));
        if (gathered.size() >= limit && !gathered.containsKey(index)) {
            throw bad(
                    Kind.LIMIT,
                    position,
                    "more than " + limit + " grain tables are behind with their grains");
        }
        gathered.computeIfAbsent(index, _ -> new int[header.tableEntries()])[within] = (int) sector;
    }

    /**
     * Matches a table that came with the grains before it.
     *
     * @param position host byte of the table
     */
    void addTable(MemorySegment bytes, long position) throws ImageException {
        if (front != null) {
            return; // The one in front was compared.
        }
        int[] entries = bytes.asSlice(0, (long) header.tableEntries() * ENTRY_BYTES).toArray(INT);
        boolean any = false;
        for (int i = 0; i < entries.length; i++) {
            entries[i] = isGrain(entries[i]) ? entries[i] : 0;
            any |= entries[i] != 0;
        }
        if (!any) {
            // A table without grains; the directory may name it or not.
            if (empty.size() >= STREAM_EMPTY_TABLES_MAX) {
                throw bad(
                        Kind.LIMIT,
                        position,
                        "more than " + STREAM_EMPTY_TABLES_MAX + " grain tables are empty");
            }
            empty.add((int) (position >>> SECTOR_BITS));
            return;
        }
        for (Map.Entry<Long, int[]> each : gathered.entrySet()) {
            if (Arrays.equals(each.getValue(), entries)) {
                matched[Math.toIntExact(each.getKey())] = (int) (position >>> SECTOR_BITS);
                gathered.remove(each.getKey());
                return;
            }
        }
        throw bad(Kind.CORRUPT, position, "the grain table names grains that did not come");
    }

    /** Compares the directory with the tables that came. */
    void addDirectory(MemorySegment bytes, long position) throws ImageException {
        if (front != null) {
            return;
        }
        announced = bytes.asSlice(0, header.directoryEntries() * ENTRY_BYTES).toArray(INT);
        directoryPosition = position;
        compareDirectory(announced, position);
    }

    private void compareDirectory(int[] directory, long position) throws ImageException {
        for (int index = 0; index < directory.length; index++) {
            int named = directory[index];
            if (matched[index] != 0 && matched[index] != named) {
                throw bad(
                        Kind.CORRUPT,
                        position,
                        "entry 0x"
                                + Integer.toHexString(index)
                                + " of the grain directory does not name the table at sector 0x"
                                + Integer.toHexString(matched[index]));
            }
            if (named != 0 && matched[index] == 0 && !empty.contains(named)) {
                throw bad(
                        Kind.CORRUPT,
                        position,
                        "entry 0x"
                                + Integer.toHexString(index)
                                + " of the grain directory names a table at sector 0x"
                                + Integer.toHexString(named)
                                + ", which did not come");
            }
        }
        // Tables that came later than their grains would have been matched by now.
        if (!gathered.isEmpty()) {
            throw bad(
                    Kind.CORRUPT,
                    position,
                    gathered.size() + " grain tables did not come although their grains did");
        }
    }

    void addFooter(VmdkHeader footer, long position) throws ImageException {
        boolean agrees =
                footer.size() == header.size()
                        && footer.grainSize() == header.grainSize()
                        && footer.tableEntries() == header.tableEntries()
                        && footer.directoryPosition() == directoryPosition;
        if (!agrees) {
            throw bad(Kind.CORRUPT, position, "the footer contradicts the header or the directory");
        }
    }

    /** At the mark of the end: everything must have come. */
    void finish(long position) throws ImageException {
        if (front != null) {
            if (missing != 0) {
                throw bad(
                        Kind.TRUNCATED,
                        position,
                        "the stream ends, and 0x"
                                + Long.toHexString(missing)
                                + " grains of the grain tables did not come");
            }
            return;
        }
        if (announced == null) {
            throw bad(Kind.CORRUPT, position, "the stream ends without a grain directory");
        }
        compareDirectory(announced, position);
    }

    /**
     * At the end of the input without a mark: writers that put the tables in front leave it out.
     */
    void finishWithoutMark(long position) throws ImageException {
        if (front == null) {
            throw bad(Kind.TRUNCATED, position, "the stream is cut: its end is not marked");
        }
        finish(position);
    }

    private ImageException bad(Kind kind, long position, String reason) {
        return new ImageException(kind, resource, position, reason);
    }
}

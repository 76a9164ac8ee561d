package dev.quarry.formats.vmdk;

import static dev.quarry.formats.vmdk.VmdkLayout.*;

import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
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

    /** Sector of the table that was matched, by its index. */
    private final Map<Long, Integer> matched = new HashMap<>();

    /** Entries of tables that stand in front; empty if they follow. */
    private final Map<Long, int[]> front = new HashMap<>();

    /** Sectors of the tables that the directory names. */
    private final Map<Long, Integer> announced = new HashMap<>();

    /** Sectors of tables that came and are without grains. */
    private final Set<Integer> empty = new HashSet<>();

    /** Entries in {@link #front} whose grains did not come yet. */
    private long missing;

    private boolean isFront;
    private boolean hasDirectory;
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
    }

    long directorySectors() {
        return Math.ceilDiv(header.directoryEntries() * ENTRY_BYTES, SECTOR_BYTES);
    }

    /**
     * Takes the tables that stand before the grains, if they do.
     *
     * @param bytes the file up to its first grain
     */
    void readFront(MemorySegment bytes) throws ImageException {
        long tableBytes = (long) header.tableEntries() * ENTRY_BYTES;
        long directoryBytes = header.directoryEntries() * ENTRY_BYTES;
        if (directoryPosition < HEADER_BYTES
                || directoryPosition > bytes.byteSize() - directoryBytes) {
            return; // Its marker announces it.
        }
        isFront = true;
        for (long index = 0; index < header.directoryEntries(); index++) {
            long entryPosition = directoryPosition + index * ENTRY_BYTES;
            long table = Integer.toUnsignedLong(bytes.get(INT, entryPosition)) << SECTOR_BITS;
            if (table == 0) {
                continue;
            }
            if (table > bytes.byteSize() - tableBytes) {
                // The directory is in front and the tables are not: those have markers.
                front.clear();
                isFront = false;
                missing = 0;
                addDirectoryEntries(bytes.asSlice(directoryPosition, directoryBytes));
                return;
            }
            int[] entries = bytes.asSlice(table, tableBytes).toArray(INT);
            front.put(index, entries);
            for (int entry : entries) {
                missing += isGrain(entry) ? 1 : 0;
            }
        }
    }

    private void addDirectoryEntries(MemorySegment entries) {
        hasDirectory = true;
        for (long index = 0; index < header.directoryEntries(); index++) {
            int sector = entries.get(INT, index * ENTRY_BYTES);
            if (sector != 0) {
                announced.put(index, sector);
            }
        }
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
        if (isFront) {
            int[] entries = front.get(index);
            int entry = entries == null ? 0 : entries[within];
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
        if (gathered.size() >= STREAM_TABLES_MAX && !gathered.containsKey(index)) {
            throw bad(
                    Kind.LIMIT,
                    position,
                    "more than "
                            + STREAM_TABLES_MAX
                            + " grain tables are behind with their grains");
        }
        gathered.computeIfAbsent(index, _ -> new int[header.tableEntries()])[within] = (int) sector;
    }

    /**
     * Matches a table that came with the grains before it.
     *
     * @param position host byte of the table
     */
    void addTable(MemorySegment bytes, long position) throws ImageException {
        if (isFront) {
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
            if (empty.size() < header.directoryEntries()) {
                empty.add((int) (position >>> SECTOR_BITS));
            }
            return;
        }
        for (Map.Entry<Long, int[]> each : gathered.entrySet()) {
            if (Arrays.equals(each.getValue(), entries)) {
                matched.put(each.getKey(), (int) (position >>> SECTOR_BITS));
                gathered.remove(each.getKey());
                return;
            }
        }
        throw bad(Kind.CORRUPT, position, "the grain table names grains that did not come");
    }

    /** Compares the directory with the tables that came. */
    void addDirectory(MemorySegment bytes, long position) throws ImageException {
        if (isFront) {
            return;
        }
        announced.clear();
        addDirectoryEntries(bytes);
        directoryPosition = position;
        compareDirectory(position);
    }

    private void compareDirectory(long position) throws ImageException {
        for (Map.Entry<Long, Integer> each : matched.entrySet()) {
            if (!each.getValue().equals(announced.get(each.getKey()))) {
                throw bad(
                        Kind.CORRUPT,
                        position,
                        "entry 0x"
                                + Long.toHexString(each.getKey())
                                + " of the grain directory does not name the table at sector 0x"
                                + Integer.toHexString(each.getValue()));
            }
        }
        for (Map.Entry<Long, Integer> each : announced.entrySet()) {
            if (!matched.containsKey(each.getKey()) && !empty.contains(each.getValue())) {
                throw bad(
                        Kind.CORRUPT,
                        position,
                        "entry 0x"
                                + Long.toHexString(each.getKey())
                                + " of the grain directory names a table at sector 0x"
                                + Integer.toHexString(each.getValue())
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
        if (isFront) {
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
        if (!hasDirectory) {
            throw bad(Kind.CORRUPT, position, "the stream ends without a grain directory");
        }
        compareDirectory(position);
    }

    /**
     * At the end of the input without a mark: writers that put the tables in front leave it out.
     */
    void finishWithoutMark(long position) throws ImageException {
        if (!isFront) {
            throw bad(Kind.TRUNCATED, position, "the stream is cut: its end is not marked");
        }
        finish(position);
    }

    private ImageException bad(Kind kind, long position, String reason) {
        return new ImageException(kind, resource, position, reason);
    }
}

package dev.quarry.formats.vmdk;

import static dev.quarry.formats.vmdk.VmdkLayout.*;

import dev.quarry.formats.codec.UnitReader;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.image.Mapping;
import dev.quarry.image.TableCache;
import dev.quarry.storage.Storage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/**
 * An extent whose grains are found by a grain directory and grain tables. Errors carry the position
 * of the entry that is wrong.
 */
final class SparseExtent implements VmdkExtent {

    /**
     * Bytes of metadata that are read and kept.
     *
     * @param pageBytes read at once
     * @param tableBytes of grain tables that are kept
     * @param directoryBytes of the directory that are kept
     */
    record CacheSize(int pageBytes, int tableBytes, int directoryBytes) {

        /** Tables lie side by side, 2 KiB each: one read gets those of 1 GiB of guest space. */
        private static final int PAGE_BYTES = 64 << 10;

        private static final int SMALL_PAGE_BYTES = 4 << 10;

        /** With usual grains, the tables of 128 GiB. */
        private static final int TABLE_BYTES = 8 << 20;

        private static final int DIRECTORY_BYTES = 1 << 20;

        /** From so many extents on, each has small pages: a split disk may have thousands. */
        private static final int MANY_EXTENTS = 128;

        /** Shares memory out among the extents of one disk. */
        static CacheSize forExtents(int count) {
            int page = count >= MANY_EXTENTS ? SMALL_PAGE_BYTES : PAGE_BYTES;
            return new CacheSize(
                    page,
                    Math.max(page, TABLE_BYTES / count),
                    Math.max(page, DIRECTORY_BYTES / count));
        }
    }

    /** What a grain table entry says. */
    private enum State {
        UNALLOCATED,
        ZERO,
        STORED
    }

    private final Storage storage;
    private final VmdkHeader header;
    private final long offset;
    private final TableCache directory;
    private final TableCache tables;
    private final UnitReader grains;
    private final int coverageBits;
    private final int grainBits;
    private final boolean redundant;
    private final long firstGrain;

    /**
     * @param storage becomes the extent's
     * @param header with the true position of the directory
     * @param offset first guest byte
     * @param grains reads compressed grains; stays the caller's
     * @throws ImageException of kind TRUNCATED if the directory is not in the file
     */
    SparseExtent(
            Storage storage, VmdkHeader header, long offset, CacheSize cache, UnitReader grains)
            throws ImageException {
        this.storage = storage;
        this.header = header;
        this.offset = offset;
        this.coverageBits = Long.numberOfTrailingZeros(header.tableCoverage());
        this.grainBits = Long.numberOfTrailingZeros(header.grainSize());
        long directoryBytes = header.directoryEntries() * ENTRY_BYTES;
        if (header.directoryPosition() < HEADER_BYTES && directoryBytes > 0) {
            throw bad(
                    Kind.CORRUPT,
                    DIRECTORY_POSITION,
                    "the grain directory at 0x"
                            + Long.toHexString(header.directoryPosition())
                            + " overlaps the header");
        }
        if (directoryBytes > DIRECTORY_BYTES_MAX) {
            throw bad(
                    Kind.LIMIT,
                    CAPACITY_POSITION,
                    "a grain directory of 0x"
                            + Long.toHexString(directoryBytes)
                            + " bytes exceeds 0x"
                            + Integer.toHexString(DIRECTORY_BYTES_MAX));
        }
        if (header.overheadBytes() > storage.size()) {
            throw bad(
                    Kind.TRUNCATED,
                    OVERHEAD_POSITION,
                    "the grains begin at 0x"
                            + Long.toHexString(header.overheadBytes())
                            + ", past the end of the file (0x"
                            + Long.toHexString(storage.size())
                            + ")");
        }
        if (header.directoryPosition() > storage.size() - directoryBytes) {
            throw bad(
                    Kind.TRUNCATED,
                    header.directoryPosition(),
                    "the grain directory of 0x"
                            + Long.toHexString(directoryBytes)
                            + " bytes lies past the end of the file (0x"
                            + Long.toHexString(storage.size())
                            + ")");
        }
        this.redundant =
                header.redundantDirectoryPosition() >= HEADER_BYTES
                        && header.redundantDirectoryPosition() <= storage.size() - directoryBytes;
        this.directory =
                new TableCache(
                        storage,
                        ByteOrder.LITTLE_ENDIAN,
                        cache.pageBytes(),
                        cache.directoryBytes());
        this.tables =
                new TableCache(
                        storage, ByteOrder.LITTLE_ENDIAN, cache.pageBytes(), cache.tableBytes());
        this.grains = grains;
        // A compressed grain has a marker that metadata cannot have, so what its header says of the
        // beginning of the grains, not always truly, need not be believed.
        this.firstGrain = Math.max(HEADER_BYTES, header.compressed() ? 0 : header.overheadBytes());
    }

    @Override
    public long offset() {
        return offset;
    }

    @Override
    public long length() {
        return header.size();
    }

    @Override
    public Storage storage() {
        return storage;
    }

    @Override
    public Mapping lookup(long from, long limit) throws IOException {
        long within = from - offset;
        long end = limit - offset;
        long index = within >>> coverageBits;
        long last = (end - 1) >>> coverageBits;
        long table = table(index);
        if (table != 0) {
            return lookupIn(
                    table, from, index == last ? limit : offset + ((index + 1) << coverageBits));
        }
        while (index < last && table(index + 1) == 0) {
            index++;
        }
        long stop = index == last ? limit : offset + ((index + 1) << coverageBits);
        return new Mapping.Backing(from, stop - from);
    }

    /** Position of a grain table, or 0 if there is none. */
    private long table(long index) throws IOException {
        long entryPosition = header.directoryPosition() + index * ENTRY_BYTES;
        long sector = Integer.toUnsignedLong(directory.intAt(entryPosition));
        if (sector == 0) {
            refuseWiped(index, entryPosition);
            return 0;
        }
        long position = sector << SECTOR_BITS;
        if (position + (long) header.tableEntries() * ENTRY_BYTES > storage.size()) {
            throw bad(
                    Kind.TRUNCATED,
                    entryPosition,
                    "grain table at 0x"
                            + Long.toHexString(position)
                            + " lies past the end of the file (0x"
                            + Long.toHexString(storage.size())
                            + ")");
        }
        return position;
    }

    /**
     * Others read only the one directory and give zeros where it was wiped; the redundant one
     * tells.
     */
    private void refuseWiped(long index, long entryPosition) throws IOException {
        if (!redundant) {
            return;
        }
        long otherPosition = header.redundantDirectoryPosition() + index * ENTRY_BYTES;
        int other = directory.intAt(otherPosition);
        if (other != 0) {
            throw bad(
                    Kind.CORRUPT,
                    entryPosition,
                    "grain directory entry 0x"
                            + Long.toHexString(index)
                            + " is empty, but the redundant one at 0x"
                            + Long.toHexString(otherPosition)
                            + " is 0x"
                            + Integer.toHexString(other)
                            + ": the directory was damaged");
        }
    }

    /**
     * Looks in one grain table and merges what continues the first entry; {@code limit} is within
     * the table.
     */
    private Mapping lookupIn(long table, long from, long limit) throws IOException {
        State first = null;
        long start = 0;
        long at = from;
        while (at < limit) {
            long entryPosition = entryPosition(table, at);
            int entry = tables.intAt(entryPosition);
            long inGrain = (at - offset) & (header.grainSize() - 1);
            State state =
                    entry == 0
                            ? State.UNALLOCATED
                            : entry == ENTRY_ZEROED && header.zeroedGrains()
                                    ? State.ZERO
                                    : State.STORED;
            long end = Math.min(limit, at + header.grainSize() - inGrain);
            long grain = Integer.toUnsignedLong(entry) << SECTOR_BITS;
            long position = grain + inGrain;
            if (first == null) {
                if (state == State.STORED && header.compressed()) {
                    return compressed(table, entryPosition, grain, from, end);
                }
                first = state;
                start = position;
            } else if (state != first
                    || (state == State.STORED && position != start + (at - from))) {
                break;
            }
            ImageException problem =
                    state == State.STORED
                            ? problemWith(grain, position + (end - at), table, entryPosition)
                            : null;
            if (problem != null) {
                if (at == from) {
                    throw problem;
                }
                break; // It is thrown when the bad grain itself is asked for.
            }
            at = end;
        }
        return switch (first) {
            case UNALLOCATED -> new Mapping.Backing(from, at - from);
            case ZERO -> new Mapping.Zero(from, at - from, true);
            case STORED -> new Mapping.Stored(from, at - from, storage, start);
            case null -> throw new AssertionError("empty range");
        };
    }

    private long entryPosition(long table, long at) {
        return table + (((at - offset) & ((1L << coverageBits) - 1)) >>> grainBits) * ENTRY_BYTES;
    }

    private Mapping compressed(long table, long entryPosition, long grain, long from, long end)
            throws ImageException {
        ImageException problem =
                problemWith(grain, grain + GRAIN_MARKER_BYTES + 1, table, entryPosition);
        if (problem != null) {
            throw problem;
        }
        return new Mapping.Encoded(from, end - from, storage, grain);
    }

    /**
     * What is wrong with a stored grain, or null.
     *
     * @param end host byte after the last that is wanted
     * @param table position of the table that has the entry
     */
    private @Nullable ImageException problemWith(
            long grain, long end, long table, long entryPosition) {
        if (isMetadata(grain, table)) {
            return bad(
                    Kind.CORRUPT,
                    entryPosition,
                    "grain at 0x" + Long.toHexString(grain) + " lies in the extent's metadata");
        }
        if (end > storage.size()) {
            return bad(
                    Kind.TRUNCATED,
                    entryPosition,
                    "grain at 0x"
                            + Long.toHexString(grain)
                            + " needs data up to 0x"
                            + Long.toHexString(end)
                            + ", past the end of the file (0x"
                            + Long.toHexString(storage.size())
                            + ")");
        }
        return null;
    }

    /**
     * Whether a position is one of the header, the descriptor, a directory or the table. Among
     * these is entry 1 without the flag for zeroed grains: it then means sector 1.
     */
    private boolean isMetadata(long position, long table) {
        long directoryBytes = header.directoryEntries() * ENTRY_BYTES;
        return position < firstGrain
                || isWithin(position, header.descriptorPosition(), header.descriptorBytes())
                || isWithin(position, header.directoryPosition(), directoryBytes)
                || (redundant
                        && isWithin(position, header.redundantDirectoryPosition(), directoryBytes))
                || isWithin(position, table, (long) header.tableEntries() * ENTRY_BYTES);
    }

    private static boolean isWithin(long position, long start, long length) {
        return position >= start && position - start < length;
    }

    /** Fills {@code target} from a grain that {@link #lookup} found to be encoded. */
    void decode(Mapping.Encoded encoded, MemorySegment target) throws IOException {
        long within = encoded.offset() - offset;
        long grainStart = within & -header.grainSize();
        MemorySegment marker = MemorySegment.ofArray(new byte[GRAIN_MARKER_BYTES]);
        storage.read(encoded.position(), marker);
        long sector = marker.get(LONG, MARKER_VALUE_POSITION);
        long bytes = Integer.toUnsignedLong(marker.get(INT, MARKER_SIZE_POSITION));
        if (sector != grainStart >>> SECTOR_BITS) {
            throw bad(
                    Kind.CORRUPT,
                    encoded.position(),
                    "the marker says sector 0x"
                            + Long.toHexString(sector)
                            + ", the grain table 0x"
                            + Long.toHexString(grainStart >>> SECTOR_BITS));
        }
        long limit = header.grainSize() * 2;
        if (bytes == 0 || bytes > limit) {
            throw bad(
                    Kind.LIMIT,
                    encoded.position() + MARKER_SIZE_POSITION,
                    "compressed size 0x"
                            + Long.toHexString(bytes)
                            + " is not within 1 and 0x"
                            + Long.toHexString(limit));
        }
        long position = encoded.position() + GRAIN_MARKER_BYTES;
        if (position + bytes > storage.size()) {
            throw bad(
                    Kind.TRUNCATED,
                    encoded.position(),
                    "compressed grain of 0x"
                            + Long.toHexString(bytes)
                            + " bytes lies past the end of the file (0x"
                            + Long.toHexString(storage.size())
                            + ")");
        }
        // The last grain may be cut at the end of the disk or padded to its full size: both are
        // written.
        int required = (int) Math.min(header.grainSize(), header.size() - grainStart);
        UnitReader.Unit unit =
                new UnitReader.Unit(
                        storage, position, (int) bytes, (int) header.grainSize(), required, false);
        grains.read(unit, (int) (within - grainStart), target);
    }

    private ImageException bad(Kind kind, long position, String reason) {
        return new ImageException(kind, storage.name(), position, reason);
    }

    @Override
    public void close() throws IOException {
        storage.close();
    }
}

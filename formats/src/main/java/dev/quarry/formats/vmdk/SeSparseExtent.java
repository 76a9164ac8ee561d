package dev.quarry.formats.vmdk;

import static dev.quarry.formats.vmdk.SeSparseLayout.*;
import static dev.quarry.formats.vmdk.VmdkLayout.SECTOR_BYTES;

import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.image.Mapping;
import dev.quarry.image.TableCache;
import dev.quarry.storage.Storage;

import java.io.IOException;
import java.nio.ByteOrder;

/** A space-efficient sparse extent. Errors carry the position of the entry that is wrong. */
final class SeSparseExtent implements VmdkExtent {

    private static final long TABLE_BYTES = (long) TABLE_SECTORS * SECTOR_BYTES;

    private final Storage storage;
    private final SeSparseHeader header;
    private final long offset;
    private final TableCache directory;
    private final TableCache tables;

    /**
     * @param storage becomes the extent's
     * @param offset first guest byte
     */
    SeSparseExtent(
            Storage storage, SeSparseHeader header, long offset, SparseExtent.CacheSize cache) {
        this.storage = storage;
        this.header = header;
        this.offset = offset;
        this.directory =
                new TableCache(
                        storage,
                        ByteOrder.LITTLE_ENDIAN,
                        cache.pageBytes(),
                        cache.directoryBytes());
        this.tables =
                new TableCache(
                        storage, ByteOrder.LITTLE_ENDIAN, cache.pageBytes(), cache.tableBytes());
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
        long index = (from - offset) >>> COVERAGE_BITS;
        long last = (limit - offset - 1) >>> COVERAGE_BITS;
        long table = table(index);
        if (table == 0) {
            while (index < last && table(index + 1) == 0) {
                index++;
            }
        }
        long stop = index == last ? limit : offset + ((index + 1) << COVERAGE_BITS);
        return table == 0 ? new Mapping.Backing(from, stop - from) : lookupIn(table, from, stop);
    }

    /** Position of a grain table, or 0 if there is none. */
    private long table(long index) throws IOException {
        long entryPosition = header.directory() + index * ENTRY_BYTES;
        long entry = directory.longAt(entryPosition);
        if (entry == 0) {
            return 0;
        }
        long number = entry & 0xffffffffL;
        if (entry >>> Integer.SIZE != DIRECTORY_ENTRY_ALLOCATED || number >= header.tableCount()) {
            throw bad(
                    Kind.CORRUPT,
                    entryPosition,
                    "grain directory entry 0x"
                            + Long.toHexString(entry)
                            + " names none of the 0x"
                            + Long.toHexString(header.tableCount())
                            + " tables");
        }
        long position = header.tables() + number * TABLE_BYTES;
        if (position > storage.size() - TABLE_BYTES) {
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

    /** As the first entry says, as far as those behind it go on so. */
    private Mapping lookupIn(long table, long from, long limit) throws IOException {
        int type = type(table, from);
        long start = type == TYPE_ALLOCATED ? position(table, from, limit) : 0;
        long at = next(from, limit);
        while (at < limit && type(table, at) == type) {
            if (type == TYPE_ALLOCATED && !continues(table, at, start + (at - from))) {
                break;
            }
            at = next(at, limit);
        }
        long length = at - from;
        return switch (type) {
            case TYPE_UNALLOCATED -> new Mapping.Backing(from, length);
            case TYPE_ALLOCATED -> new Mapping.Stored(from, length, storage, start);
            default -> new Mapping.Zero(from, length, true);
        };
    }

    private long next(long at, long limit) {
        return Math.min(limit, offset + ((((at - offset) >>> GRAIN_BITS) + 1) << GRAIN_BITS));
    }

    private long entryPosition(long table, long at) {
        long index = ((at - offset) & (1L << COVERAGE_BITS) - 1) >>> GRAIN_BITS;
        return table + index * ENTRY_BYTES;
    }

    private int type(long table, long at) throws IOException {
        long entryPosition = entryPosition(table, at);
        long entry = tables.longAt(entryPosition);
        int type = (int) (entry >>> ENTRY_TYPE_SHIFT);
        if (type > TYPE_ALLOCATED || (type == TYPE_UNALLOCATED && entry != 0)) {
            throw bad(
                    Kind.CORRUPT,
                    entryPosition,
                    "grain table entry 0x" + Long.toHexString(entry) + " is of no known type");
        }
        return type;
    }

    /** Whether a grain stands where those before it end, and in the file. */
    private boolean continues(long table, long at, long expected) throws IOException {
        long entry = tables.longAt(entryPosition(table, at));
        return grainPosition(entry) == expected && expected <= storage.size() - (1L << GRAIN_BITS);
    }

    private long grainPosition(long entry) {
        long grain = grain(entry);
        // No file is so large; the sum must not overflow.
        return grain > (Long.MAX_VALUE - header.grains()) >>> GRAIN_BITS
                ? Long.MAX_VALUE
                : header.grains() + (grain << GRAIN_BITS);
    }

    private long position(long table, long at, long limit) throws IOException {
        long entryPosition = entryPosition(table, at);
        long grain = grainPosition(tables.longAt(entryPosition));
        long within = (at - offset) & (1L << GRAIN_BITS) - 1;
        long end = within + next(at, limit) - at;
        if (grain > storage.size() - end) {
            throw bad(
                    Kind.TRUNCATED,
                    entryPosition,
                    "grain at 0x"
                            + Long.toHexString(grain)
                            + " lies past the end of the file (0x"
                            + Long.toHexString(storage.size())
                            + ")");
        }
        return grain + within;
    }

    private ImageException bad(Kind kind, long position, String reason) {
        return new ImageException(kind, storage.name(), position, reason);
    }

    @Override
    public void close() throws IOException {
        storage.close();
    }
}

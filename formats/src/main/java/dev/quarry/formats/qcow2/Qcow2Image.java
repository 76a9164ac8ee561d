package dev.quarry.formats.qcow2;

import static dev.quarry.formats.qcow2.Qcow2Layout.*;

import dev.quarry.formats.codec.DeflateDecoder;
import dev.quarry.formats.codec.UnitReader;
import dev.quarry.formats.codec.ZstdDecoder;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.image.ImageInfo;
import dev.quarry.image.LayeredImage;
import dev.quarry.image.Mapping;
import dev.quarry.image.TableCache;
import dev.quarry.storage.Storage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A qcow2 image, read by its L1 and L2 tables. Refcounts are not needed for reading and are not
 * looked at. Errors carry the position of the table entry that is wrong.
 */
final class Qcow2Image extends LayeredImage {

    /**
     * L2 tables are read by so many bytes: one seek for 512 MiB of guest space with usual clusters,
     * and no more of the file with small ones.
     */
    private static final int TABLE_PAGE_BYTES_MAX = 64 << 10;

    private static final int TABLE_PAGE_BYTES_MIN = 4 << 10;

    /** L2 tables kept: 128 GiB of guest space with usual clusters. */
    private static final int L2_CACHE_BYTES = 16 << 20;

    /** A layer keeps half as many as the one above it, so that a long chain stays bounded. */
    private static final int DEPTH_SHIFT_MAX = 4;

    /**
     * L1 kept: 64 TiB of guest space with usual clusters. Apart, so that L2 tables do not drive it
     * out.
     */
    private static final int L1_CACHE_BYTES = 1 << 20;

    /** What an L2 entry says of a subcluster, or of a cluster where there are none. */
    private enum State {
        UNALLOCATED,
        ZERO,
        STORED,
        COMPRESSED
    }

    private final Storage storage;

    /** Holds the data clusters: the image itself, or the external data file. */
    private final Storage data;

    private final Qcow2Header header;
    private final TableCache l1;
    private final TableCache l2;
    private final L2Positions tables;
    private final UnitReader units;
    private final boolean external;
    private final boolean extended;
    private final int clusterBits;
    private final long clusterMask;
    private final int unitBits;
    private final int entryBytes;

    /** A table covers {@code 1 << coverageBits} guest bytes. */
    private final int coverageBits;

    /**
     * @param storage becomes the image's, as do the data file and the backing image
     * @param depth how many layers stand above
     * @throws ImageException of kind CORRUPT if two entries of the L1 table name one L2 table
     */
    Qcow2Image(
            Storage storage,
            @Nullable Storage dataFile,
            Qcow2Header header,
            ImageInfo info,
            @Nullable DiskImage backing,
            int depth)
            throws IOException {
        super(info, backing);
        this.storage = storage;
        this.data = dataFile == null ? storage : dataFile;
        this.header = header;
        this.external = dataFile != null;
        this.extended = header.has(INCOMPATIBLE_EXTENDED_L2);
        this.clusterBits = header.clusterBits();
        this.clusterMask = header.clusterSize() - 1L;
        this.unitBits =
                extended ? clusterBits - Integer.numberOfTrailingZeros(SUBCLUSTERS) : clusterBits;
        this.entryBytes = header.l2EntryBytes();
        this.coverageBits = Long.numberOfTrailingZeros(header.l2Coverage());
        int page = Math.clamp(header.clusterSize(), TABLE_PAGE_BYTES_MIN, TABLE_PAGE_BYTES_MAX);
        this.l1 = new TableCache(storage, ByteOrder.BIG_ENDIAN, page, L1_CACHE_BYTES);
        this.l2 =
                new TableCache(
                        storage,
                        ByteOrder.BIG_ENDIAN,
                        page,
                        L2_CACHE_BYTES >> Math.min(depth, DEPTH_SHIFT_MAX));
        this.tables = L2Positions.read(header, l1, storage.name());
        boolean zstd = header.compressionType() == COMPRESSION_ZSTD;
        this.units = new UnitReader(zstd ? ZstdDecoder::new : DeflateDecoder::bare);
    }

    @Override
    protected List<Storage> storages() {
        return List.of(storage, data);
    }

    @Override
    protected Mapping lookup(long offset, long limit) throws IOException {
        long l1Index = offset >>> coverageBits;
        long last = (limit - 1) >>> coverageBits;
        long table = l2Table(l1Index);
        if (table != 0) {
            return lookupIn(table, offset, l1Index == last ? limit : (l1Index + 1) << coverageBits);
        }
        while (l1Index < last && l2Table(l1Index + 1) == 0) {
            l1Index++;
        }
        long end = l1Index == last ? limit : (l1Index + 1) << coverageBits;
        return new Mapping.Backing(offset, end - offset);
    }

    /** Position of an L2 table, or 0 if there is none. */
    private long l2Table(long l1Index) throws IOException {
        long entryPosition = header.l1Position() + l1Index * L1_ENTRY_BYTES;
        long table = l1.longAt(entryPosition) & ENTRY_POSITION_MASK;
        if (table != 0) {
            if ((table & clusterMask) != 0) {
                throw misaligned("L2 table", table, entryPosition);
            }
            if (isMetadata(table)) {
                throw overlapping("L2 table", table, entryPosition);
            }
        }
        return table;
    }

    /**
     * Looks in one L2 table and merges what continues the first entry; {@code limit} is within the
     * table.
     */
    private Mapping lookupIn(long table, long offset, long limit) throws IOException {
        State first = null;
        long start = 0;
        long at = offset;
        while (at < limit) {
            long entryPosition = entryPosition(table, at);
            long entry = l2.longAt(entryPosition);
            State state = stateOf(entry, entryPosition, at);
            long end = Math.min(limit, ((at >>> unitBits) + 1) << unitBits);
            long position = (entry & ENTRY_POSITION_MASK) + (at & clusterMask);
            if (first == null) {
                if (state == State.COMPRESSED) {
                    return compressed(
                            entry,
                            entryPosition,
                            offset,
                            Math.min(limit, (offset | clusterMask) + 1));
                }
                first = state;
                start = position;
            } else if (state != first
                    || (state == State.STORED && position != start + (at - offset))) {
                break;
            }
            ImageException problem =
                    state == State.STORED
                            ? problemWith(entry, entryPosition, position + (end - at))
                            : null;
            if (problem != null) {
                if (at == offset) {
                    throw problem;
                }
                break; // It is thrown when the bad cluster itself is asked for.
            }
            at = end;
        }
        return switch (first) {
            case UNALLOCATED -> new Mapping.Backing(offset, at - offset);
            case ZERO -> new Mapping.Zero(offset, at - offset, true);
            case STORED -> new Mapping.Stored(offset, at - offset, data, start);
            case null, default -> throw new AssertionError(first);
        };
    }

    private State stateOf(long entry, long entryPosition, long offset) throws IOException {
        if ((entry & ENTRY_COMPRESSED) != 0) {
            return State.COMPRESSED;
        }
        boolean allocated =
                (entry & ENTRY_POSITION_MASK) != 0 || (external && (entry & ENTRY_COPIED) != 0);
        if (extended) {
            return subclusterState(entryPosition, offset, allocated);
        }
        if ((entry & ENTRY_ZERO) != 0) {
            if (header.version() < 3) {
                throw corrupt(
                        entryPosition,
                        "L2 entry 0x"
                                + Long.toHexString(entry)
                                + " has bit 0 set, which version 2 has not");
            }
            return State.ZERO;
        }
        return allocated ? State.STORED : State.UNALLOCATED;
    }

    private State subclusterState(long entryPosition, long offset, boolean allocated)
            throws IOException {
        long bitmap = l2.longAt(entryPosition + L2_BITMAP_POSITION);
        int index = (int) ((offset & clusterMask) >>> unitBits);
        boolean stored = (bitmap >>> index & 1) != 0;
        boolean zero = (bitmap >>> (SUBCLUSTERS + index) & 1) != 0;
        if (stored && (zero || !allocated)) {
            throw corrupt(
                    entryPosition + L2_BITMAP_POSITION,
                    "subcluster "
                            + index
                            + " of bitmap 0x"
                            + Long.toHexString(bitmap)
                            + (zero ? " is both data and zeros" : " is data without a cluster"));
        }
        return stored ? State.STORED : zero ? State.ZERO : State.UNALLOCATED;
    }

    private long entryPosition(long table, long offset) {
        long index = (offset & (1L << coverageBits) - 1) >>> clusterBits;
        return table + index * entryBytes;
    }

    /**
     * What is wrong with a data cluster, or null. The bytes of the disk must be in the file: qemu
     * gives zeros for a cluster past its end, which hides that data was lost. What is past the end
     * of the disk may be missing.
     *
     * @param end host byte after the last that is wanted
     */
    private @Nullable ImageException problemWith(long entry, long entryPosition, long end) {
        long cluster = entry & ENTRY_POSITION_MASK;
        if ((cluster & clusterMask) != 0) {
            return misaligned("data cluster", cluster, entryPosition);
        }
        if (!external && (isMetadata(cluster) || tables.contain(cluster))) {
            return overlapping("data cluster", cluster, entryPosition);
        }
        if (end > data.size()) {
            return new ImageException(
                    Kind.TRUNCATED,
                    storage.name(),
                    entryPosition,
                    "L2 entry 0x"
                            + Long.toHexString(entry)
                            + " needs data up to 0x"
                            + Long.toHexString(end)
                            + ", past the end of "
                            + data.name()
                            + " (0x"
                            + Long.toHexString(data.size())
                            + ")");
        }
        return null;
    }

    private Mapping compressed(long entry, long entryPosition, long offset, long end)
            throws IOException {
        if (external) {
            throw corrupt(
                    entryPosition,
                    "L2 entry 0x"
                            + Long.toHexString(entry)
                            + " is compressed, with an external data file");
        }
        long position = compressedPosition(entry);
        if (position >= data.size()) {
            throw new ImageException(
                    Kind.TRUNCATED,
                    storage.name(),
                    entryPosition,
                    "L2 entry 0x"
                            + Long.toHexString(entry)
                            + " names compressed data at 0x"
                            + Long.toHexString(position)
                            + ", past the end of the file (0x"
                            + Long.toHexString(data.size())
                            + ")");
        }
        return new Mapping.Encoded(offset, end - offset, data, position);
    }

    private int sectorShift() {
        return COMPRESSED_FIELD_BITS - (clusterBits - COMPRESSED_SECTOR_BITS_BASE);
    }

    private long compressedPosition(long entry) {
        return entry & (1L << sectorShift()) - 1;
    }

    /** Bytes from the data's position to the end of its last sector. */
    private long compressedBytes(long entry) {
        long furtherSectors = (entry & ENTRY_COMPRESSED - 1) >>> sectorShift();
        return (furtherSectors + 1) * SECTOR_BYTES - (compressedPosition(entry) & SECTOR_BYTES - 1);
    }

    @Override
    protected void decode(Mapping.Encoded encoded, MemorySegment target) throws IOException {
        long offset = encoded.offset();
        long entryPosition = entryPosition(l2Table(offset >>> coverageBits), offset);
        long claimed = compressedBytes(l2.longAt(entryPosition));
        // The last sector of the file may be short: nothing pads it.
        long there = Math.min(claimed, data.size() - encoded.position());
        UnitReader.Unit unit =
                new UnitReader.Unit(
                        data,
                        encoded.position(),
                        (int) there,
                        header.clusterSize(),
                        header.clusterSize(),
                        there < claimed);
        units.read(unit, (int) (offset & clusterMask), target);
    }

    /**
     * qemu reads tables as data happily, and so gives a guest what it may have written as a table.
     */
    private boolean isMetadata(long position) {
        long l1End = header.l1Position() + (long) header.l1Entries() * L1_ENTRY_BYTES;
        long refcountEnd =
                header.refcountTablePosition()
                        + ((long) header.refcountTableClusters() << clusterBits);
        return position < header.clusterSize()
                || (position >= header.l1Position() && position < l1End)
                || (position >= header.refcountTablePosition() && position < refcountEnd);
    }

    private ImageException misaligned(String what, long position, long entryPosition) {
        return corrupt(
                entryPosition,
                what
                        + " at 0x"
                        + Long.toHexString(position)
                        + " is not on a cluster of 0x"
                        + Integer.toHexString(header.clusterSize())
                        + " bytes");
    }

    private ImageException overlapping(String what, long position, long entryPosition) {
        return corrupt(
                entryPosition,
                what
                        + " at 0x"
                        + Long.toHexString(position)
                        + " overlaps the header, the L1, an L2 or the refcount table");
    }

    private ImageException corrupt(long position, String reason) {
        return new ImageException(Kind.CORRUPT, storage.name(), position, reason);
    }

    @Override
    public void close() throws IOException {
        try (storage) {
            units.close();
            super.close();
        } finally {
            if (external) {
                data.close();
            }
        }
    }
}

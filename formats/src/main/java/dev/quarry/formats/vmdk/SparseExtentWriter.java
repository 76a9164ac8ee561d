package dev.quarry.formats.vmdk;

import static dev.quarry.formats.vmdk.VmdkLayout.*;

import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.storage.OutputFile;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Writes a sparse extent. A grain is allocated when something in it is first written, at the end of
 * the file. Grain tables have their places in front, twice, and are kept in memory until {@link
 * #finish}: 64 KiB for each GiB of data.
 */
final class SparseExtentWriter implements ExtentTarget {

    /** VMware's limit is 62 TB; with it, a grain directory takes 8 MiB. */
    static final long SIZE_MAX = 64L << 40;

    private static final long GRAIN_BYTES = (long) GRAIN_SECTORS_WRITTEN * SECTOR_BYTES;
    private static final long COVERAGE_BYTES = TABLE_ENTRIES_WRITTEN * GRAIN_BYTES;
    private static final int TABLE_BYTES = TABLE_ENTRIES_WRITTEN * ENTRY_BYTES;
    private static final int TABLE_SECTORS = TABLE_BYTES / SECTOR_BYTES;

    private final OutputFile file;
    private final long size;
    private final int descriptorSectors;
    private final int tableCount;
    private final long redundantDirectory;
    private final long directory;
    private final long overhead;
    private final AtomicLong nextSector;
    private final Arena arena = Arena.ofShared();

    /** Grain tables as they will stand in the file; each guards its own entries. */
    private final AtomicReferenceArray<@Nullable MemorySegment> tables;

    /**
     * @param file becomes the writer's
     * @param size guest bytes, whole sectors, at most {@link #SIZE_MAX}
     * @param descriptorSectors room behind the header for an embedded descriptor, or 0
     */
    SparseExtentWriter(OutputFile file, long size, int descriptorSectors) throws IOException {
        this.file = file;
        this.size = size;
        this.descriptorSectors = descriptorSectors;
        this.tableCount = Math.toIntExact(Math.ceilDiv(size, COVERAGE_BYTES));
        long directorySectors = Math.ceilDiv((long) tableCount * ENTRY_BYTES, SECTOR_BYTES);
        this.redundantDirectory = 1L + descriptorSectors;
        this.directory = redundantDirectory + directorySectors + (long) tableCount * TABLE_SECTORS;
        long end = directory + directorySectors + (long) tableCount * TABLE_SECTORS;
        this.overhead = Math.ceilDiv(end, (long) GRAIN_SECTORS_WRITTEN) * GRAIN_SECTORS_WRITTEN;
        this.nextSector = new AtomicLong(overhead);
        this.tables = new AtomicReferenceArray<>(tableCount);
        file.zero(0, overhead << SECTOR_BITS);
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public String type() {
        return "SPARSE";
    }

    @Override
    public OutputFile file() {
        return file;
    }

    @Override
    public void write(long offset, MemorySegment source) throws IOException {
        long length = source.byteSize();
        for (long done = 0; done < length; ) {
            long at = offset + done;
            long end = Math.min(offset + length, (at / COVERAGE_BYTES + 1) * COVERAGE_BYTES);
            MemorySegment table = tableOf(at);
            allocate(table, at, end);
            writeRuns(table, at, end, source.asSlice(done, end - at));
            done += end - at;
        }
    }

    private MemorySegment tableOf(long offset) {
        int index = (int) (offset / COVERAGE_BYTES);
        MemorySegment table = tables.get(index);
        if (table == null) {
            MemorySegment made = arena.allocate(TABLE_BYTES, Integer.BYTES);
            table = tables.compareAndExchange(index, null, made);
            return table == null ? made : table;
        }
        return table;
    }

    private static long entryAt(long offset) {
        return offset % COVERAGE_BYTES / GRAIN_BYTES * ENTRY_BYTES;
    }

    private void allocate(MemorySegment table, long start, long end) throws IOException {
        synchronized (table) {
            for (long at = start & -GRAIN_BYTES; at < end; at += GRAIN_BYTES) {
                if (table.get(INT, entryAt(at)) != 0) {
                    continue;
                }
                long sector = nextSector.getAndAdd(GRAIN_SECTORS_WRITTEN);
                if (sector + GRAIN_SECTORS_WRITTEN > SECTORS_MAX) {
                    throw new ImageException(
                            Kind.LIMIT,
                            file.name(),
                            -1,
                            "a sparse extent cannot exceed 0x"
                                    + Long.toHexString(SECTORS_MAX << SECTOR_BITS)
                                    + " bytes");
                }
                boolean whole = at >= start && at + GRAIN_BYTES <= end;
                if (!whole) {
                    // On a device, what the grain's other parts held before must not show.
                    file.zero(sector << SECTOR_BITS, GRAIN_BYTES);
                }
                table.set(INT, entryAt(at), (int) sector);
            }
        }
    }

    /** Writes a range of allocated grains, in as few calls as their places allow. */
    private void writeRuns(MemorySegment table, long start, long end, MemorySegment source)
            throws IOException {
        for (long at = start; at < end; ) {
            long position = positionOf(table, at);
            long next = nextGrain(at, end);
            while (next < end && positionOf(table, next) == position + (next - at)) {
                next = nextGrain(next, end);
            }
            file.write(position, source.asSlice(at - start, next - at));
            at = next;
        }
    }

    private static long nextGrain(long offset, long end) {
        return Math.min(end, (offset & -GRAIN_BYTES) + GRAIN_BYTES);
    }

    private static long positionOf(MemorySegment table, long offset) {
        long sector = Integer.toUnsignedLong(table.get(INT, entryAt(offset)));
        return (sector << SECTOR_BITS) + (offset & (GRAIN_BYTES - 1));
    }

    @Override
    public void zero(long offset, long length) {
        // What is not allocated is zeros, and so is what is not written of an allocated grain.
    }

    @Override
    public void finish() throws IOException {
        for (int i = 0; i < tableCount; i++) {
            MemorySegment table = tables.get(i);
            if (table != null) {
                file.write(tableSector(redundantDirectory, i) << SECTOR_BITS, table);
                file.write(tableSector(directory, i) << SECTOR_BITS, table);
            }
        }
        writeDirectory(redundantDirectory);
        writeDirectory(directory);
        try (Arena confined = Arena.ofConfined()) {
            MemorySegment header = confined.allocate(HEADER_BYTES);
            VmdkHeaderWriter.write(
                    header,
                    new VmdkHeaderWriter.Fields(
                            1,
                            FLAG_NEWLINE_TEST | FLAG_REDUNDANT_DIRECTORY,
                            size >>> SECTOR_BITS,
                            descriptorSectors,
                            redundantDirectory,
                            directory,
                            overhead,
                            COMPRESSION_NONE));
            file.write(0, header);
        }
        file.extendTo(nextSector.get() << SECTOR_BITS);
    }

    /** Sector of a grain table: they follow their directory. */
    private long tableSector(long directorySector, int index) {
        long directorySectors = Math.ceilDiv((long) tableCount * ENTRY_BYTES, SECTOR_BYTES);
        return directorySector + directorySectors + (long) index * TABLE_SECTORS;
    }

    private void writeDirectory(long sector) throws IOException {
        try (Arena confined = Arena.ofConfined()) {
            MemorySegment entries = confined.allocate((long) tableCount * ENTRY_BYTES);
            for (int i = 0; i < tableCount; i++) {
                entries.set(INT, (long) i * ENTRY_BYTES, (int) tableSector(sector, i));
            }
            file.write(sector << SECTOR_BITS, entries);
        }
    }

    @Override
    public void close() throws IOException {
        arena.close();
        file.close();
    }
}

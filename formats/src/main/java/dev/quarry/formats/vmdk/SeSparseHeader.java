package dev.quarry.formats.vmdk;

import static dev.quarry.formats.vmdk.SeSparseLayout.*;
import static dev.quarry.formats.vmdk.VmdkLayout.LONG;
import static dev.quarry.formats.vmdk.VmdkLayout.SECTOR_BITS;
import static dev.quarry.formats.vmdk.VmdkLayout.SECTOR_BYTES;

import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.storage.Storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * What the headers of a seSparse extent say, checked, in bytes.
 *
 * @param size guest bytes
 * @param directory host byte of the grain directory
 * @param directoryEntries that it has
 * @param tables host byte of the first grain table
 * @param tableCount tables that there is room for
 * @param grains host byte of the first grain
 */
record SeSparseHeader(
        long size,
        long directory,
        long directoryEntries,
        long tables,
        long tableCount,
        long grains) {

    /** Reads and checks both headers. */
    static SeSparseHeader read(Storage storage) throws IOException {
        return new Reader(storage, sector(storage, 0)).read();
    }

    private static MemorySegment sector(Storage storage, long position) throws IOException {
        if (position > storage.size() - HEADER_BYTES) {
            throw new ImageException(
                    position == 0 ? Kind.FOREIGN : Kind.TRUNCATED,
                    storage.name(),
                    position,
                    "the file ends before a seSparse header does");
        }
        MemorySegment bytes = MemorySegment.ofArray(new byte[HEADER_BYTES]);
        storage.read(position, bytes);
        return bytes;
    }

    private record Reader(Storage storage, MemorySegment header) {

        SeSparseHeader read() throws IOException {
            expect("magic", MAGIC_POSITION, MAGIC, Kind.FOREIGN);
            expect("version", VERSION_POSITION, VERSION, Kind.UNSUPPORTED);
            expect("grain size", GRAIN_SIZE_POSITION, GRAIN_SECTORS, Kind.UNSUPPORTED);
            expect("table size", TABLE_SIZE_POSITION, TABLE_SECTORS, Kind.UNSUPPORTED);
            expect("flags", FLAGS_POSITION, 0, Kind.UNSUPPORTED);
            long capacity = word(CAPACITY_POSITION);
            if (capacity < 0 || capacity > CAPACITY_SECTORS_MAX) {
                throw bad(
                        Kind.LIMIT,
                        CAPACITY_POSITION,
                        "capacity of 0x"
                                + Long.toHexString(capacity)
                                + " sectors exceeds 0x"
                                + Long.toHexString(CAPACITY_SECTORS_MAX));
            }
            long size = capacity << SECTOR_BITS;
            long entries = bytes("grain directory", DIRECTORY_SIZE_POSITION) / ENTRY_BYTES;
            long needed = Math.ceilDiv(size, 1L << COVERAGE_BITS);
            if (entries < needed) {
                throw bad(
                        Kind.CORRUPT,
                        DIRECTORY_SIZE_POSITION,
                        "0x"
                                + Long.toHexString(entries)
                                + " directory entries are too few: the size needs 0x"
                                + Long.toHexString(needed));
            }
            long directory = bytes("grain directory", DIRECTORY_POSITION);
            if (directory > storage.size() - needed * ENTRY_BYTES) {
                throw bad(
                        Kind.TRUNCATED,
                        DIRECTORY_POSITION,
                        "the grain directory at 0x"
                                + Long.toHexString(directory)
                                + " lies past the end of the file (0x"
                                + Long.toHexString(storage.size())
                                + ")");
            }
            long volatileHeader = bytes("volatile header", VOLATILE_HEADER_POSITION);
            checkJournal(volatileHeader);
            long tables = bytes("grain tables", TABLES_POSITION);
            long tablesBytes = bytes("grain tables", TABLES_SIZE_POSITION);
            long grains = bytes("grains", GRAINS_POSITION);
            expectApart(
                    new Region("header", MAGIC_POSITION, 0, HEADER_BYTES),
                    new Region(
                            "volatile header",
                            VOLATILE_HEADER_POSITION,
                            volatileHeader,
                            HEADER_BYTES),
                    new Region(
                            "grain directory", DIRECTORY_POSITION, directory, needed * ENTRY_BYTES),
                    new Region("grain tables", TABLES_POSITION, tables, tablesBytes),
                    // They go on to the end of the file, which grows by them.
                    new Region("grains", GRAINS_POSITION, grains, Long.MAX_VALUE));
            return new SeSparseHeader(
                    size,
                    directory,
                    needed,
                    tables,
                    tablesBytes / (TABLE_SECTORS * SECTOR_BYTES),
                    grains);
        }

        /**
         * A part of the file.
         *
         * @param word where the header names it
         * @param start host byte
         * @param length bytes, in the file or not
         */
        private record Region(String what, int word, long start, long length) {

            long end(long fileSize) {
                return length > fileSize - start ? fileSize : start + length;
            }
        }

        /** Otherwise a guest would read as its data, or write as a table, what the extent is of. */
        private void expectApart(Region... regions) throws ImageException {
            for (int i = 1; i < regions.length; i++) {
                for (int j = 0; j < i; j++) {
                    Region one = regions[i];
                    Region other = regions[j];
                    long end = Math.min(one.end(storage.size()), other.end(storage.size()));
                    if (Math.max(one.start(), other.start()) < end) {
                        throw bad(
                                Kind.CORRUPT,
                                one.word(),
                                "the "
                                        + one.what()
                                        + " at 0x"
                                        + Long.toHexString(one.start())
                                        + " and the "
                                        + other.what()
                                        + " at 0x"
                                        + Long.toHexString(other.start())
                                        + " overlap");
                    }
                }
            }
        }

        private void checkJournal(long position) throws IOException {
            MemorySegment sector = sector(storage, position);
            long magic = sector.get(LONG, VOLATILE_MAGIC_POSITION);
            if (magic != VOLATILE_MAGIC) {
                throw new ImageException(
                        Kind.CORRUPT,
                        storage.name(),
                        position,
                        "no volatile header: magic 0x" + Long.toHexString(magic));
            }
            if (sector.get(LONG, REPLAY_JOURNAL_POSITION) != 0) {
                throw new ImageException(
                        Kind.UNSUPPORTED,
                        storage.name(),
                        position + REPLAY_JOURNAL_POSITION,
                        "the extent was not closed: its journal must be replayed by the program"
                                + " that wrote it");
            }
        }

        private long word(int position) {
            return header.get(LONG, position);
        }

        private void expect(String what, int position, long expected, Kind kind)
                throws ImageException {
            if (word(position) != expected) {
                throw bad(
                        kind,
                        position,
                        "seSparse "
                                + what
                                + " 0x"
                                + Long.toHexString(word(position))
                                + " is not 0x"
                                + Long.toHexString(expected));
            }
        }

        /** A number of sectors, in bytes. */
        private long bytes(String what, int position) throws ImageException {
            long sectors = word(position);
            if (sectors < 0 || sectors > VmdkLayout.CAPACITY_SECTORS_MAX) {
                throw bad(
                        Kind.LIMIT,
                        position,
                        what
                                + " at sector 0x"
                                + Long.toHexString(sectors)
                                + " exceeds 0x"
                                + Long.toHexString(VmdkLayout.CAPACITY_SECTORS_MAX));
            }
            return sectors << SECTOR_BITS;
        }

        private ImageException bad(Kind kind, int position, String reason) {
            return new ImageException(kind, storage.name(), position, reason);
        }
    }
}

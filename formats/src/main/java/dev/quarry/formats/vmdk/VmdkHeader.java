package dev.quarry.formats.vmdk;

import static dev.quarry.formats.vmdk.VmdkLayout.*;

import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;

import java.lang.foreign.MemorySegment;

/**
 * What the header of a sparse extent says, checked, in bytes rather than sectors.
 *
 * @param version 1 to 3
 * @param size guest bytes of the extent
 * @param grainSize bytes of a grain, a power of two
 * @param tableEntries entries of a grain table
 * @param descriptorPosition host byte of the embedded descriptor, or 0 if there is none
 * @param descriptorBytes bytes kept for it
 * @param redundantDirectoryPosition host byte of the redundant grain directory, or 0
 * @param directoryPosition host byte of the grain directory, or {@link VmdkLayout#DIRECTORY_AT_END}
 * @param overheadBytes before which no grain begins
 * @param zeroedGrains whether the entry 1 stands for zeros
 * @param compressed whether grains are deflated and have markers
 * @param unclean whether the last writer did not close the extent
 */
record VmdkHeader(
        int version,
        long size,
        long grainSize,
        int tableEntries,
        long descriptorPosition,
        int descriptorBytes,
        long redundantDirectoryPosition,
        long directoryPosition,
        long overheadBytes,
        boolean zeroedGrains,
        boolean compressed,
        boolean unclean) {

    /** Guest bytes under one grain table. */
    long tableCoverage() {
        return grainSize * tableEntries;
    }

    /** Entries that the directory has. */
    long directoryEntries() {
        return Math.ceilDiv(size, tableCoverage());
    }

    VmdkHeader withDirectory(long position) {
        return new VmdkHeader(
                version,
                size,
                grainSize,
                tableEntries,
                descriptorPosition,
                descriptorBytes,
                redundantDirectoryPosition,
                position,
                overheadBytes,
                zeroedGrains,
                compressed,
                unclean);
    }

    /**
     * Parses the header of a hosted sparse extent (KDMV).
     *
     * @param bytes the {@link VmdkLayout#HEADER_BYTES} of the header, or fewer if the file ends
     *     before
     * @param position where they stand, for messages
     * @param resource ends messages
     */
    static VmdkHeader parse(MemorySegment bytes, long position, String resource)
            throws ImageException {
        return new Parser(bytes, position, resource).hosted();
    }

    /** Parses the header of a COWD extent. */
    static VmdkHeader parseCowd(MemorySegment bytes, String resource) throws ImageException {
        return new Parser(bytes, 0, resource).cowd();
    }

    private record Parser(MemorySegment bytes, long base, String resource) {

        VmdkHeader hosted() throws ImageException {
            require(MAGIC);
            int version = bytes.get(INT, VERSION_POSITION);
            if (version < 1 || version > VERSION_MAX) {
                throw bad(
                        Kind.UNSUPPORTED,
                        VERSION_POSITION,
                        "sparse VMDK version "
                                + Integer.toUnsignedString(version)
                                + " is not within 1 to "
                                + VERSION_MAX);
            }
            int flags = bytes.get(INT, FLAGS_POSITION);
            if ((flags & FLAG_NEWLINE_TEST) != 0
                    && bytes.get(INT, NEWLINE_POSITION) != NEWLINE_BYTES) {
                throw bad(
                        Kind.CORRUPT,
                        NEWLINE_POSITION,
                        "line ends were changed: the file was transferred as text");
            }
            boolean compressed = compressed(flags);
            boolean redundant = (flags & FLAG_REDUNDANT_DIRECTORY) != 0;
            long directory = bytes.get(LONG, DIRECTORY_POSITION);
            return new VmdkHeader(
                    version,
                    capacity(bytes.get(LONG, CAPACITY_POSITION), CAPACITY_POSITION),
                    grainSize(
                            bytes.get(LONG, GRAIN_SIZE_POSITION), GRAIN_SIZE_POSITION, compressed),
                    tableEntries(bytes.get(INT, TABLE_ENTRIES_POSITION)),
                    sectors("descriptor", DESCRIPTOR_OFFSET_POSITION),
                    descriptorBytes(bytes.get(LONG, DESCRIPTOR_SIZE_POSITION)),
                    redundant
                            ? sectors("redundant grain directory", REDUNDANT_DIRECTORY_POSITION)
                            : 0,
                    directory == DIRECTORY_AT_END
                            ? DIRECTORY_AT_END
                            : sectors("grain directory", DIRECTORY_POSITION),
                    sectors("overhead", OVERHEAD_POSITION),
                    (flags & FLAG_ZEROED_GRAINS) != 0,
                    compressed,
                    bytes.get(BYTE, UNCLEAN_SHUTDOWN_POSITION) != 0);
        }

        VmdkHeader cowd() throws ImageException {
            require(COWD_MAGIC);
            int version = bytes.get(INT, COWD_VERSION_POSITION);
            if (version != 1) {
                throw bad(
                        Kind.UNSUPPORTED,
                        COWD_VERSION_POSITION,
                        "COWD version " + Integer.toUnsignedString(version) + " is not 1");
            }
            long size = capacity(unsigned(COWD_CAPACITY_POSITION), COWD_CAPACITY_POSITION);
            long grainSize =
                    grainSize(unsigned(COWD_GRAIN_SIZE_POSITION), COWD_GRAIN_SIZE_POSITION, false);
            long needed = Math.ceilDiv(size, grainSize * COWD_TABLE_ENTRIES);
            if (unsigned(COWD_DIRECTORY_ENTRIES_POSITION) < needed) {
                throw bad(
                        Kind.CORRUPT,
                        COWD_DIRECTORY_ENTRIES_POSITION,
                        "0x"
                                + Long.toHexString(unsigned(COWD_DIRECTORY_ENTRIES_POSITION))
                                + " directory entries are too few: the size needs 0x"
                                + Long.toHexString(needed));
            }
            long directory = unsigned(COWD_DIRECTORY_POSITION) << SECTOR_BITS;
            return new VmdkHeader(
                    version,
                    size,
                    grainSize,
                    COWD_TABLE_ENTRIES,
                    0,
                    0,
                    0,
                    directory,
                    COWD_HEADER_BYTES,
                    false,
                    false,
                    false);
        }

        private void require(int magic) throws ImageException {
            if (bytes.byteSize() < HEADER_BYTES) {
                throw bad(
                        Kind.FOREIGN,
                        0,
                        "0x"
                                + Long.toHexString(bytes.byteSize())
                                + " bytes cannot hold a sparse VMDK header of 0x200");
            }
            int found = bytes.get(INT, MAGIC_POSITION);
            if (found != magic) {
                throw bad(
                        Kind.FOREIGN,
                        MAGIC_POSITION,
                        "no sparse VMDK header: magic 0x" + Integer.toHexString(found));
            }
        }

        private boolean compressed(int flags) throws ImageException {
            int algorithm = Short.toUnsignedInt(bytes.get(SHORT, COMPRESSION_POSITION));
            if (algorithm > COMPRESSION_DEFLATE) {
                throw bad(
                        Kind.UNSUPPORTED,
                        COMPRESSION_POSITION,
                        "compression algorithm 0x"
                                + Integer.toHexString(algorithm)
                                + " is neither 0 (none) nor 1 (deflate)");
            }
            boolean compressed = algorithm == COMPRESSION_DEFLATE;
            if (compressed != ((flags & FLAG_COMPRESSED) != 0)) {
                throw bad(
                        Kind.CORRUPT,
                        COMPRESSION_POSITION,
                        "compression algorithm "
                                + algorithm
                                + " contradicts the flags 0x"
                                + Integer.toHexString(flags));
            }
            if (compressed && (flags & FLAG_MARKERS) == 0) {
                throw bad(
                        Kind.UNSUPPORTED,
                        FLAGS_POSITION,
                        "compressed grains without markers (flags 0x"
                                + Integer.toHexString(flags)
                                + ")");
            }
            return compressed;
        }

        private long capacity(long sectors, int position) throws ImageException {
            if (sectors < 0 || sectors > CAPACITY_SECTORS_MAX) {
                throw bad(
                        Kind.LIMIT,
                        position,
                        "capacity of 0x"
                                + Long.toHexString(sectors)
                                + " sectors exceeds 0x"
                                + Long.toHexString(CAPACITY_SECTORS_MAX));
            }
            return sectors << SECTOR_BITS;
        }

        private long grainSize(long sectors, int position, boolean compressed)
                throws ImageException {
            if (Long.bitCount(sectors) != 1) {
                throw bad(
                        Kind.CORRUPT,
                        position,
                        "grain size of 0x"
                                + Long.toHexString(sectors)
                                + " sectors is no power of two");
            }
            long limit = compressed ? COMPRESSED_GRAIN_SECTORS_MAX : GRAIN_SECTORS_MAX;
            if (sectors < 0 || sectors > limit) {
                throw bad(
                        Kind.LIMIT,
                        position,
                        "grain size of 0x"
                                + Long.toHexString(sectors)
                                + " sectors exceeds 0x"
                                + Long.toHexString(limit));
            }
            return sectors << SECTOR_BITS;
        }

        private int tableEntries(int entries) throws ImageException {
            if (Integer.bitCount(entries) != 1) {
                throw bad(
                        Kind.CORRUPT,
                        TABLE_ENTRIES_POSITION,
                        "0x"
                                + Integer.toHexString(entries)
                                + " entries of a grain table are no power of two");
            }
            if (entries < 0 || entries > TABLE_ENTRIES_MAX) {
                throw bad(
                        Kind.LIMIT,
                        TABLE_ENTRIES_POSITION,
                        "0x"
                                + Integer.toHexString(entries)
                                + " entries of a grain table exceed 0x"
                                + Integer.toHexString(TABLE_ENTRIES_MAX));
            }
            return entries;
        }

        private int descriptorBytes(long sectors) throws ImageException {
            if (bytes.get(LONG, DESCRIPTOR_OFFSET_POSITION) == 0) {
                return 0;
            }
            if (sectors < 0 || sectors > DESCRIPTOR_BYTES_MAX >>> SECTOR_BITS) {
                throw bad(
                        Kind.LIMIT,
                        DESCRIPTOR_SIZE_POSITION,
                        "descriptor of 0x"
                                + Long.toHexString(sectors)
                                + " sectors exceeds 0x"
                                + Integer.toHexString(DESCRIPTOR_BYTES_MAX)
                                + " bytes");
            }
            return (int) sectors << SECTOR_BITS;
        }

        private long sectors(String what, int position) throws ImageException {
            long sectors = bytes.get(LONG, position);
            if (sectors < 0 || sectors > CAPACITY_SECTORS_MAX) {
                throw bad(
                        Kind.LIMIT,
                        position,
                        what
                                + " at sector 0x"
                                + Long.toHexString(sectors)
                                + " exceeds 0x"
                                + Long.toHexString(CAPACITY_SECTORS_MAX));
            }
            return sectors << SECTOR_BITS;
        }

        private long unsigned(int position) {
            return Integer.toUnsignedLong(bytes.get(INT, position));
        }

        private ImageException bad(Kind kind, int position, String reason) {
            return new ImageException(kind, resource, base + position, reason);
        }
    }
}

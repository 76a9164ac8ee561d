package dev.quarry.formats.ova;

/**
 * Where everything stands in a tar archive, and the limits that are kept. A member is a header of
 * 512 bytes and its data, padded to 512; two blocks of zeros end the archive.
 *
 * <pre>
 *    0 name (100)    100 mode    108 uid    116 gid    124 size (12)    136 time (12)
 *  148 checksum (8)  156 type    157 link name (100)   257 "ustar"      345 prefix (155)
 * </pre>
 *
 * Numbers are octal digits; where the first byte is 0x80, GNU's big-endian binary.
 *
 * @see <a href="https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html">POSIX: pax</a>
 */
final class TarLayout {

    static final int BLOCK_BYTES = 512;
    static final int NAME_POSITION = 0;
    static final int NAME_BYTES = 100;
    static final int MODE_POSITION = 100;
    static final int NUMBER_BYTES = 8;
    static final int USER_POSITION = 108;
    static final int GROUP_POSITION = 116;
    static final int SIZE_POSITION = 124;
    static final int TIME_POSITION = 136;
    static final int LONG_NUMBER_BYTES = 12;
    static final int CHECKSUM_POSITION = 148;
    static final int TYPE_POSITION = 156;
    static final int MAGIC_POSITION = 257;
    static final int PREFIX_POSITION = 345;
    static final int PREFIX_BYTES = 155;

    /** POSIX's mark and version; GNU's has blanks instead. */
    static final String MAGIC = "ustar\u000000";

    static final String MAGIC_WORD = "ustar";

    static final byte BINARY_NUMBER = (byte) 0x80;

    static final byte TYPE_FILE = '0';
    static final byte TYPE_FILE_OLD = 0;
    static final byte TYPE_FILE_CONTIGUOUS = '7';
    static final byte TYPE_FOLDER = '5';
    static final byte TYPE_PAX = 'x';
    static final byte TYPE_PAX_GLOBAL = 'g';
    static final byte TYPE_GNU_LONG_NAME = 'L';

    /** Octal digits hold less than this; VMware does not understand PAX's way. */
    static final long OCTAL_SIZE_END = 1L << 33;

    /** An appliance has a few disks; every member costs memory. */
    static final int MEMBERS_MAX = 4096;

    /** Extended headers hold a name and a size. */
    static final int EXTENSION_BYTES_MAX = 64 << 10;

    private TarLayout() {}
}

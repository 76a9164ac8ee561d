package dev.quarry.formats.codec;

/**
 * Deflate (RFC 1951), bare or in a zlib wrapping (RFC 1950): by libdeflate where it can be loaded,
 * by the JDK elsewhere.
 *
 * <p>Levels are chosen to be no larger than what qemu-img writes with zlib's level 6 (and, in
 * qcow2, a window of 4 KiB), in as little time as that allows: see the table in ARCHITECTURE.
 */
public final class DeflateEncoder {

    /** How hard to try. */
    public enum Effort {
        /** As small as zlib's level 6 with a window of 4 KiB. */
        FAST(2, 3),
        /** Within 2 % of zlib's level 6. */
        NORMAL(4, 6);

        private final int libdeflateLevel;
        private final int jdkLevel;

        Effort(int libdeflateLevel, int jdkLevel) {
            this.libdeflateLevel = libdeflateLevel;
            this.jdkLevel = jdkLevel;
        }
    }

    private DeflateEncoder() {}

    /** Deflate without header and checksum, as in qcow2. */
    public static Encoder bare(Effort effort) {
        return make(Wrapping.BARE, effort);
    }

    /** With zlib's header and Adler-32, as in VMDK. */
    public static Encoder zlib(Effort effort) {
        return make(Wrapping.ZLIB, effort);
    }

    private static Encoder make(Wrapping wrapping, Effort effort) {
        return Libdeflate.isAvailable()
                ? new LibdeflateEncoder(wrapping, effort.libdeflateLevel)
                : jdk(wrapping, effort);
    }

    static JdkDeflater jdk(Wrapping wrapping, Effort effort) {
        return new JdkDeflater(wrapping == Wrapping.BARE, effort.jdkLevel);
    }
}

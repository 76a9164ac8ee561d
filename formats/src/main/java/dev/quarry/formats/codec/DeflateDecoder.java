package dev.quarry.formats.codec;

/**
 * Deflate (RFC 1951), bare or in a zlib wrapping (RFC 1950): by libdeflate where it can be loaded,
 * by the JDK elsewhere. Both decode the same data.
 */
public final class DeflateDecoder {

    private DeflateDecoder() {}

    /** Deflate without header and checksum, as in qcow2. */
    public static Decoder bare() {
        return make(Wrapping.BARE);
    }

    /** With zlib's header and Adler-32, as in VMDK. */
    public static Decoder zlib() {
        return make(Wrapping.ZLIB);
    }

    private static Decoder make(Wrapping wrapping) {
        return Libdeflate.isAvailable() ? new LibdeflateDecoder(wrapping) : jdk(wrapping);
    }

    static JdkInflater jdk(Wrapping wrapping) {
        return new JdkInflater(wrapping == Wrapping.BARE);
    }
}

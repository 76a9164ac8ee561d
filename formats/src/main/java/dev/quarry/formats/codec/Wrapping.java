package dev.quarry.formats.codec;

/** What stands around deflated data. */
enum Wrapping {
    /** Nothing (RFC 1951). */
    BARE,
    /** A header of two bytes and an Adler-32 (RFC 1950). */
    ZLIB
}

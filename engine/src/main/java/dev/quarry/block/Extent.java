package dev.quarry.block;

/**
 * A contiguous range of guest bytes of one kind.
 *
 * @param offset first guest byte
 * @param length bytes, at least 1
 * @param kind what reading the range gives
 */
public record Extent(long offset, long length, Kind kind) {

    /** What is known of a range without touching its data. */
    public enum Kind {
        /** May hold anything, zeros included. */
        DATA,
        /** Known to read as zeros, and stated so by the image. */
        ZERO,
        /** Nothing is allocated: reads as zeros. */
        HOLE
    }

    public Extent {
        if (offset < 0 || length < 1) {
            throw new IllegalArgumentException("extent at " + offset + " of " + length + " bytes");
        }
    }

    /** First guest byte after this extent. */
    public long end() {
        return offset + length;
    }

    /** Whether reading gives zeros for certain. */
    public boolean isZero() {
        return kind != Kind.DATA;
    }
}

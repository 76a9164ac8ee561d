package dev.quarry.operation;

/**
 * Where a range of a disk is, as {@code qemu-img map} says it.
 *
 * @param start first guest byte
 * @param length guest bytes
 * @param depth the layer that decides: 0 is the image itself
 * @param present whether a layer has the range allocated
 * @param zero whether it reads as zeros
 * @param data whether bytes are stored for it
 * @param position host byte of its first byte, or -1 if it has none (compressed, or nowhere)
 * @param file name of the host file at whose {@code position} the bytes are, or empty
 */
public record MapEntry(
        long start,
        long length,
        int depth,
        boolean present,
        boolean zero,
        boolean data,
        long position,
        String file) {

    /** First guest byte behind the range. */
    public long end() {
        return start + length;
    }

    /** Whether the other range continues this one, and all about it is the same. */
    boolean isContinuedBy(MapEntry next) {
        return next.start == end()
                && next.depth == depth
                && next.present == present
                && next.zero == zero
                && next.data == data
                && next.file.equals(file)
                && (position < 0 ? next.position < 0 : next.position == position + length);
    }

    MapEntry joinedWith(MapEntry next) {
        return new MapEntry(
                start, length + next.length, depth, present, zero, data, position, file);
    }
}

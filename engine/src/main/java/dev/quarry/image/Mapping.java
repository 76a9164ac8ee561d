package dev.quarry.image;

import dev.quarry.storage.Storage;

/**
 * Where the guest bytes of a range are, in one layer of an image. Mappings are ascending and
 * contiguous; each begins at the offset that was asked for and may be shorter than the range of its
 * kind.
 */
public sealed interface Mapping {

    /** First guest byte. */
    long offset();

    /** Guest bytes, at least 1. */
    long length();

    /** The bytes stand in {@code storage} at {@code position}, as they are. */
    record Stored(long offset, long length, Storage storage, long position) implements Mapping {}

    /**
     * The bytes must be decoded; they begin in the unit stored at {@code position}. Read them
     * through the image.
     */
    record Encoded(long offset, long length, Storage storage, long position) implements Mapping {}

    /**
     * Zeros.
     *
     * @param explicit whether the image says so (a zero cluster, a zeroed grain); otherwise nothing
     *     is allocated
     */
    record Zero(long offset, long length, boolean explicit) implements Mapping {}

    /** Not allocated in this layer: the layer below ({@link DiskImage#backing}) decides. */
    record Backing(long offset, long length) implements Mapping {}

    /** First guest byte after the range. */
    default long end() {
        return offset() + length();
    }
}

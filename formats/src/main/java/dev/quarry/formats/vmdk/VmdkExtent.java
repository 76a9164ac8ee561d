package dev.quarry.formats.vmdk;

import dev.quarry.image.Mapping;
import dev.quarry.storage.Storage;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;

/**
 * A part of the disk that has its own storage. Offsets are those of the disk. Thread-safe except
 * for {@link #close}.
 */
sealed interface VmdkExtent extends Closeable
        permits VmdkExtent.Flat, VmdkExtent.Zero, SparseExtent, SeSparseExtent {

    /** First guest byte. */
    long offset();

    /** Guest bytes. */
    long length();

    default long end() {
        return offset() + length();
    }

    /** Where its bytes are, or null if it has none. */
    @Nullable Storage storage();

    /** As {@code LayeredImage.lookup}; the range lies within the extent. */
    Mapping lookup(long offset, long limit) throws IOException;

    /** Bytes that stand in a file as they are; the file was seen to be long enough. */
    record Flat(long offset, long length, Storage storage, long position) implements VmdkExtent {

        @Override
        public Mapping lookup(long from, long limit) {
            return new Mapping.Stored(from, limit - from, storage, position + (from - offset));
        }

        @Override
        public void close() throws IOException {
            storage.close();
        }
    }

    /** Zeros, with no file. */
    record Zero(long offset, long length) implements VmdkExtent {

        @Override
        public @Nullable Storage storage() {
            return null;
        }

        @Override
        public Mapping lookup(long from, long limit) {
            return new Mapping.Zero(from, limit - from, true);
        }

        @Override
        public void close() {}
    }
}

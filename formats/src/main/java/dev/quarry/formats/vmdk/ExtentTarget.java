package dev.quarry.formats.vmdk;

import dev.quarry.storage.OutputFile;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A part of a disk, in a file of its own. {@link #write} and {@link #zero} may be called by several
 * threads at once on ranges that do not overlap. Offsets are from the beginning of the part.
 */
interface ExtentTarget extends Closeable {

    /** Guest bytes. */
    long size();

    /** The type that the descriptor names. */
    String type();

    OutputFile file();

    void write(long offset, MemorySegment source) throws IOException;

    void zero(long offset, long length) throws IOException;

    /** Writes what is still in memory. */
    void finish() throws IOException;

    /** The guest's bytes and nothing else. */
    record Flat(OutputFile file, long size) implements ExtentTarget {

        public Flat {
            if (!file.isFresh()) {
                throw new IllegalArgumentException("flat extents are new files");
            }
        }

        @Override
        public String type() {
            return "FLAT";
        }

        @Override
        public void write(long offset, MemorySegment source) throws IOException {
            file.write(offset, source);
        }

        @Override
        public void zero(long offset, long length) {
            // A new file has zeros there.
        }

        @Override
        public void finish() throws IOException {
            file.extendTo(size);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}

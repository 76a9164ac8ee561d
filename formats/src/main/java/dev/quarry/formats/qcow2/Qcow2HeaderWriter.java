package dev.quarry.formats.qcow2;

import static dev.quarry.formats.qcow2.Qcow2Layout.*;

import dev.quarry.formats.qcow2.Qcow2Clusters.RefcountTable;
import dev.quarry.storage.OutputFile;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** Writes the first cluster of an image. */
final class Qcow2HeaderWriter {

    private Qcow2HeaderWriter() {}

    static void write(
            OutputFile file,
            Qcow2CreateOptions options,
            long size,
            Qcow2Tables.Written l1,
            RefcountTable refcounts)
            throws IOException {
        try (Arena confined = Arena.ofConfined()) {
            MemorySegment header = confined.allocate(1L << options.clusterBits());
            header.set(INT, MAGIC_POSITION, MAGIC);
            header.set(INT, VERSION_POSITION, options.version());
            header.set(INT, CLUSTER_BITS_POSITION, options.clusterBits());
            header.set(LONG, SIZE_POSITION, size);
            header.set(INT, L1_SIZE_POSITION, l1.entries());
            header.set(LONG, L1_TABLE_OFFSET_POSITION, l1.position());
            header.set(LONG, REFCOUNT_TABLE_OFFSET_POSITION, refcounts.position());
            header.set(INT, REFCOUNT_TABLE_CLUSTERS_POSITION, refcounts.clusters());
            int end = HEADER_LENGTH_V2;
            if (options.version() >= 3) {
                header.set(LONG, INCOMPATIBLE_FEATURES_POSITION, incompatible(options));
                header.set(
                        LONG,
                        COMPATIBLE_FEATURES_POSITION,
                        options.lazyRefcounts() ? COMPATIBLE_LAZY_REFCOUNTS : 0);
                header.set(INT, REFCOUNT_ORDER_POSITION, options.refcountOrder());
                header.set(INT, HEADER_LENGTH_POSITION, HEADER_LENGTH_WRITTEN);
                header.set(
                        ValueLayout.JAVA_BYTE,
                        COMPRESSION_TYPE_POSITION,
                        (byte) options.compressionType());
                end = HEADER_LENGTH_WRITTEN;
            }
            writeBacking(header, end, options);
            file.write(0, header);
        }
    }

    /** Features without which the image cannot be read. */
    private static long incompatible(Qcow2CreateOptions options) {
        return (options.compressionType() == COMPRESSION_ZLIB ? 0 : INCOMPATIBLE_COMPRESSION_TYPE)
                | (options.extendedL2() ? INCOMPATIBLE_EXTENDED_L2 : 0);
    }

    private static void writeBacking(
            MemorySegment header, int extensions, Qcow2CreateOptions options) {
        if (options.backingFile() == null || options.backingFormat() == null) {
            return;
        }
        byte[] format = options.backingFormat().getBytes(StandardCharsets.UTF_8);
        byte[] name = options.backingFile().getBytes(StandardCharsets.UTF_8);
        header.set(INT, extensions, EXTENSION_BACKING_FORMAT);
        header.set(INT, extensions + Integer.BYTES, format.length);
        int data = extensions + EXTENSION_HEADER_BYTES;
        MemorySegment.copy(MemorySegment.ofArray(format), 0, header, data, format.length);
        int padded = Math.ceilDiv(format.length, EXTENSION_ALIGNMENT) * EXTENSION_ALIGNMENT;
        // Behind the mark that ends the extensions, which is zeros.
        int position = data + padded + EXTENSION_HEADER_BYTES;
        MemorySegment.copy(MemorySegment.ofArray(name), 0, header, position, name.length);
        header.set(LONG, BACKING_FILE_OFFSET_POSITION, position);
        header.set(INT, BACKING_FILE_SIZE_POSITION, name.length);
    }
}

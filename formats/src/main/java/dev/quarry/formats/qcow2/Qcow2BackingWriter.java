package dev.quarry.formats.qcow2;

import static dev.quarry.formats.qcow2.Qcow2Layout.*;

import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.storage.OutputFile;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** Rewrites the header of an image that is there, keeping every extension that it has. */
final class Qcow2BackingWriter {

    private Qcow2BackingWriter() {}

    /**
     * Names another backing file, in one write of as little as possible.
     *
     * @param backing as it shall stand there, or null for none
     * @param format its format, or null
     * @throws ImageException of kind LIMIT if it does not fit into the first cluster
     */
    static void setBacking(
            OutputFile file, Qcow2Header header, @Nullable String backing, @Nullable String format)
            throws IOException {
        MemorySegment cluster = MemorySegment.ofArray(new byte[header.clusterSize()]);
        file.storage().read(0, cluster.asSlice(0, Math.min(file.size(), cluster.byteSize())));
        MemorySegment result = MemorySegment.ofArray(new byte[header.clusterSize()]);
        MemorySegment.copy(cluster, 0, result, 0, header.headerLength());
        byte[] name = backing == null ? new byte[0] : backing.getBytes(StandardCharsets.UTF_8);
        byte[] formatName = format == null ? new byte[0] : format.getBytes(StandardCharsets.UTF_8);
        if (name.length > BACKING_FILE_NAME_BYTES_MAX
                || formatName.length > BACKING_FORMAT_BYTES_MAX) {
            throw tooLong(file, name.length);
        }
        try {
            long at = header.headerLength();
            if (formatName.length > 0) {
                at =
                        append(
                                result,
                                at,
                                EXTENSION_BACKING_FORMAT,
                                MemorySegment.ofArray(formatName));
            }
            at = keepExtensions(cluster, header, result, at);
            at += EXTENSION_HEADER_BYTES; // The mark that ends them, which is zeros.
            result.set(LONG, BACKING_FILE_OFFSET_POSITION, name.length == 0 ? 0 : at);
            result.set(INT, BACKING_FILE_SIZE_POSITION, name.length);
            MemorySegment.copy(MemorySegment.ofArray(name), 0, result, at, name.length);
        } catch (IndexOutOfBoundsException e) {
            throw tooLong(file, name.length);
        }
        long last = result.byteSize();
        while (last > HEADER_LENGTH_V2
                && result.get(java.lang.foreign.ValueLayout.JAVA_BYTE, last - 1)
                        == cluster.get(java.lang.foreign.ValueLayout.JAVA_BYTE, last - 1)) {
            last--;
        }
        file.write(0, result.asSlice(0, last));
        file.sync();
    }

    private static long keepExtensions(
            MemorySegment cluster, Qcow2Header header, MemorySegment result, long start) {
        long at = start;
        long from = header.headerLength();
        while (from + EXTENSION_HEADER_BYTES <= cluster.byteSize()) {
            int type = cluster.get(INT, from);
            long length = Integer.toUnsignedLong(cluster.get(INT, from + Integer.BYTES));
            long data = from + EXTENSION_HEADER_BYTES;
            if (type == EXTENSION_END || length > cluster.byteSize() - data) {
                break;
            }
            if (type != EXTENSION_BACKING_FORMAT) {
                at = append(result, at, type, cluster.asSlice(data, length));
            }
            from = data + padded(length);
        }
        return at;
    }

    private static long append(MemorySegment result, long at, int type, MemorySegment data) {
        result.set(INT, at, type);
        result.set(INT, at + Integer.BYTES, (int) data.byteSize());
        MemorySegment.copy(data, 0, result, at + EXTENSION_HEADER_BYTES, data.byteSize());
        return at + EXTENSION_HEADER_BYTES + padded(data.byteSize());
    }

    private static long padded(long length) {
        return Math.ceilDiv(length, EXTENSION_ALIGNMENT) * EXTENSION_ALIGNMENT;
    }

    private static ImageException tooLong(OutputFile file, int length) {
        return new ImageException(
                Kind.LIMIT,
                file.name(),
                BACKING_FILE_OFFSET_POSITION,
                "the backing file's name of 0x"
                        + Integer.toHexString(length)
                        + " bytes does not fit into the header");
    }
}

package dev.quarry.formats.vmdk;

import static dev.quarry.formats.vmdk.VmdkLayout.*;

import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.storage.Storage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Finds the grain directory of a stream whose header says that it stands at the end. The footer
 * names it; where the footer is damaged, missing, or followed by padding, the stream is walked from
 * marker to marker. Others refuse such files, or take them for raw disks.
 */
final class VmdkFooter {

    private final Storage storage;
    private final VmdkHeader header;

    private VmdkFooter(Storage storage, VmdkHeader header) {
        this.storage = storage;
        this.header = header;
    }

    /**
     * The header with the position of the directory.
     *
     * @throws ImageException of kind TRUNCATED if there is no directory: the stream was cut
     */
    static VmdkHeader resolve(Storage storage, VmdkHeader header) throws IOException {
        if (header.directoryPosition() != DIRECTORY_AT_END) {
            return header;
        }
        VmdkFooter footer = new VmdkFooter(storage, header);
        VmdkHeader found = footer.atEnd();
        return found != null ? found : header.withDirectory(footer.walk());
    }

    private @Nullable VmdkHeader atEnd() throws IOException {
        long markerPosition = storage.size() - FOOTER_MARKER_FROM_END;
        if (markerPosition < HEADER_BYTES) {
            return null;
        }
        MemorySegment tail = MemorySegment.ofArray(new byte[FOOTER_MARKER_FROM_END]);
        storage.read(markerPosition, tail);
        MemorySegment end = tail.asSlice(2 * SECTOR_BYTES);
        boolean complete =
                tail.get(INT, MARKER_SIZE_POSITION) == 0
                        && tail.get(INT, MARKER_TYPE_POSITION) == MARKER_FOOTER
                        && end.get(LONG, MARKER_VALUE_POSITION) == 0
                        && end.get(INT, MARKER_SIZE_POSITION) == 0
                        && end.get(INT, MARKER_TYPE_POSITION) == MARKER_END_OF_STREAM;
        if (!complete) {
            return null;
        }
        long position = storage.size() - FOOTER_FROM_END;
        VmdkHeader footer;
        try {
            footer =
                    VmdkHeader.parse(
                            tail.asSlice(SECTOR_BYTES, HEADER_BYTES), position, storage.name());
        } catch (ImageException _) {
            return null; // The markers still tell where the directory is.
        }
        boolean agrees =
                footer.size() == header.size()
                        && footer.grainSize() == header.grainSize()
                        && footer.tableEntries() == header.tableEntries()
                        && footer.directoryPosition() != DIRECTORY_AT_END;
        if (!agrees) {
            throw new ImageException(
                    Kind.CORRUPT, storage.name(), position, "the footer contradicts the header");
        }
        return header.withDirectory(footer.directoryPosition());
    }

    /**
     * Reads the sector of a marker, or many sectors where markers stand close together: a stream of
     * the smallest grains would cost a call for each sector.
     */
    private final class Markers {

        private static final int CLOSE_BYTES = 4 << 10;
        private static final int WINDOW_BYTES = 64 << 10;

        private final MemorySegment window = MemorySegment.ofArray(new byte[WINDOW_BYTES]);
        private long start;
        private long end;
        private long last;

        MemorySegment at(long position) throws IOException {
            if (position < start || position + SECTOR_BYTES > end) {
                boolean close = position - last < CLOSE_BYTES;
                long length = close ? WINDOW_BYTES : SECTOR_BYTES;
                start = position;
                end = Math.min(position + length, storage.size());
                storage.read(start, window.asSlice(0, end - start));
            }
            last = position;
            return window.asSlice(position - start, SECTOR_BYTES);
        }
    }

    /** Walks the markers to the grain directory's. */
    private long walk() throws IOException {
        Markers markers = new Markers();
        long position = Math.max(header.overheadBytes(), HEADER_BYTES);
        while (position <= storage.size() - SECTOR_BYTES) {
            MemorySegment marker = markers.at(position);
            long value = marker.get(LONG, MARKER_VALUE_POSITION);
            long size = Integer.toUnsignedLong(marker.get(INT, MARKER_SIZE_POSITION));
            if (size > 0) {
                position += Math.ceilDiv(GRAIN_MARKER_BYTES + size, SECTOR_BYTES) * SECTOR_BYTES;
                continue;
            }
            int type = marker.get(INT, MARKER_TYPE_POSITION);
            if (value < 0 || value > storage.size() >>> SECTOR_BITS) {
                throw new ImageException(
                        Kind.CORRUPT,
                        storage.name(),
                        position,
                        "the marker of type "
                                + type
                                + " claims 0x"
                                + Long.toHexString(value)
                                + " sectors");
            }
            switch (type) {
                case MARKER_GRAIN_DIRECTORY -> {
                    return position + SECTOR_BYTES;
                }
                case MARKER_GRAIN_TABLE, MARKER_FOOTER -> position += (value + 1) << SECTOR_BITS;
                case MARKER_END_OF_STREAM ->
                        throw new ImageException(
                                Kind.CORRUPT,
                                storage.name(),
                                position,
                                "the stream ends without a grain directory");
                default ->
                        throw new ImageException(
                                Kind.CORRUPT,
                                storage.name(),
                                position,
                                "marker of the unknown type " + type);
            }
        }
        throw new ImageException(
                Kind.TRUNCATED,
                storage.name(),
                storage.size(),
                "the stream is cut: the file ends before its grain directory");
    }
}

package dev.quarry.formats.vmdk;

import static dev.quarry.formats.vmdk.VmdkLayout.*;

import dev.quarry.block.ForwardDisk;
import dev.quarry.formats.codec.Decoder;
import dev.quarry.formats.codec.DeflateDecoder;
import dev.quarry.formats.codec.MalformedUnitException;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.image.stream.ForwardInput;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A streamOptimized VMDK that comes through a pipe: its grains in the order of the disk, behind
 * markers. Where the grains end, {@link VmdkStreamTables} compares them with the tables, so that a
 * grain that is missing is found out.
 */
final class VmdkStream implements ForwardDisk {

    private final ForwardInput input;
    private final VmdkHeader header;
    private final VmdkStreamTables tables;
    private final Decoder decoder = DeflateDecoder.zlib();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment sector = arena.allocate(SECTOR_BYTES);
    private final MemorySegment encoded;
    private final MemorySegment grain;

    /** Guest byte that is read next, and where the grain at hand begins and ends. */
    private long offset;

    private long grainStart;
    private long grainEnd;
    private boolean ended;

    private VmdkStream(ForwardInput input, VmdkHeader header, VmdkStreamTables tables) {
        this.input = input;
        this.header = header;
        this.tables = tables;
        int grainBytes = (int) header.grainSize();
        this.grain = arena.allocate(grainBytes);
        this.encoded = arena.allocate(2L * grainBytes + SECTOR_BYTES);
    }

    /**
     * Reads all that stands before the grains.
     *
     * @param input becomes the disk's
     */
    static VmdkStream open(ForwardInput input) throws IOException {
        MemorySegment head = input.peek(HEADER_BYTES);
        boolean sparse = head.byteSize() == HEADER_BYTES && head.get(INT, MAGIC_POSITION) == MAGIC;
        VmdkHeader header = sparse ? VmdkHeader.parse(head, 0, input.name()) : null;
        if (header == null || !header.compressed()) {
            throw new ImageException(
                    Kind.UNSUPPORTED,
                    input.name(),
                    0,
                    "of VMDKs only streamOptimized ones can be read from a stream");
        }
        long front = Math.max(header.overheadBytes(), HEADER_BYTES);
        if (front > STREAM_FRONT_BYTES_MAX) {
            throw new ImageException(
                    Kind.LIMIT,
                    input.name(),
                    OVERHEAD_POSITION,
                    "overhead of 0x"
                            + Long.toHexString(front)
                            + " bytes exceeds 0x"
                            + Integer.toHexString(STREAM_FRONT_BYTES_MAX)
                            + ", what is kept of a stream");
        }
        // On the heap: the tables are kept as long as the stream.
        MemorySegment bytes = MemorySegment.ofArray(new byte[(int) front]);
        input.readFully(bytes);
        // Not by the descriptor's end: the sum of both may be more than a number can hold.
        MemorySegment text =
                header.descriptorPosition() > front - header.descriptorBytes()
                        ? bytes.asSlice(0, 0)
                        : bytes.asSlice(header.descriptorPosition(), header.descriptorBytes());
        VmdkDescription description =
                VmdkDescription.embedded(
                        header, MemorySegment.ofArray(text.toArray(BYTE)), input.name());
        if (description.descriptor().hasParent()) {
            throw new ImageException(
                    Kind.UNSUPPORTED,
                    input.name(),
                    -1,
                    "a delta cannot be read from a stream, only beside its parent");
        }
        VmdkStreamTables tables = new VmdkStreamTables(header, input.name());
        if (header.directoryPosition() != DIRECTORY_AT_END) {
            tables.readFront(bytes);
        }
        return new VmdkStream(input, header, tables);
    }

    @Override
    public long size() {
        return header.size();
    }

    @Override
    public long skipZeros() throws IOException {
        if (!ended && offset == grainEnd) {
            nextGrain();
        }
        long stop = ended ? header.size() : grainStart;
        long zeros = Math.max(0, stop - offset);
        offset += zeros;
        if (zeros > 0 && ended) {
            grainEnd = offset;
        }
        return zeros;
    }

    @Override
    public int read(MemorySegment target) throws IOException {
        if (!ended && offset == grainEnd) {
            nextGrain();
        }
        if (ended) {
            return -1;
        }
        int length = (int) Math.min(target.byteSize(), grainEnd - offset);
        MemorySegment.copy(grain, offset - grainStart, target, 0, length);
        offset += length;
        return length;
    }

    /** Reads markers up to the next grain, and the grain, or finds the end. */
    private void nextGrain() throws IOException {
        while (true) {
            long position = input.position();
            if (input.peek(1).byteSize() == 0) {
                tables.finishWithoutMark(position);
                requireEnd();
                ended = true;
                return;
            }
            input.readFully(sector);
            long value = sector.get(LONG, MARKER_VALUE_POSITION);
            long size = Integer.toUnsignedLong(sector.get(INT, MARKER_SIZE_POSITION));
            if (size > 0) {
                readGrain(position, value, size);
                return;
            }
            int type = sector.get(INT, MARKER_TYPE_POSITION);
            if (type == MARKER_END_OF_STREAM) {
                tables.finish(position);
                requireEnd();
                ended = true;
                return;
            }
            readMetadata(position, type, value);
        }
    }

    /**
     * Reads on to the end of the input, so that a decompressor checks its own. Zeros may follow, as
     * tapes and block devices leave them.
     */
    private void requireEnd() throws IOException {
        while (true) {
            long position = input.position();
            int got = input.read(encoded);
            if (got < 0) {
                return;
            }
            for (int i = 0; i < got; i++) {
                if (encoded.get(BYTE, i) != 0) {
                    throw bad(Kind.CORRUPT, position + i, "something else follows the image's end");
                }
            }
        }
    }

    private void readGrain(long position, long guestSector, long size) throws IOException {
        long limit = header.grainSize() * 2;
        if (size > limit) {
            throw bad(
                    Kind.LIMIT,
                    position + MARKER_SIZE_POSITION,
                    "compressed size 0x"
                            + Long.toHexString(size)
                            + " exceeds 0x"
                            + Long.toHexString(limit));
        }
        long start = guestSector << SECTOR_BITS;
        boolean inDisk = guestSector >= 0 && guestSector < header.size() >>> SECTOR_BITS;
        if (!inDisk || (start & header.grainSize() - 1) != 0) {
            throw bad(
                    Kind.CORRUPT,
                    position,
                    "the marker says sector 0x"
                            + Long.toHexString(guestSector)
                            + ", where no grain of the disk begins");
        }
        if (start < grainEnd) {
            throw bad(
                    Kind.UNSUPPORTED,
                    position,
                    "the grain of sector 0x"
                            + Long.toHexString(guestSector)
                            + " comes behind a later one: such an image can be read from a file"
                            + " only");
        }
        tables.addGrain(start / header.grainSize(), position);
        decode(position, size);
        grainStart = start;
        grainEnd = Math.min(start + header.grainSize(), header.size());
    }

    private void decode(long position, long size) throws IOException {
        long firstPart = SECTOR_BYTES - GRAIN_MARKER_BYTES;
        MemorySegment.copy(sector, GRAIN_MARKER_BYTES, encoded, 0, firstPart);
        long sectors = Math.ceilDiv(GRAIN_MARKER_BYTES + size, (long) SECTOR_BYTES) - 1;
        if (sectors > 0) {
            input.readFully(encoded.asSlice(firstPart, sectors * SECTOR_BYTES));
        }
        try {
            int produced = decoder.decode(encoded.asSlice(0, size), grain);
            long start = sector.get(LONG, MARKER_VALUE_POSITION) << SECTOR_BITS;
            long required = Math.min(header.grainSize(), header.size() - start);
            if (produced < required) {
                throw bad(
                        Kind.CORRUPT,
                        position + GRAIN_MARKER_BYTES,
                        "compressed data gives 0x"
                                + Integer.toHexString(produced)
                                + " plain bytes, not 0x"
                                + Long.toHexString(required));
            }
        } catch (MalformedUnitException e) {
            throw new ImageException(
                    Kind.CORRUPT,
                    input.name(),
                    position + GRAIN_MARKER_BYTES,
                    "compressed data " + e.getMessage(),
                    e);
        }
    }

    private void readMetadata(long position, int type, long sectors) throws IOException {
        long limit =
                switch (type) {
                    case MARKER_GRAIN_TABLE ->
                            Math.ceilDiv(header.tableEntries() * (long) ENTRY_BYTES, SECTOR_BYTES);
                    case MARKER_GRAIN_DIRECTORY -> tables.directorySectors();
                    case MARKER_FOOTER -> 1;
                    default ->
                            throw bad(Kind.CORRUPT, position, "marker of the unknown type " + type);
                };
        if (sectors != limit) {
            throw bad(
                    Kind.CORRUPT,
                    position,
                    "the marker of type "
                            + type
                            + " claims 0x"
                            + Long.toHexString(sectors)
                            + " sectors, not 0x"
                            + Long.toHexString(limit));
        }
        long start = input.position();
        try (Arena metadata = Arena.ofConfined()) {
            MemorySegment bytes = metadata.allocate(sectors * SECTOR_BYTES);
            input.readFully(bytes);
            switch (type) {
                case MARKER_GRAIN_TABLE -> tables.addTable(bytes, start);
                case MARKER_GRAIN_DIRECTORY -> tables.addDirectory(bytes, start);
                default -> tables.addFooter(VmdkHeader.parse(bytes, start, input.name()), start);
            }
        }
    }

    private ImageException bad(Kind kind, long position, String reason) {
        return new ImageException(kind, input.name(), position, reason);
    }

    @Override
    public void close() throws IOException {
        try (input) {
            decoder.close();
        } finally {
            arena.close();
        }
    }
}

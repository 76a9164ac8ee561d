package dev.quarry.formats.vmdk;

import static dev.quarry.formats.vmdk.VmdkLayout.*;

import dev.quarry.block.EncodingTarget;
import dev.quarry.formats.codec.DeflateEncoder;
import dev.quarry.formats.codec.Encoder;
import dev.quarry.formats.vmdk.VmdkDescriptorWriter.Line;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.storage.OutputFile;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Writes the compressed stream of OVF: grains in ascending order, each table behind its grains, the
 * directory and the footer at the end. Nothing that was written is changed, so a reader that sees
 * it once, from the beginning, can follow it.
 */
final class StreamOptimizedWriter implements EncodingTarget {

    private static final int VERSION = 3;
    private static final int GRAIN_BYTES = GRAIN_SECTORS_WRITTEN * SECTOR_BYTES;
    private static final long COVERAGE_BYTES = (long) TABLE_ENTRIES_WRITTEN * GRAIN_BYTES;
    private static final int TABLE_BYTES = TABLE_ENTRIES_WRITTEN * ENTRY_BYTES;

    /** Marker, what deflate adds to data that it cannot compress, and padding. */
    private static final int GRAIN_ROOM_BYTES = GRAIN_BYTES + 2 * SECTOR_BYTES;

    private final OutputFile file;
    private final long size;
    private final VmdkHeaderWriter.Fields fields;
    private final Arena arena = Arena.ofShared();

    /** Sectors of the grain tables; 0 where a table would be empty. */
    private final int[] directory;

    /** The table of the grains that were appended last, behind room for its marker. */
    private final MemorySegment table = arena.allocate(SECTOR_BYTES + TABLE_BYTES);

    private int tableIndex = -1;

    /** Where the stream goes on, in sectors. */
    private long sector = GRAIN_SECTORS_WRITTEN;

    /** Of callers who write without a batch of their own. */
    private @Nullable Batch single;

    /**
     * @param file a new one; becomes the writer's
     * @param size guest bytes; padded to whole sectors
     */
    StreamOptimizedWriter(OutputFile file, long size, VmdkCreateOptions options)
            throws IOException {
        if (!file.isFresh()) {
            throw new ImageException(
                    Kind.UNSUPPORTED,
                    file.name(),
                    -1,
                    "a stream is found from its end, and cannot be on a device");
        }
        this.file = file;
        this.size = VmdkWriter.padded(size, file);
        this.directory = new int[Math.toIntExact(Math.ceilDiv(this.size, COVERAGE_BYTES))];
        this.fields =
                new VmdkHeaderWriter.Fields(
                        VERSION,
                        FLAG_NEWLINE_TEST | FLAG_COMPRESSED | FLAG_MARKERS,
                        this.size >>> SECTOR_BITS,
                        DESCRIPTOR_SECTORS_WRITTEN,
                        0,
                        DIRECTORY_AT_END,
                        GRAIN_SECTORS_WRITTEN,
                        COMPRESSION_DEFLATE);
        String name = VmdkDescriptorWriter.embeddedName(VmdkWriter.fileName(file.path()));
        byte[] text =
                VmdkDescriptorWriter.text(
                        options, this.size, List.of(new Line(this.size, "SPARSE", name)));
        MemorySegment head = MemorySegment.ofArray(new byte[GRAIN_BYTES]);
        VmdkHeaderWriter.write(head, fields);
        MemorySegment.copy(MemorySegment.ofArray(text), 0, head, SECTOR_BYTES, text.length);
        file.write(0, head);
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public int unitBytes() {
        return GRAIN_BYTES;
    }

    @Override
    public Batch newBatch(int plainBytesMax) {
        return new GrainBatch(plainBytesMax);
    }

    @Override
    public synchronized void write(long offset, MemorySegment source) throws IOException {
        if (single == null) {
            single = newBatch(GRAIN_BYTES);
        }
        for (long done = 0; done < source.byteSize(); done += GRAIN_BYTES) {
            long length = Math.min(GRAIN_BYTES, source.byteSize() - done);
            single.add(offset + done, source.asSlice(done, length));
            single.append();
        }
    }

    @Override
    public void zero(long offset, long length) {
        checkRange(offset, length); // What is not there is zeros.
    }

    private void checkRange(long offset, long length) {
        if (offset < 0 || length < 0 || offset > size - length) {
            throw new IndexOutOfBoundsException(length + " bytes at " + offset + " of " + size);
        }
    }

    /** Writes the table of the grains before, if there is one, and begins the next. */
    private void turnTo(int index) throws IOException {
        if (tableIndex >= 0) {
            directory[tableIndex] = checkedSector(sector + 1);
            setMarker(table, TABLE_BYTES, MARKER_GRAIN_TABLE);
            file.write(sector << SECTOR_BITS, table);
            sector += table.byteSize() >>> SECTOR_BITS;
            table.fill((byte) 0);
        }
        tableIndex = index;
    }

    private static void setMarker(MemorySegment target, long bytes, int type) {
        target.set(LONG, MARKER_VALUE_POSITION, bytes >>> SECTOR_BITS);
        target.set(INT, MARKER_TYPE_POSITION, type);
    }

    private int checkedSector(long value) throws ImageException {
        if (value > SECTORS_MAX) {
            throw new ImageException(
                    Kind.LIMIT,
                    file.name(),
                    -1,
                    "a stream cannot exceed 0x"
                            + Long.toHexString(SECTORS_MAX << SECTOR_BITS)
                            + " bytes");
        }
        return (int) value;
    }

    @Override
    public void commit() throws IOException {
        turnTo(-1);
        long directoryBytes =
                Math.ceilDiv((long) directory.length * ENTRY_BYTES, SECTOR_BYTES) * SECTOR_BYTES;
        try (Arena confined = Arena.ofConfined()) {
            // Marker, directory, marker, footer, end of stream.
            MemorySegment end = confined.allocate(directoryBytes + 4L * SECTOR_BYTES);
            setMarker(end, directoryBytes, MARKER_GRAIN_DIRECTORY);
            for (int i = 0; i < directory.length; i++) {
                end.set(INT, SECTOR_BYTES + (long) i * ENTRY_BYTES, directory[i]);
            }
            MemorySegment footer = end.asSlice(SECTOR_BYTES + directoryBytes);
            setMarker(footer, SECTOR_BYTES, MARKER_FOOTER);
            VmdkHeaderWriter.write(footer.asSlice(SECTOR_BYTES), fields.withDirectory(sector + 1));
            file.write(sector << SECTOR_BITS, end);
        }
        file.commit();
    }

    @Override
    public void close() throws IOException {
        if (single != null) {
            single.close();
        }
        arena.close();
        file.close();
    }

    /** Grains of one thread, each as it will stand in the stream. */
    private final class GrainBatch implements Batch {

        private final Arena confined = Arena.ofConfined();
        private final Encoder encoder = DeflateEncoder.zlib(DeflateEncoder.Effort.NORMAL);
        private final MemorySegment encoded;
        private final MemorySegment padded = confined.allocate(GRAIN_BYTES);
        private final long[] offsets;
        private final int[] lengths;
        private int count;
        private long filled;

        GrainBatch(int plainBytesMax) {
            int grainsMax = Math.ceilDiv(plainBytesMax, GRAIN_BYTES);
            this.encoded = confined.allocate((long) grainsMax * GRAIN_ROOM_BYTES);
            this.offsets = new long[grainsMax];
            this.lengths = new int[grainsMax];
        }

        @Override
        public void add(long offset, MemorySegment data) {
            checkRange(offset, data.byteSize());
            if (offset % GRAIN_BYTES != 0) {
                throw new IllegalArgumentException("no grain begins at " + offset);
            }
            for (long done = 0; done < data.byteSize(); done += GRAIN_BYTES) {
                long length = Math.min(GRAIN_BYTES, data.byteSize() - done);
                addGrain(offset + done, data.asSlice(done, length));
            }
        }

        private void addGrain(long offset, MemorySegment data) {
            MemorySegment plain = data;
            if (data.byteSize() < GRAIN_BYTES) {
                padded.fill((byte) 0).copyFrom(data); // The last grain is a full one, too.
                plain = padded;
            }
            MemorySegment grain = encoded.asSlice(filled, GRAIN_ROOM_BYTES);
            int length = encoder.encode(plain, grain.asSlice(GRAIN_MARKER_BYTES));
            if (length == Encoder.TOO_LARGE) {
                throw new AssertionError("deflate needs more than " + GRAIN_ROOM_BYTES);
            }
            grain.set(LONG, MARKER_VALUE_POSITION, offset >>> SECTOR_BITS);
            grain.set(INT, MARKER_SIZE_POSITION, length);
            int end = GRAIN_MARKER_BYTES + length;
            int whole = Math.ceilDiv(end, SECTOR_BYTES) * SECTOR_BYTES;
            grain.asSlice(end, whole - end).fill((byte) 0);
            offsets[count] = offset;
            lengths[count++] = whole;
            filled += whole;
        }

        @Override
        public void append() throws IOException {
            long start = 0;
            long end = 0;
            for (int i = 0; i < count; i++) {
                int index = (int) (offsets[i] / COVERAGE_BYTES);
                if (index != tableIndex) {
                    writeRun(start, end);
                    start = end;
                    turnTo(index);
                }
                long entry = offsets[i] % COVERAGE_BYTES / GRAIN_BYTES * ENTRY_BYTES;
                long grain = sector + ((end - start) >>> SECTOR_BITS);
                table.set(INT, SECTOR_BYTES + entry, checkedSector(grain));
                end += lengths[i];
            }
            writeRun(start, end);
            count = 0;
            filled = 0;
        }

        private void writeRun(long start, long end) throws IOException {
            if (end > start) {
                file.write(sector << SECTOR_BITS, encoded.asSlice(start, end - start));
                sector += (end - start) >>> SECTOR_BITS;
            }
        }

        @Override
        public void close() {
            encoder.close();
            confined.close();
        }
    }
}

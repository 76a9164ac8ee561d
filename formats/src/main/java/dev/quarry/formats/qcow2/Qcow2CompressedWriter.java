package dev.quarry.formats.qcow2;

import static dev.quarry.formats.qcow2.Qcow2Layout.*;

import dev.quarry.block.EncodingTarget;
import dev.quarry.formats.codec.DeflateEncoder;
import dev.quarry.formats.codec.Encoder;
import dev.quarry.formats.codec.ZstdEncoder;
import dev.quarry.storage.OutputFile;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Writes a compressed qcow2 image: each cluster by itself, one behind the other to the byte, and
 * those that do not become smaller as they are. A host cluster has as many references as there are
 * compressed clusters that touch it.
 */
final class Qcow2CompressedWriter extends Qcow2Target implements EncodingTarget {

    private static final int REFERENCES_MAX = 0xffff;
    private static final int SHARED_MIN = 1024;

    private final int sectorShift;

    /** References of host clusters by compressed data; 0 where there is none. Guarded by this. */
    private char[] shared = new char[SHARED_MIN];

    /** Where compressed data goes on, and where the clusters end that were taken for it. */
    private long cursor;

    private long cursorEnd;

    /** Of callers who write without a batch of their own. Guarded by this. */
    private @Nullable Batch single;

    /**
     * @param file becomes the writer's
     * @param size guest bytes; padded to whole sectors
     */
    Qcow2CompressedWriter(OutputFile file, long size, Qcow2CreateOptions options)
            throws IOException {
        super(file, size, options);
        this.sectorShift = COMPRESSED_FIELD_BITS - (clusterBits - COMPRESSED_SECTOR_BITS_BASE);
    }

    @Override
    public int unitBytes() {
        return 1 << clusterBits;
    }

    @Override
    public Batch newBatch(int plainBytesMax) {
        return new ClusterBatch(plainBytesMax);
    }

    @Override
    public synchronized void write(long offset, MemorySegment source) throws IOException {
        if (single == null) {
            single = newBatch(unitBytes());
        }
        for (long done = 0; done < source.byteSize(); done += unitBytes()) {
            long length = Math.min(unitBytes(), source.byteSize() - done);
            single.add(offset + done, source.asSlice(done, length));
            single.append();
        }
    }

    /**
     * Takes room for a compressed cluster, directly behind the one before if the file ends there.
     */
    private long placeCompressed(int length) throws IOException {
        if (cursor + length > cursorEnd || isFull(cursor)) {
            if (cursorEnd != clusters.used() << clusterBits || isFull(cursor)) {
                cursor = clusters.used() << clusterBits; // Something else stands in between.
                cursorEnd = cursor;
            }
            long more = Math.ceilDiv(cursor + length - cursorEnd, clusterMask + 1);
            clusters.allocate(more);
            cursorEnd += more << clusterBits;
        }
        long position = cursor;
        cursor += length;
        for (long at = position >>> clusterBits; at <= (cursor - 1) >>> clusterBits; at++) {
            int index = Math.toIntExact(at);
            if (index >= shared.length) {
                shared = Arrays.copyOf(shared, Math.max(index + 1, shared.length * 2));
            }
            shared[index]++;
        }
        return position;
    }

    /** Whether the host cluster of a position can have no further reference. */
    private boolean isFull(long position) {
        long index = position >>> clusterBits;
        return index < shared.length && shared[(int) index] == REFERENCES_MAX;
    }

    private long entryOf(long position, int length) {
        long further = ((position + length - 1) / SECTOR_BYTES) - position / SECTOR_BYTES;
        return ENTRY_COMPRESSED | further << sectorShift | position;
    }

    @Override
    int countOf(long cluster) {
        int references = cluster < shared.length ? shared[(int) cluster] : 0;
        return references == 0 ? 1 : references;
    }

    @Override
    public void close() throws IOException {
        if (single != null) {
            single.close();
        }
        super.close();
    }

    /** Clusters of one thread. */
    private final class ClusterBatch implements Batch {

        private final Arena arena = Arena.ofConfined();
        private final Encoder encoder =
                options.compressionType() == COMPRESSION_ZSTD
                        ? new ZstdEncoder()
                        : DeflateEncoder.bare(DeflateEncoder.Effort.FAST);
        private final MemorySegment encoded;
        private final MemorySegment padded = arena.allocate(clusterMask + 1);
        private final long[] offsets;
        private final int[] lengths;
        private int count;
        private long filled;

        ClusterBatch(int plainBytesMax) {
            int unitsMax = Math.ceilDiv(plainBytesMax, unitBytes());
            this.encoded = arena.allocate((long) unitsMax << clusterBits);
            this.offsets = new long[unitsMax];
            this.lengths = new int[unitsMax];
        }

        @Override
        public void add(long offset, MemorySegment data) {
            checkRange(offset, data.byteSize());
            if ((offset & clusterMask) != 0
                    || ((data.byteSize() & clusterMask) != 0
                            && offset + data.byteSize() < size() - SECTOR_BYTES)) {
                throw new IllegalArgumentException(
                        data.byteSize() + " bytes at " + offset + " are no whole clusters");
            }
            for (long done = 0; done < data.byteSize(); done += clusterMask + 1) {
                long length = Math.min(clusterMask + 1, data.byteSize() - done);
                addCluster(offset + done, data.asSlice(done, length));
            }
        }

        private void addCluster(long offset, MemorySegment data) {
            MemorySegment plain = data;
            if (data.byteSize() <= clusterMask) {
                padded.fill((byte) 0).copyFrom(data); // The last cluster is a full one, too.
                plain = padded;
            }
            // One byte less than the cluster: else nothing is won.
            int length = encoder.encode(plain, encoded.asSlice(filled, clusterMask));
            if (length == Encoder.TOO_LARGE) {
                length = unitBytes();
                MemorySegment.copy(plain, 0, encoded, filled, length);
            }
            offsets[count] = offset;
            lengths[count++] = length;
            filled += length;
        }

        @Override
        public void append() throws IOException {
            synchronized (Qcow2CompressedWriter.this) {
                long runPosition = 0;
                long runStart = 0;
                long at = 0;
                for (int i = 0; i < count; i++) {
                    boolean plain = lengths[i] == unitBytes();
                    long position = plain ? clusters.allocate(1) : placeCompressed(lengths[i]);
                    setEntry(
                            offsets[i],
                            plain ? position | ENTRY_COPIED : entryOf(position, lengths[i]),
                            plain);
                    if (position != runPosition + (at - runStart)) {
                        writeRun(runPosition, runStart, at);
                        runPosition = position;
                        runStart = at;
                    }
                    at += lengths[i];
                }
                writeRun(runPosition, runStart, at);
            }
            count = 0;
            filled = 0;
        }

        private void setEntry(long offset, long entry, boolean plain) {
            Qcow2Tables.Table table = tables.tableOf(offset);
            synchronized (table) {
                table.setEntry(offset, entry);
                if (plain) {
                    table.markStored(offset, offset + clusterMask + 1);
                }
            }
        }

        private void writeRun(long position, long start, long end) throws IOException {
            if (end > start) {
                file.write(position, encoded.asSlice(start, end - start));
            }
        }

        @Override
        public void close() {
            encoder.close();
            arena.close();
        }
    }
}

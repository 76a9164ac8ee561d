package dev.quarry.archive;

import dev.quarry.block.EncodingTarget;
import dev.quarry.chunk.Codec;
import dev.quarry.hash.Hash;
import dev.quarry.storage.OutputFile;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * Writes an archive, each byte once and in order. The file gets its name with {@link #commit};
 * closing without it leaves nothing. For one thread, but for the batches of a disk.
 */
public final class ArchiveWriter implements Closeable {

    /** A file that is carried by hand is worth a little more work than a frame of a store. */
    private static final int LEVEL = 3;

    private final OutputFile file;
    private final Hash sha256 = Hash.sha256();
    private long position;

    /**
     * Begins an archive.
     *
     * @param path replaced when the archive is complete
     * @param description JSON, at most 4 MiB
     */
    public ArchiveWriter(Path path, String description) throws IOException {
        byte[] text = description.getBytes(StandardCharsets.UTF_8);
        if (text.length > ArchiveLayout.DESCRIPTION_BYTES_MAX) {
            throw new IllegalArgumentException("description of " + text.length + " bytes");
        }
        this.file = OutputFile.create(path);
        try {
            MemorySegment header = MemorySegment.ofArray(new byte[ArchiveLayout.HEADER_BYTES]);
            header.set(ArchiveLayout.LONG, 0, ArchiveLayout.HEADER_MAGIC);
            header.set(ArchiveLayout.INT, ArchiveLayout.HEADER_VERSION, ArchiveLayout.VERSION);
            header.set(ArchiveLayout.INT, ArchiveLayout.HEADER_DESCRIPTION_BYTES, text.length);
            header.set(
                    ArchiveLayout.INT,
                    ArchiveLayout.HEADER_DESCRIPTION_CRC,
                    crc(MemorySegment.ofArray(text)));
            header.set(
                    ArchiveLayout.INT,
                    ArchiveLayout.HEADER_CRC,
                    crc(header.asSlice(0, ArchiveLayout.HEADER_CRC)));
            append(header);
            append(MemorySegment.ofArray(text));
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    static int crc(MemorySegment memory) {
        CRC32C crc = new CRC32C();
        crc.update(memory.asByteBuffer());
        return (int) crc.getValue();
    }

    private void append(MemorySegment bytes) throws IOException {
        sha256.update(bytes);
        file.write(position, bytes);
        position += bytes.byteSize();
    }

    /**
     * The next disk. It is complete, and the one after it can be asked for, when it was committed.
     *
     * @param size in bytes
     */
    public EncodingTarget newDisk(long size) {
        return new Disk(size);
    }

    /** Ends the archive, makes it durable and gives it its name. */
    public void commit() throws IOException {
        MemorySegment trailer = MemorySegment.ofArray(new byte[ArchiveLayout.TRAILER_BYTES]);
        trailer.set(ArchiveLayout.LONG, 0, ArchiveLayout.TRAILER_MAGIC);
        MemorySegment.copy(
                MemorySegment.ofArray(sha256.digest()),
                0,
                trailer,
                ArchiveLayout.TRAILER_DIGEST,
                ArchiveLayout.TRAILER_BYTES - ArchiveLayout.TRAILER_DIGEST);
        file.write(position, trailer);
        file.commit();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private final class Disk implements EncodingTarget {
        private final long size;

        Disk(long size) {
            this.size = size;
        }

        @Override
        public int unitBytes() {
            return ArchiveLayout.UNIT_BYTES;
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public Batch newBatch(int plainBytesMax) {
            return new Records(plainBytesMax);
        }

        @Override
        public void write(long offset, MemorySegment source) throws IOException {
            try (Batch batch = newBatch(Math.toIntExact(source.byteSize()))) {
                batch.add(offset, source);
                batch.append();
            }
        }

        @Override
        public void zero(long offset, long length) {
            // What no record has is zeros.
        }

        @Override
        public void commit() throws IOException {
            MemorySegment end = MemorySegment.ofArray(new byte[ArchiveLayout.RECORD_BYTES]);
            end.set(ArchiveLayout.LONG, ArchiveLayout.RECORD_OFFSET, size);
            append(end);
        }

        @Override
        public void close() {
            // The file is the archive's.
        }
    }

    /** Encoded records of one thread. */
    private final class Records implements EncodingTarget.Batch {
        private final Arena arena = Arena.ofShared();
        private final Codec.Encoder encoder = new Codec.Encoder(Codec.ZSTD, LEVEL);
        private final MemorySegment encoded;
        private long length;

        Records(int plainBytesMax) {
            long units = Math.ceilDiv(plainBytesMax, ArchiveLayout.UNIT_BYTES);
            this.encoded =
                    arena.allocate(
                            units
                                    * (ArchiveLayout.RECORD_BYTES
                                            + Codec.encodedBytesMax(ArchiveLayout.UNIT_BYTES)));
        }

        @Override
        public void add(long offset, MemorySegment data) {
            for (long at = 0; at < data.byteSize(); at += ArchiveLayout.UNIT_BYTES) {
                long bytes = Math.min(ArchiveLayout.UNIT_BYTES, data.byteSize() - at);
                addUnit(offset + at, data.asSlice(at, bytes));
            }
        }

        private void addUnit(long offset, MemorySegment plain) {
            MemorySegment header = encoded.asSlice(length, ArchiveLayout.RECORD_BYTES);
            MemorySegment room = encoded.asSlice(length + ArchiveLayout.RECORD_BYTES);
            int plainBytes = Math.toIntExact(plain.byteSize());
            int size = encoder.encode(plain, room);
            boolean pays = size < plainBytes;
            if (!pays) {
                MemorySegment.copy(plain, 0, room, 0, plainBytes);
                size = plainBytes;
            }
            header.set(ArchiveLayout.LONG, ArchiveLayout.RECORD_OFFSET, offset);
            header.set(ArchiveLayout.INT, ArchiveLayout.RECORD_PLAIN_BYTES, plainBytes);
            header.set(ArchiveLayout.INT, ArchiveLayout.RECORD_STORED_BYTES, size);
            header.set(
                    ArchiveLayout.INT,
                    ArchiveLayout.RECORD_CODEC,
                    (pays ? Codec.ZSTD : Codec.NONE).code());
            header.set(ArchiveLayout.INT, ArchiveLayout.RECORD_CRC, crc(room.asSlice(0, size)));
            length += ArchiveLayout.RECORD_BYTES + size;
        }

        @Override
        public void append() throws IOException {
            ArchiveWriter.this.append(encoded.asSlice(0, length));
            length = 0;
        }

        @Override
        public void close() {
            encoder.close();
            arena.close();
        }
    }
}

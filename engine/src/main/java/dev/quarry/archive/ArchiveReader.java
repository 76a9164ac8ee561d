package dev.quarry.archive;

import dev.quarry.block.ForwardDisk;
import dev.quarry.chunk.Codec;
import dev.quarry.hash.Hash;
import dev.quarry.image.ImageException;
import dev.quarry.image.stream.ForwardInput;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * Reads an archive from its first byte to its last. What it says counts only when {@link #finish}
 * has found all of it whole. For one thread at a time.
 */
public final class ArchiveReader implements Closeable {

    private final ForwardInput input;
    private final Hash sha256 = Hash.sha256();
    private final String description;

    /**
     * Reads the header.
     *
     * @param input becomes this one's, also when this throws
     * @throws ImageException of kind FOREIGN, UNSUPPORTED, LIMIT or CORRUPT
     */
    public ArchiveReader(ForwardInput input) throws IOException {
        this.input = input;
        try {
            this.description = readDescription();
        } catch (IOException | RuntimeException e) {
            input.close();
            throw e;
        }
    }

    private String readDescription() throws IOException {
        if (input.peek(Long.BYTES).byteSize() < Long.BYTES
                || input.peek(Long.BYTES).get(ArchiveLayout.LONG, 0)
                        != ArchiveLayout.HEADER_MAGIC) {
            throw wrong(ImageException.Kind.FOREIGN, 0, "is no archive");
        }
        MemorySegment header = take(ArchiveLayout.HEADER_BYTES);
        int version = header.get(ArchiveLayout.INT, ArchiveLayout.HEADER_VERSION);
        if (version != ArchiveLayout.VERSION) {
            throw wrong(
                    ImageException.Kind.UNSUPPORTED,
                    ArchiveLayout.HEADER_VERSION,
                    "archive version " + version + " is not " + ArchiveLayout.VERSION);
        }
        if (header.get(ArchiveLayout.INT, ArchiveLayout.HEADER_CRC)
                != ArchiveWriter.crc(header.asSlice(0, ArchiveLayout.HEADER_CRC))) {
            throw wrong(
                    ImageException.Kind.CORRUPT, 0, "the archive's header has another checksum");
        }
        int bytes = header.get(ArchiveLayout.INT, ArchiveLayout.HEADER_DESCRIPTION_BYTES);
        if (bytes < 0 || bytes > ArchiveLayout.DESCRIPTION_BYTES_MAX) {
            throw wrong(
                    ImageException.Kind.LIMIT,
                    ArchiveLayout.HEADER_DESCRIPTION_BYTES,
                    "description of 0x"
                            + Integer.toHexString(bytes)
                            + " bytes exceeds 0x"
                            + Integer.toHexString(ArchiveLayout.DESCRIPTION_BYTES_MAX));
        }
        byte[] text = new byte[bytes];
        take(MemorySegment.ofArray(text));
        if (header.get(ArchiveLayout.INT, ArchiveLayout.HEADER_DESCRIPTION_CRC)
                != ArchiveWriter.crc(MemorySegment.ofArray(text))) {
            throw wrong(
                    ImageException.Kind.CORRUPT,
                    ArchiveLayout.HEADER_BYTES,
                    "the archive's description has another checksum");
        }
        return new String(text, StandardCharsets.UTF_8);
    }

    private MemorySegment take(int bytes) throws IOException {
        MemorySegment memory = MemorySegment.ofArray(new byte[bytes]);
        take(memory);
        return memory;
    }

    private void take(MemorySegment target) throws IOException {
        input.readFully(target);
        sha256.update(target);
    }

    private ImageException wrong(ImageException.Kind kind, long position, String reason) {
        return new ImageException(kind, input.name(), position, reason);
    }

    /** What was written with the archive. */
    public String description() {
        return description;
    }

    /**
     * The next disk, to be read to its end before the one after it is asked for.
     *
     * @param size that the description says
     */
    public ForwardDisk nextDisk(long size) {
        return new Disk(size);
    }

    /** Checks, behind the last disk, that the archive ends and is what was written. */
    public void finish() throws IOException {
        byte[] digest = sha256.digest();
        long at = input.position();
        MemorySegment trailer = MemorySegment.ofArray(new byte[ArchiveLayout.TRAILER_BYTES]);
        input.readFully(trailer);
        MemorySegment written = trailer.asSlice(ArchiveLayout.TRAILER_DIGEST);
        if (trailer.get(ArchiveLayout.LONG, 0) != ArchiveLayout.TRAILER_MAGIC
                || written.mismatch(MemorySegment.ofArray(digest)) != -1) {
            throw wrong(
                    ImageException.Kind.CORRUPT,
                    at,
                    "the archive's trailer is not that of what stands before it");
        }
        if (input.read() >= 0) {
            throw wrong(
                    ImageException.Kind.CORRUPT,
                    at + ArchiveLayout.TRAILER_BYTES,
                    "the archive goes on behind its trailer");
        }
    }

    @Override
    public void close() throws IOException {
        input.close();
    }

    private final class Disk implements ForwardDisk {
        private final long size;
        private final Arena arena = Arena.ofShared();
        private final MemorySegment plain = arena.allocate(ArchiveLayout.UNIT_BYTES, Long.BYTES);
        private final MemorySegment stored = arena.allocate(ArchiveLayout.UNIT_BYTES, Long.BYTES);
        private final Codec.Decoder decoder = new Codec.Decoder();

        /** Up to here the disk was read. */
        private long at;

        /**
         * Where the record that was read last begins, and ends; the end record stands at the end.
         */
        private long recordOffset;

        private long recordEnd;
        private boolean ended;

        Disk(long size) {
            this.size = size;
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public long skipZeros() throws IOException {
            if (at == recordEnd && !ended) {
                readRecord();
            }
            long zeros = Math.max(0, recordOffset - at);
            at += zeros;
            return zeros;
        }

        @Override
        public int read(MemorySegment target) throws IOException {
            if (at == recordEnd && !ended) {
                readRecord();
            }
            if (ended && at == size) {
                return -1;
            }
            int length = (int) Math.min(target.byteSize(), recordEnd - at);
            MemorySegment.copy(plain, at - recordOffset, target, 0, length);
            at += length;
            return length;
        }

        private void readRecord() throws IOException {
            long position = input.position();
            MemorySegment header = take(ArchiveLayout.RECORD_BYTES);
            long offset = header.get(ArchiveLayout.LONG, ArchiveLayout.RECORD_OFFSET);
            int plainBytes = header.get(ArchiveLayout.INT, ArchiveLayout.RECORD_PLAIN_BYTES);
            int storedBytes = header.get(ArchiveLayout.INT, ArchiveLayout.RECORD_STORED_BYTES);
            if (offset < recordEnd
                    || offset > size
                    || plainBytes < 0
                    || plainBytes > Math.min(ArchiveLayout.UNIT_BYTES, size - offset)
                    || storedBytes < 0
                    || storedBytes > plainBytes
                    || (plainBytes == 0 && offset != size)) {
                throw wrong(
                        ImageException.Kind.CORRUPT,
                        position,
                        "a record of 0x"
                                + Integer.toHexString(plainBytes)
                                + " bytes at guest byte 0x"
                                + Long.toHexString(offset)
                                + " does not fit");
            }
            MemorySegment bytes = stored.asSlice(0, storedBytes);
            take(bytes);
            if (ArchiveWriter.crc(bytes)
                    != header.get(ArchiveLayout.INT, ArchiveLayout.RECORD_CRC)) {
                throw wrong(ImageException.Kind.CORRUPT, position, "a record has another checksum");
            }
            try {
                int code = header.get(ArchiveLayout.INT, ArchiveLayout.RECORD_CODEC);
                decoder.decode(Codec.of(code), bytes, plain.asSlice(0, plainBytes));
            } catch (IOException e) {
                throw new ImageException(
                        ImageException.Kind.CORRUPT,
                        input.name(),
                        position,
                        "a record does not decode: " + e.getMessage(),
                        e);
            }
            recordOffset = offset;
            recordEnd = offset + plainBytes;
            ended = plainBytes == 0;
        }

        @Override
        public void close() {
            decoder.close();
            arena.close();
        }
    }
}

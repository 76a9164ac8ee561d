package dev.quarry.store;

import dev.quarry.chunk.Grid;
import dev.quarry.secret.FrameCipher;
import dev.quarry.secret.StoreKey;

import net.openhft.chronicle.bytes.OnHeapBytes;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * A pack that is being written. Frames are reserved under the lock of the session and written
 * outside of it; {@link #seal} is called when all reserved frames were written.
 */
final class PackBuilder implements Closeable {

    private final String name;
    private final BlobWriter blob;
    private final @Nullable FrameCipher cipher;
    private final OnHeapBytes frames = ElasticBytes.allocate(1024 * PackLayout.FRAME_ENTRY_BYTES);
    private final OnHeapBytes chunks = ElasticBytes.allocate(8192 * PackLayout.CHUNK_ENTRY_BYTES);
    private long position = PackLayout.HEADER_BYTES;
    private int frameCount;
    private int chunkCount;
    private int writing;

    /**
     * @param key of an encrypted store, or null
     */
    PackBuilder(String name, BlobWriter blob, @Nullable StoreKey key) {
        this.cipher = key == null ? null : key.frames(name);
        this.name = name;
        this.blob = blob;
        // Several threads use them, one after the other under the session's lock.
        frames.singleThreadedCheckDisabled(true);
        chunks.singleThreadedCheckDisabled(true);
    }

    String name() {
        return name;
    }

    BlobWriter blob() {
        return blob;
    }

    /** Bytes that the pack has so far. */
    long position() {
        return position;
    }

    int chunkCount() {
        return chunkCount;
    }

    boolean isIdle() {
        return writing == 0;
    }

    /** Where a frame stands, and which number it has. */
    record Place(long position, int frame) {}

    /**
     * Gives an encoded frame its place and notes its chunks; {@link #write} and {@link #written}
     * must follow.
     */
    Place reserve(EncodedFrame frame) {
        Place place = new Place(position, frameCount);
        int storedBytes = frame.storedBytes() + (cipher == null ? 0 : FrameCipher.OVERHEAD_BYTES);
        position += storedBytes;
        writing++;
        frames.writeLong(place.position())
                .writeInt(storedBytes)
                .writeInt(frame.plainBytes())
                .writeInt(frame.crc())
                .writeInt(0)
                .writeByte((byte) frame.codec().code())
                .writeByte((byte) frame.kind())
                .writeShort((short) 0)
                .writeInt(0);
        for (int i = 0; i < frame.chunkCount(); i++) {
            chunks.write(frame.ids(), i * Grid.DIGEST_BYTES, Grid.DIGEST_BYTES)
                    .writeInt(frameCount)
                    .writeInt(frame.chunkOffset(i))
                    .writeInt(frame.chunkLength(i));
        }
        frameCount++;
        chunkCount += frame.chunkCount();
        return place;
    }

    /**
     * Writes a frame, encrypted where the store is.
     *
     * @return the CRC-32C of what was written
     */
    int write(Place place, EncodedFrame frame) throws IOException {
        if (cipher == null) {
            blob.write(place.position(), frame.stored());
            return frame.crc();
        }
        MemorySegment sealed =
                MemorySegment.ofArray(
                        cipher.seal(
                                place.position(),
                                frame.associated(),
                                frame.stored().toArray(ValueLayout.JAVA_BYTE)));
        blob.write(place.position(), sealed);
        return Checksum.of(sealed);
    }

    /** Notes that a frame was written. */
    void written(Place place, int crc) {
        if (cipher != null) {
            frames.writeInt(
                    (long) place.frame() * PackLayout.FRAME_ENTRY_BYTES + PackLayout.FRAME_CRC,
                    crc);
        }
        writing--;
    }

    /**
     * Writes frames that lie one behind the other, in one piece where the store is not encrypted.
     * Only for who alone writes the pack.
     */
    void writeRun(List<EncodedFrame> run, MemorySegment bytes) throws IOException {
        long start = position;
        for (EncodedFrame frame : run) {
            Place place = reserve(frame);
            written(place, cipher == null ? frame.crc() : write(place, frame));
        }
        if (cipher == null) {
            blob.write(start, bytes);
        }
    }

    /** Writes header, footer and trailer, and makes all of it durable. */
    void seal() throws IOException {
        OnHeapBytes header = ElasticBytes.allocate(PackLayout.HEADER_BYTES);
        header.writeLong(PackLayout.HEADER_MAGIC).writeLong(0);
        blob.write(0, segment(header));
        position =
                PackFooter.write(
                        blob,
                        position,
                        table(frames, frameCount),
                        table(chunks, chunkCount),
                        PackLayout.TRAILER_MAGIC);
        blob.seal();
    }

    private static MemorySegment segment(OnHeapBytes bytes) {
        return MemorySegment.ofArray(array(bytes)).asSlice(0, bytes.readRemaining());
    }

    private static PackFooter.Table table(OnHeapBytes bytes, int entries) {
        return new PackFooter.Table(array(bytes), Math.toIntExact(bytes.readRemaining()), entries);
    }

    private static byte[] array(OnHeapBytes bytes) {
        byte[] array = bytes.bytesStore().underlyingObject();
        if (array == null) {
            throw new AssertionError("bytes on the heap without an array");
        }
        return array;
    }

    @Override
    public void close() throws IOException {
        blob.close();
    }
}

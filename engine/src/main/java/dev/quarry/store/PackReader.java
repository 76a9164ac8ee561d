package dev.quarry.store;

import dev.quarry.chunk.Codec;
import dev.quarry.chunk.Grid;
import dev.quarry.hash.Hash;
import dev.quarry.secret.FrameCipher;
import dev.quarry.secret.StoreKey;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

import javax.crypto.AEADBadTagException;

/**
 * A sealed pack, to be read. The footer is viewed in place; frames are read into the caller's
 * memory, so that a failing disk is an {@link IOException} and not a fault in native code.
 * Thread-safe except for {@link #close}.
 */
final class PackReader implements Closeable {

    private final String name;
    private final Blob blob;

    /** What has the frames: the pack itself, or of a trimmed one another. */
    private final Blob frameBlob;

    /** Behind the last byte that a frame may have. */
    private final long framesEnd;

    private final boolean isTrimmed;

    /** Name of the pack that wrote the frames. */
    private final String origin;

    private final MemorySegment footer;
    private final Numbers tables;
    private final int frames;
    private final int chunks;
    private final long chunkTable;
    private final long footerPosition;
    private final int footerCrc;
    private final @Nullable FrameCipher cipher;
    private volatile boolean footerChecked;

    /** Opens what has the frames of a trimmed pack. */
    @FunctionalInterface
    private interface FrameSource {
        Blob open() throws IOException;
    }

    private PackReader(
            String name, Blob blob, FrameSource source, @Nullable StoreKey key, Arena arena)
            throws IOException {
        this.name = name;
        this.blob = blob;
        long size = blob.size();
        if (size < PackLayout.HEADER_BYTES + PackLayout.TRAILER_BYTES) {
            throw corrupt("is only " + size + " bytes long");
        }
        MemorySegment trailer = MemorySegment.ofArray(new byte[PackLayout.TRAILER_BYTES]);
        read(size - PackLayout.TRAILER_BYTES, trailer);
        long magic = trailer.get(PackLayout.LONG, PackLayout.TRAILER_END_MAGIC);
        this.isTrimmed = magic == PackLayout.TRIMMED_TRAILER_MAGIC;
        if (!isTrimmed && magic != PackLayout.TRAILER_MAGIC) {
            throw corrupt("has no trailer");
        }
        this.footerPosition = trailer.get(PackLayout.LONG, PackLayout.TRAILER_FOOTER_POSITION);
        this.frames = trailer.get(PackLayout.INT, PackLayout.TRAILER_FRAMES);
        this.chunks = trailer.get(PackLayout.INT, PackLayout.TRAILER_CHUNKS);
        this.footerCrc = trailer.get(PackLayout.INT, PackLayout.TRAILER_CRC);
        this.chunkTable = (long) frames * PackLayout.FRAME_ENTRY_BYTES;
        long footerBytes = chunkTable + (long) chunks * PackLayout.CHUNK_ENTRY_BYTES;
        if (frames < 0
                || chunks < 0
                || chunks > PackLayout.CHUNKS_MAX
                || footerPosition < PackLayout.HEADER_BYTES
                || footerPosition + footerBytes + PackLayout.TRAILER_BYTES != size) {
            throw corrupt("has a trailer that contradicts its size, 0x" + Long.toHexString(size));
        }
        this.footer = blob.view(footerPosition, footerBytes, arena);
        this.tables = new Numbers(footer);
        this.origin = isTrimmed ? readOrigin() : name;
        this.cipher = key == null ? null : key.frames(origin);
        this.frameBlob = isTrimmed ? source.open() : blob;
        this.framesEnd = isTrimmed ? frameBlob.size() : footerPosition;
    }

    /** Bytes that the medium does not give are damage; that nothing can be opened now is none. */
    private void read(long position, MemorySegment target) throws StoreException {
        try {
            blob.read(position, target);
        } catch (IOException e) {
            throw corrupt("cannot be read at 0x" + Long.toHexString(position), e);
        }
    }

    private String readOrigin() throws IOException {
        byte[] header = new byte[PackLayout.TRIMMED_HEADER_BYTES];
        MemorySegment bytes = MemorySegment.ofArray(header);
        read(0, bytes);
        if (footerPosition != header.length
                || bytes.get(PackLayout.LONG, 0) != PackLayout.TRIMMED_HEADER_MAGIC
                || bytes.get(PackLayout.INT, PackLayout.TRIMMED_CRC)
                        != Checksum.of(bytes.asSlice(0, PackLayout.TRIMMED_CRC))
                || bytes.get(PackLayout.INT, PackLayout.TRIMMED_ZERO) != 0) {
            throw corrupt("has a damaged header");
        }
        return HexFormat.of().formatHex(header, PackLayout.TRIMMED_ORIGIN, PackLayout.TRIMMED_CRC);
    }

    /**
     * Opens a published pack.
     *
     * @param arena the reader can be used until it is closed
     * @throws NoSuchFileException if there is none of that name
     * @throws StoreException of kind CORRUPT if it does not hold
     */
    static PackReader open(String name, BlobStore blobs, Arena arena) throws IOException {
        Blob blob = blobs.open(ChunkIndex.packBlob(name));
        return open(name, blob, () -> openFrames(name, blobs), blobs.key(), arena);
    }

    private static Blob openFrames(String name, BlobStore blobs) throws IOException {
        try {
            return blobs.open(TrimmedPack.framesBlob(name));
        } catch (NoSuchFileException e) {
            String pack = ChunkIndex.packBlob(name);
            if (blobs.list(pack).isEmpty()) {
                // Collected meanwhile.
                throw e;
            }
            throw new StoreException(
                    StoreException.Kind.CORRUPT, "pack has lost its frames: " + name, e);
        }
    }

    /**
     * Opens a pack that is sealed and not published.
     *
     * @param blob becomes the reader's, also when this throws
     * @param key of an encrypted store, or null
     */
    static PackReader open(String name, Blob blob, @Nullable StoreKey key, Arena arena)
            throws IOException {
        return open(name, blob, () -> blob, key, arena);
    }

    /**
     * Opens a trimmed pack that is not published.
     *
     * @param blob its tables; becomes the reader's, also when this throws
     * @param frames name of the blob that has its frames
     */
    static PackReader openTrimmed(
            String name, Blob blob, String frames, BlobStore blobs, Arena arena)
            throws IOException {
        return open(name, blob, () -> blobs.open(frames), blobs.key(), arena);
    }

    private static PackReader open(
            String name, Blob blob, FrameSource source, @Nullable StoreKey key, Arena arena)
            throws IOException {
        try {
            return new PackReader(name, blob, source, key, arena);
        } catch (IOException | RuntimeException e) {
            blob.close();
            throw e;
        }
    }

    /**
     * Compares the footer with its checksum, once. Whoever takes more than a chunk's id from the
     * tables calls this before; a look-up of ids does without, because it would have to read the
     * footers of the whole store.
     */
    void checkFooter() throws IOException {
        if (footerChecked) {
            return;
        }
        if (Checksum.of(footer) != footerCrc) {
            throw corrupt("has a damaged footer at 0x" + Long.toHexString(footerPosition));
        }
        if (cipher != null) {
            checkOrder();
        }
        footerChecked = true;
    }

    /**
     * A frame vouches for the entries of its chunks, which it finds because they stand together.
     * One that stands elsewhere is nobody's: somebody without the key has put it there.
     */
    private void checkOrder() throws StoreException {
        int last = 0;
        for (int chunk = 0; chunk < chunks; chunk++) {
            int frame = chunkFrame(chunk);
            if (frame < last) {
                throw corrupt("has chunks that are not in the order of their frames");
            }
            last = frame;
        }
    }

    /**
     * Checks what reading does without: the header, the bytes of the trailer that say nothing, and
     * the SHA-256 of the footer. A pack that fails only here has nothing that cannot be read.
     */
    void checkEnvelope() throws IOException {
        if (isTrimmed) {
            readOrigin();
        } else {
            MemorySegment header = MemorySegment.ofArray(new byte[PackLayout.HEADER_BYTES]);
            blob.read(0, header);
            if (header.get(PackLayout.LONG, 0) != PackLayout.HEADER_MAGIC
                    || header.get(PackLayout.LONG, Long.BYTES) != 0) {
                throw corrupt("has a damaged header");
            }
        }
        byte[] trailer = new byte[PackLayout.TRAILER_BYTES];
        blob.read(blob.size() - trailer.length, MemorySegment.ofArray(trailer));
        Hash sha256 = Hash.sha256();
        byte[] piece = new byte[Grid.PAGE_BLOCKS];
        for (long at = 0; at < footer.byteSize(); at += piece.length) {
            int length = (int) Math.min(piece.length, footer.byteSize() - at);
            MemorySegment.copy(footer, ValueLayout.JAVA_BYTE, at, piece, 0, length);
            sha256.update(piece, 0, length);
        }
        byte[] digest = sha256.digest();
        int from = PackLayout.TRAILER_DIGEST;
        if (!Arrays.equals(digest, 0, digest.length, trailer, from, from + digest.length)
                || MemorySegment.ofArray(trailer).get(PackLayout.INT, PackLayout.TRAILER_ZERO)
                        != 0) {
            throw corrupt(
                    "has a damaged trailer at 0x"
                            + Long.toHexString(blob.size() - PackLayout.TRAILER_BYTES));
        }
    }

    String name() {
        return name;
    }

    /** Whether frames were taken out of it, and those that are left stand in another blob. */
    boolean isTrimmed() {
        return isTrimmed;
    }

    /** Name of the pack that wrote the frames: another's only of a trimmed one. */
    String origin() {
        return origin;
    }

    /** Behind the last byte that a frame may have. */
    long framesEnd() {
        return framesEnd;
    }

    long framePosition(int frame) {
        return tables.longAt(frameEntry(frame) + PackLayout.FRAME_POSITION);
    }

    int frameKind(int frame) {
        return tables.byteAt(frameEntry(frame) + PackLayout.FRAME_KIND);
    }

    int frames() {
        return frames;
    }

    int chunks() {
        return chunks;
    }

    /** Bytes that the whole pack takes. */
    long size() {
        if (!isTrimmed) {
            return blob.size();
        }
        return blob.size() + TrimmedPack.takenBytes(this);
    }

    /** Bytes of the file that has the frames, its holes included. */
    long fileBytes() {
        return frameBlob.size();
    }

    private long chunkEntry(int chunk) {
        return chunkTable + (long) Objects.checkIndex(chunk, chunks) * PackLayout.CHUNK_ENTRY_BYTES;
    }

    private long frameEntry(int frame) {
        return (long) Objects.checkIndex(frame, frames) * PackLayout.FRAME_ENTRY_BYTES;
    }

    /** Copies a frame's entry of the table. */
    void copyFrame(int frame, byte[] target, int index) {
        tables.copy(frameEntry(frame), target, index, PackLayout.FRAME_ENTRY_BYTES);
    }

    /** Copies a chunk's entry of the table. */
    void copyChunk(int chunk, byte[] target, int index) {
        tables.copy(chunkEntry(chunk), target, index, PackLayout.CHUNK_ENTRY_BYTES);
    }

    /** Whether a chunk has that id. */
    boolean hasId(int chunk, byte[] id) {
        long at = chunkEntry(chunk) + PackLayout.CHUNK_ID;
        for (int i = 0; i < Grid.DIGEST_BYTES; i += Long.BYTES) {
            if (tables.longAt(at + i) != Ids.word(id, i)) {
                return false;
            }
        }
        return true;
    }

    /** The first eight bytes of a chunk's id, as the index sorts them. */
    long prefix(int chunk) {
        return Long.reverseBytes(tables.longAt(chunkEntry(chunk) + PackLayout.CHUNK_ID));
    }

    void copyId(int chunk, byte[] target) {
        copyId(chunk, target, 0);
    }

    /**
     * @param index in {@code target} where the id begins
     */
    void copyId(int chunk, byte[] target, int index) {
        tables.copy(chunkEntry(chunk) + PackLayout.CHUNK_ID, target, index, Grid.DIGEST_BYTES);
    }

    int chunkFrame(int chunk) {
        return tables.intAt(chunkEntry(chunk) + PackLayout.CHUNK_FRAME);
    }

    int chunkOffset(int chunk) {
        return tables.intAt(chunkEntry(chunk) + PackLayout.CHUNK_OFFSET);
    }

    int chunkLength(int chunk) {
        return tables.intAt(chunkEntry(chunk) + PackLayout.CHUNK_LENGTH);
    }

    int framePlainBytes(int frame) {
        return tables.intAt(frameEntry(frame) + PackLayout.FRAME_PLAIN_BYTES);
    }

    /** CRC-32C of a frame's stored bytes. */
    int frameCrc(int frame) {
        return tables.intAt(frameEntry(frame) + PackLayout.FRAME_CRC);
    }

    int frameStoredBytes(int frame) {
        return tables.intAt(frameEntry(frame) + PackLayout.FRAME_STORED_BYTES);
    }

    /**
     * Kind of the frame that a chunk is in, or -1 where the tables, which may not be checked yet,
     * say nonsense.
     */
    int kindOf(int chunk) {
        int frame = chunkFrame(chunk);
        return frame < 0 || frame >= frames
                ? -1
                : tables.byteAt(frameEntry(frame) + PackLayout.FRAME_KIND);
    }

    Codec frameCodec(int frame) throws StoreException {
        try {
            return Codec.of(tables.byteAt(frameEntry(frame) + PackLayout.FRAME_CODEC));
        } catch (IOException e) {
            throw corrupt("has a frame of an " + e.getMessage(), e);
        }
    }

    /** Bytes that a frame is longer than it is encoded. */
    int frameOverhead() {
        return cipher == null ? 0 : FrameCipher.OVERHEAD_BYTES;
    }

    /**
     * Reads a frame as it is encoded, compares it with its checksum, and decrypts it where the
     * store is encrypted.
     *
     * @param buffer at least {@link #frameStoredBytes} long
     * @return the part of the buffer that holds it
     */
    MemorySegment readStored(int frame, MemorySegment buffer) throws IOException {
        long at = frameEntry(frame);
        long position = tables.longAt(at + PackLayout.FRAME_POSITION);
        int stored = frameStoredBytes(frame);
        if (position < PackLayout.HEADER_BYTES
                || stored < 0
                || position + stored > framesEnd
                || stored > buffer.byteSize()) {
            throw corrupt("has a frame table that points to 0x" + Long.toHexString(position));
        }
        MemorySegment bytes = buffer.asSlice(0, stored);
        frameBlob.read(position, bytes);
        if (Checksum.of(bytes) != tables.intAt(at + PackLayout.FRAME_CRC)) {
            throw corrupt("has a damaged frame at 0x" + Long.toHexString(position));
        }
        return cipher == null ? bytes : decrypt(cipher, frame, position, bytes, buffer);
    }

    /**
     * Whether frames can be read as one piece: they lie one behind the other, and are not
     * encrypted.
     *
     * @param end number of the first frame behind them
     */
    boolean isRun(int first, int end) {
        for (int frame = first; frame < end; frame++) {
            int stored = frameStoredBytes(frame);
            if (stored < 0
                    || (frame + 1 < end
                            && framePosition(frame + 1) != framePosition(frame) + stored)) {
                return false;
            }
        }
        return cipher == null;
    }

    /**
     * Reads frames that {@linkplain #isRun are a run} as they are stored, and compares each with
     * its checksum.
     *
     * @param buffer large enough for all of them
     * @return the part of the buffer that holds them
     */
    MemorySegment readRun(int first, int end, MemorySegment buffer) throws IOException {
        long start = framePosition(first);
        long behind = framePosition(end - 1) + frameStoredBytes(end - 1);
        if (start < PackLayout.HEADER_BYTES
                || behind > framesEnd
                || behind - start > buffer.byteSize()) {
            throw corrupt("has a frame table that points to 0x" + Long.toHexString(start));
        }
        MemorySegment bytes = buffer.asSlice(0, behind - start);
        frameBlob.read(start, bytes);
        for (int frame = first; frame < end; frame++) {
            long position = framePosition(frame);
            if (Checksum.of(bytes.asSlice(position - start, frameStoredBytes(frame)))
                    != frameCrc(frame)) {
                throw corrupt("has a damaged frame at 0x" + Long.toHexString(position));
            }
        }
        return bytes;
    }

    private MemorySegment decrypt(
            FrameCipher key, int frame, long position, MemorySegment bytes, MemorySegment buffer)
            throws StoreException {
        try {
            byte[] plain =
                    key.open(position, associated(frame), bytes.toArray(ValueLayout.JAVA_BYTE));
            MemorySegment.copy(plain, 0, buffer, ValueLayout.JAVA_BYTE, 0, plain.length);
            return buffer.asSlice(0, plain.length);
        } catch (AEADBadTagException e) {
            throw corrupt(
                    "has a frame that was not written there so, at 0x"
                            + Long.toHexString(position));
        }
    }

    /** As {@link EncodedFrame#associated}. Chunks stand in the order of frames. */
    private byte[] associated(int frame) {
        int first = 0;
        int end = chunks;
        while (first < end) {
            int middle = (first + end) >>> 1;
            if (chunkFrame(middle) < frame) {
                first = middle + 1;
            } else {
                end = middle;
            }
        }
        while (end < chunks && chunkFrame(end) == frame) {
            end++;
        }
        FrameEntries entries =
                new FrameEntries(
                        framePlainBytes(frame),
                        tables.byteAt(frameEntry(frame) + PackLayout.FRAME_CODEC),
                        frameKind(frame),
                        end - first);
        byte[] id = new byte[Grid.DIGEST_BYTES];
        for (int chunk = first; chunk < end; chunk++) {
            copyId(chunk, id);
            entries.add(id, 0, chunkOffset(chunk), chunkLength(chunk));
        }
        return entries.bytes();
    }

    /** Reads the node that a frame holds, and compares it with the frame's checksum. */
    byte[] readNode(int frame) throws IOException {
        int bytes = frameStoredBytes(frame);
        if (bytes < frameOverhead()
                || bytes > ChunkStore.NODE_BYTES_MAX + frameOverhead()
                || frameCodec(frame) != Codec.NONE) {
            throw corrupt("has a node of " + bytes + " bytes");
        }
        byte[] node = new byte[bytes];
        readStored(frame, MemorySegment.ofArray(node));
        return cipher == null ? node : Arrays.copyOf(node, bytes - frameOverhead());
    }

    StoreException corrupt(String reason) {
        return new StoreException(StoreException.Kind.CORRUPT, "pack " + reason + ": " + name);
    }

    StoreException corrupt(String reason, IOException cause) {
        return new StoreException(
                StoreException.Kind.CORRUPT, "pack " + reason + ": " + name, cause);
    }

    @Override
    public void close() throws IOException {
        if (isTrimmed) {
            Closing.all(List.of(blob, frameBlob));
        } else {
            blob.close();
        }
    }
}

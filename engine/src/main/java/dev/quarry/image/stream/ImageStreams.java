package dev.quarry.image.stream;

import dev.quarry.block.ForwardDisk;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageException.Kind;
import dev.quarry.image.ImageFormat;
import dev.quarry.image.ImageFormats;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Opens images that come through a pipe, or that are compressed as a whole. */
public final class ImageStreams {

    private static final int PIECE_BYTES = 256 << 10;

    private ImageStreams() {}

    /**
     * A disk that was opened; closing the disk closes the input.
     *
     * @param format its name
     * @param compression what it was compressed with as a whole, or null
     * @param isGuess whether the format was taken only because nothing contradicts it
     */
    public record Opened(
            ForwardDisk disk, String format, @Nullable Compression compression, boolean isGuess) {}

    /**
     * The size of a disk, which is read to its end if only that tells.
     *
     * @param disk stays the caller's
     */
    public static long sizeOf(ForwardDisk disk) throws IOException {
        if (disk.size() != ForwardDisk.UNKNOWN_SIZE) {
            return disk.size();
        }
        long size = 0;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment piece = arena.allocate(PIECE_BYTES);
            while (true) {
                size += disk.skipZeros();
                int got = disk.read(piece);
                if (got < 0) {
                    return size;
                }
                size += got;
            }
        }
    }

    /**
     * Opens what comes.
     *
     * @param input becomes the disk's, and is closed when this throws
     * @param format as the user named it: then the bytes are taken as they are; or null to find
     *     out, and to decompress what is compressed
     * @throws ImageException of kind UNSUPPORTED if the format can only be read from a file, and
     *     TRUNCATED if nothing comes of which the format would have to be found out
     */
    public static Opened open(ImageFormats formats, ForwardInput input, @Nullable String format)
            throws IOException {
        // A decompressor has native memory, 128 MiB if its input asks for it, and closes the input.
        ForwardInput opened = input;
        try {
            if (format != null) {
                return new Opened(formats.named(format).openForward(input), format, null, false);
            }
            Compression compression = Compression.of(input.peek(ImageFormats.PROBE_BYTES));
            if (compression != null) {
                opened = compression.decompress(input);
            }
            return open(formats, opened, compression);
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    private static Opened open(
            ImageFormats formats, ForwardInput plain, @Nullable Compression compression)
            throws IOException {
        MemorySegment head = plain.peek(ImageFormats.PROBE_BYTES);
        if (head.byteSize() == 0) {
            // Whoever should have written failed, and the pipe does not tell.
            throw new ImageException(Kind.TRUNCATED, plain.name(), 0, "has no bytes at all");
        }
        Compression again = compression == null ? null : Compression.of(head);
        if (compression != null && again != null) {
            throw new ImageException(
                    Kind.UNSUPPORTED,
                    plain.name(),
                    -1,
                    "is compressed twice, with "
                            + compression.words()
                            + " and with "
                            + again.words());
        }
        ImageFormats.Detection found = formats.detect(head, Long.MAX_VALUE, plain.name());
        ImageFormat inner = found.format();
        return new Opened(inner.openForward(plain), inner.name(), compression, found.isGuess());
    }
}

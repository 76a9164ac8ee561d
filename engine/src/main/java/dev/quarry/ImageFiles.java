package dev.quarry;

import dev.quarry.block.BlockSource;
import dev.quarry.block.StreamedDisk;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageFormat;
import dev.quarry.image.ImageFormats;
import dev.quarry.image.OpenOptions;
import dev.quarry.image.ReferenceGate;
import dev.quarry.image.stream.Compression;
import dev.quarry.image.stream.ForwardInput;
import dev.quarry.image.stream.ImageStreams;
import dev.quarry.storage.FileStorage;
import dev.quarry.storage.SourceFiles;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** Opens image files in the formats that the class path offers. */
final class ImageFiles {

    private ImageFiles() {}

    /**
     * An image that was opened; closing the image closes the file.
     *
     * @param isGuess whether the format was taken only because nothing contradicts it
     */
    record Opened(DiskImage image, String format, boolean isGuess) {}

    /**
     * Opens the disk as it is.
     *
     * @param format as the user named it, or null to find out
     */
    static Opened open(ImageFormats formats, Path file, @Nullable String format, ReferenceGate gate)
            throws IOException {
        return open(file, format, OpenOptions.of(formats).withGate(gate));
    }

    /**
     * @param format as the user named it, or null to find out
     */
    static Opened open(Path file, @Nullable String format, OpenOptions options) throws IOException {
        ImageFormats formats = options.formats();
        FileStorage storage = FileStorage.open(file);
        try {
            ImageFormat found;
            boolean isGuess = false;
            if (format == null) {
                ImageFormats.Detection detection = formats.detect(storage);
                found = detection.format();
                isGuess = detection.isGuess();
            } else {
                found = formats.named(format);
            }
            DiskImage image = found.open(storage, options);
            return new Opened(image, found.name(), isGuess);
        } catch (IOException | RuntimeException e) {
            storage.close();
            throw e;
        }
    }

    /**
     * Pages that are read of a stream at once: others wait in memory until those before them were
     * read.
     */
    private static final int STREAM_THREADS = 4;

    /** What a stream may have whose size only its end tells, 16 TiB: targets are made for it. */
    static final long UNKNOWN_SIZE_MAX = 16L << 40;

    /**
     * A disk to be read once and whole, from a file or as it comes.
     *
     * @param compression what the file is compressed with as a whole, or null
     * @param isGuess whether the format was taken only because nothing contradicts it
     */
    record Source(
            BlockSource disk, String format, @Nullable Compression compression, boolean isGuess)
            implements Closeable {

        boolean isSizeKnown() {
            return !(disk instanceof StreamedDisk stream) || stream.isSizeKnown();
        }

        /** The files that it is read from. */
        SourceFiles files() {
            return disk instanceof DiskImage image
                    ? SourceFiles.of(image.files())
                    : SourceFiles.none();
        }

        /** Threads that may read, of so many. */
        int threads(int most) {
            return disk instanceof StreamedDisk ? Math.min(most, STREAM_THREADS) : most;
        }

        /** Whether the image's last writer did not close it. */
        boolean isDirty() {
            return disk instanceof DiskImage image && image.info().dirty();
        }

        /** The disk's size, when all of it was read. */
        long finish() throws IOException {
            return disk instanceof StreamedDisk stream ? stream.finish() : disk.size();
        }

        @Override
        public void close() throws IOException {
            disk.close();
        }
    }

    /**
     * Opens a disk to be read once and whole: a stream, a file that is compressed as a whole, or
     * any other image.
     *
     * @param input the image's bytes, or null to read {@code file}; becomes the source's
     * @param options say what is read of an image that is a file
     * @param sizeMax bytes that a stream may have whose size only its end tells
     */
    static Source source(
            Path file,
            @Nullable InputStream input,
            @Nullable String format,
            OpenOptions options,
            long sizeMax)
            throws IOException {
        if (input != null) {
            ForwardInput forward = new ForwardInput(input, file.toString());
            return stream(forward, format, options, sizeMax);
        }
        if (format == null) {
            FileStorage storage = FileStorage.open(file);
            if (isCompressed(storage)) {
                return stream(ForwardInput.of(storage), null, options, sizeMax);
            }
            storage.close();
        }
        Opened opened = open(file, format, options);
        return new Source(opened.image(), opened.format(), null, opened.isGuess());
    }

    private static boolean isCompressed(FileStorage storage) throws IOException {
        byte[] head = new byte[(int) Math.min(ImageFormats.PROBE_BYTES, storage.size())];
        storage.read(0, MemorySegment.ofArray(head));
        return Compression.of(MemorySegment.ofArray(head)) != null;
    }

    private static Source stream(
            ForwardInput input, @Nullable String format, OpenOptions options, long sizeMax)
            throws IOException {
        try {
            String part = options.snapshot() == null ? options.member() : options.snapshot();
            if (part != null) {
                throw new ImageException(
                        ImageException.Kind.UNSUPPORTED,
                        input.name(),
                        -1,
                        "a stream has neither internal snapshots nor members, and so no '"
                                + part
                                + "'");
            }
            ImageStreams.Opened opened = ImageStreams.open(options.formats(), input, format);
            StreamedDisk disk = new StreamedDisk(opened.disk(), input.name(), sizeMax);
            return new Source(disk, opened.format(), opened.compression(), opened.isGuess());
        } catch (IOException | RuntimeException e) {
            input.close();
            throw e;
        }
    }
}

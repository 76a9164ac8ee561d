package dev.quarry.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.quarry.block.BlockSource;
import dev.quarry.block.BlockTarget;
import dev.quarry.image.CreateOptions;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageException;
import dev.quarry.image.ImageFormats;
import dev.quarry.image.OpenOptions;
import dev.quarry.image.ReferenceGate;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.storage.FileStorage;
import dev.quarry.storage.OutputFile;
import dev.quarry.testdata.Content;
import dev.quarry.volume.Copier;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;

/** What tests of formats do with images, in one line each. */
public final class Images {

    private static final ImageFormats FORMATS = ImageFormats.installed();
    private static final int WINDOW_BYTES = 1 << 20;

    private Images() {}

    /** Opens an image that refers to nothing, in the format that its first bytes show. */
    public static DiskImage open(Path path) throws IOException {
        return open(path, OpenOptions.of(FORMATS));
    }

    /** Opens an image that may refer to files in its own folder. */
    public static DiskImage openWithReferences(Path path) throws IOException {
        Path folder = path.toAbsolutePath().resolveSibling(".");
        return open(path, OpenOptions.of(FORMATS).withGate(ReferenceGate.within(folder)));
    }

    private static DiskImage open(Path path, OpenOptions options) throws IOException {
        FileStorage storage = FileStorage.open(path);
        try {
            return OpeningBudget.keep(
                    path, () -> FORMATS.detect(storage).format().open(storage, options));
        } catch (IOException | RuntimeException | Error e) {
            storage.close();
            throw e;
        }
    }

    /** Opens an image as the format that is named. */
    public static DiskImage open(Path path, String format) throws IOException {
        FileStorage storage = FileStorage.open(path);
        try {
            return OpeningBudget.keep(
                    path, () -> FORMATS.named(format).open(storage, OpenOptions.of(FORMATS)));
        } catch (IOException | RuntimeException | Error e) {
            storage.close();
            throw e;
        }
    }

    /** Reads a whole disk. */
    public static byte[] bytes(BlockSource source) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment target = arena.allocate(source.size());
            source.read(0, target);
            return target.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /** Reads a whole disk from an image that refers to nothing. */
    public static byte[] bytes(Path path) throws IOException {
        try (DiskImage image = open(path)) {
            return bytes(image);
        }
    }

    /** The SHA-256 of a whole disk, in hex. */
    public static String sha256(BlockSource source) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment window = arena.allocate(WINDOW_BYTES);
            for (long offset = 0; offset < source.size(); offset += WINDOW_BYTES) {
                MemorySegment part =
                        window.asSlice(0, Math.min(WINDOW_BYTES, source.size() - offset));
                source.read(offset, part);
                digest.update(part.asByteBuffer());
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Converts to a new file. */
    public static void convert(
            BlockSource source, Path target, String format, Map<String, String> options)
            throws IOException {
        convert(source, target, format, new CreateOptions(null, null, options));
    }

    /** Converts to a new file. */
    public static void convert(BlockSource source, Path target, String format, CreateOptions create)
            throws IOException {
        try (BlockTarget writer =
                FORMATS.named(format).create(OutputFile.create(target), source.size(), create)) {
            Copier.copy(source, writer, 2, ProgressListener.none(), new CancelToken());
            writer.commit();
        }
    }

    /** Content as a source for {@link #convert}. */
    public static BlockSource source(byte[] bytes) {
        return new dev.quarry.block.MemoryDisk(bytes, 0);
    }

    /** Reads everything there is to be read; for images that must fail by then. */
    public static void readAll(Path path) throws IOException {
        try (DiskImage image = openWithReferences(path)) {
            sha256(image);
        }
    }

    /** Expects that an image cannot be opened and read, for a certain reason. */
    public static ImageException assertRefused(ImageException.Kind kind, Path path) {
        ImageException e = assertThrows(ImageException.class, () -> readAll(path));
        assertEquals(kind, e.kind(), e::toString);
        return e;
    }

    /** Overwrites bytes of a file. */
    public static void patch(Path path, long position, byte[] bytes) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.seek(position);
            file.write(bytes);
        }
    }

    /** Overwrites a big-endian word of 8 bytes. */
    public static void patchLong(Path path, long position, long value) throws IOException {
        patch(path, position, ByteBuffer.allocate(8).putLong(value).array());
    }

    /** Overwrites a big-endian word of 4 bytes. */
    public static void patchInt(Path path, long position, int value) throws IOException {
        patch(path, position, ByteBuffer.allocate(4).putInt(value).array());
    }

    /** Overwrites a little-endian word of 4 bytes. */
    public static void patchLittleInt(Path path, long position, int value) throws IOException {
        patch(
                path,
                position,
                ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    }

    /** Overwrites a little-endian word of 8 bytes. */
    public static void patchLittleLong(Path path, long position, long value) throws IOException {
        patch(
                path,
                position,
                ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
    }

    /** Reads bytes of a file. */
    public static ByteBuffer peek(Path path, long position, int length) throws IOException {
        try (Content content = Content.open(path)) {
            return ByteBuffer.wrap(content.read(position, length));
        }
    }

    /** Cuts a file. */
    public static void truncate(Path path, long size) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(size);
        }
    }
}

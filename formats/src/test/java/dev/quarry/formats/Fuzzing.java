package dev.quarry.formats;

import dev.quarry.block.ForwardDisk;
import dev.quarry.image.DiskImage;
import dev.quarry.image.ImageFormat;
import dev.quarry.image.ImageFormats;
import dev.quarry.image.Mapping;
import dev.quarry.image.OpenOptions;
import dev.quarry.image.stream.ForwardInput;
import dev.quarry.image.stream.ImageStreams;
import dev.quarry.storage.Storage;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * What fuzz targets do with an input: whatever it is, an {@link IOException} is the worst that may
 * come of it.
 */
public final class Fuzzing {

    /** Guest bytes that are read of an image: it may claim exabytes. */
    private static final long READ_BYTES_MAX = 4 << 20;

    private static final int STEPS_MAX = 4096;

    private Fuzzing() {}

    /** Parses something; what it refuses is refused well. */
    @FunctionalInterface
    public interface Parsing {
        void run() throws IOException;
    }

    /** Expects no other failure than an {@link IOException}. */
    public static void expectNoMoreThanRefusal(Parsing parsing) {
        try {
            parsing.run();
        } catch (IOException _) {
            // Refused.
        }
    }

    /** Opens bytes as an image, walks its mapping and reads what is not too much. */
    public static void readWholly(ImageFormat format, Storage storage) {
        readWholly(format, ImageFormats.of(format), storage);
    }

    /**
     * Opens bytes as an image, walks its mapping and reads what is not too much.
     *
     * @param references formats of what it may refer to
     */
    public static void readWholly(ImageFormat format, ImageFormats references, Storage storage) {
        expectNoMoreThanRefusal(() -> {
            OpenOptions options = OpenOptions.of(references);
            try (DiskImage image = format.open(storage, options)) {
                walk(image);
                readAll(image);
            }
        });
    }

    private static void walk(DiskImage image) throws IOException {
        long offset = 0;
        for (int step = 0; step < STEPS_MAX && offset < image.size(); step++) {
            Mapping mapping = image.map(offset, image.size());
            if (mapping.offset() != offset || mapping.end() > image.size()) {
                throw new AssertionError(mapping + " at " + offset + " of " + image.size());
            }
            image.extentAt(offset, Math.min(image.size(), offset + READ_BYTES_MAX));
            offset = mapping.end();
        }
    }

    private static void readAll(DiskImage image) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment window = arena.allocate(1 << 16);
            long end = Math.min(image.size(), READ_BYTES_MAX);
            for (long offset = 0; offset < end; offset += window.byteSize()) {
                image.read(
                        offset,
                        window.asSlice(0, Math.min(window.byteSize(), image.size() - offset)));
            }
        }
    }

    /** Reads bytes as what comes through a pipe, compressed or not. */
    public static void readForward(ImageFormats formats, byte[] input) {
        expectNoMoreThanRefusal(() -> {
            ForwardInput in = new ForwardInput(new ByteArrayInputStream(input), "memory");
            try (ForwardDisk disk =
                            OpeningBudget.keep(
                                    Path.of("memory"),
                                    () -> ImageStreams.open(formats, in, null).disk());
                    Arena arena = Arena.ofConfined()) {
                MemorySegment window = arena.allocate(1 << 16);
                long offset = 0;
                int got = 0;
                while (got >= 0 && offset < READ_BYTES_MAX) {
                    offset += disk.skipZeros();
                    got = disk.read(window);
                    offset += Math.max(got, 0);
                }
                if (got < 0 && disk.size() >= 0 && offset != disk.size()) {
                    throw new AssertionError(offset + " of " + disk.size());
                }
            }
        });
    }
}

package dev.quarry.benchmarks.scaling;

import dev.quarry.ImportRequest;
import dev.quarry.ImportResult;
import dev.quarry.Quarry;
import dev.quarry.job.CancelToken;
import dev.quarry.job.ProgressListener;
import dev.quarry.storage.FileStorage;
import dev.quarry.storage.Storage;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** The disks that curves are measured on; random content comes from fixed seeds. */
final class ScalingDisks {

    private static final int RUN_BYTES = 64 << 10;
    private static final int COPY_BYTES = 1 << 20;
    private static final long SEED = 0x5ca1e;

    private ScalingDisks() {}

    /** Writes a disk with random data in runs of 64 KiB that are evenly spread. */
    static Path sparse(Path folder, long size, long dataBytes) throws IOException {
        Path file = folder.resolve("sparse.raw");
        RandomGenerator random = random(SEED);
        byte[] run = new byte[RUN_BYTES];
        try (FileChannel channel = create(file)) {
            long step = size / (dataBytes / RUN_BYTES);
            for (long position = 0; position < size; position += step) {
                random.nextBytes(run);
                writeAll(channel, position, ByteBuffer.wrap(run));
            }
            if (channel.size() < size) {
                writeAll(channel, size - 1, ByteBuffer.allocate(1));
            }
        }
        return file;
    }

    /** Writes a disk of the first data of some disks, without their holes. */
    static Path begin(List<Path> disks, Path folder, long dataBytes) throws IOException {
        Path file = folder.resolve("begin.raw");
        long written = 0;
        try (FileChannel channel = create(file);
                Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(COPY_BYTES);
            for (Path disk : disks) {
                try (Storage source = FileStorage.open(disk)) {
                    long size = source.size();
                    for (long at = source.nextData(0, size);
                            at < size && written < dataBytes;
                            at = source.nextData(at, size)) {
                        long end = Math.min(source.nextHole(at, size), at + COPY_BYTES);
                        MemorySegment piece =
                                buffer.asSlice(0, Math.min(end - at, dataBytes - written));
                        source.read(at, piece);
                        writeAll(channel, written, piece.asByteBuffer());
                        written += piece.byteSize();
                        at = end;
                    }
                }
            }
        }
        if (written < dataBytes) {
            throw new IOException(
                    "the images have " + written + " bytes of data, not " + dataBytes);
        }
        return file;
    }

    /** Bytes of disks that are not holes. */
    static long dataBytes(List<Path> disks) throws IOException {
        long sum = 0;
        for (Path disk : disks) {
            try (Storage source = FileStorage.open(disk)) {
                long size = source.size();
                for (long at = source.nextData(0, size); at < size; ) {
                    long end = source.nextHole(at, size);
                    sum += end - at;
                    at = source.nextData(end, size);
                }
            }
        }
        return sum;
    }

    /** Disks of 4 MiB, each with a sixteenth of its own. */
    static final class Variants {
        private static final int BYTES = 4 << 20;

        private final Path folder;
        private final byte[] content = new byte[BYTES];
        private int stored;
        private String last = "";

        Variants(Path folder) {
            this.folder = folder;
            random(SEED).nextBytes(content);
        }

        /** Writes the disk of a number. */
        Path write(int number) throws IOException {
            Path file = folder.resolve("variant.raw");
            byte[] own = new byte[BYTES / 16];
            random(SEED + number).nextBytes(own);
            int position = number % 16 * own.length;
            try (FileChannel channel =
                    FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                writeAll(channel, 0, ByteBuffer.wrap(content));
                writeAll(channel, position, ByteBuffer.wrap(own));
            }
            return file;
        }

        /**
         * Imports and registers variants until a store has so many.
         *
         * @return id of the last image
         */
        String fill(Path store, int images) throws IOException {
            try (Quarry quarry = Quarry.openOrCreate(store)) {
                while (stored < images) {
                    stored++;
                    ImportRequest request =
                            ImportRequest.of(write(stored))
                                    .withFormat("raw")
                                    .withName("variant-" + stored);
                    ImportResult result =
                            quarry.importImage(request, ProgressListener.none(), new CancelToken());
                    last = Objects.requireNonNull(result.image()).id();
                }
            }
            return last;
        }
    }

    private static RandomGenerator random(long seed) {
        return RandomGeneratorFactory.<RandomGenerator>of("Xoroshiro128PlusPlus").create(seed);
    }

    private static FileChannel create(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    private static void writeAll(FileChannel channel, long position, ByteBuffer bytes)
            throws IOException {
        for (long at = position; bytes.hasRemaining(); ) {
            at += channel.write(bytes, at);
        }
    }
}

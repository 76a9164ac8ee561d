package dev.quarry.benchmarks.scaling;

import dev.quarry.ImportRequest;
import dev.quarry.ImportResult;
import dev.quarry.Quarry;
import dev.quarry.benchmarks.compare.DataSet;
import dev.quarry.benchmarks.compare.SparseDisk;
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
import java.util.Objects;

/** The disks that curves are measured on; random content comes from fixed seeds. */
final class ScalingDisks {

    private static final int COPY_BYTES = 1 << 20;
    private static final long SEED = 0x5ca1e;

    private ScalingDisks() {}

    /** Writes a disk of the first data of some disks, without their holes. */
    static Path begin(DataSet disks, Path folder, long dataBytes) throws IOException {
        Path file = folder.resolve("begin.raw");
        long written = 0;
        try (FileChannel target =
                        FileChannel.open(
                                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(COPY_BYTES);
            for (DataSet.Image disk : disks.images()) {
                try (Storage source = FileStorage.open(disk.file())) {
                    for (DataSet.Range range : disk.ranges()) {
                        long end = range.position() + Math.min(range.length(), dataBytes - written);
                        for (long at = range.position(); at < end; at += COPY_BYTES) {
                            MemorySegment piece = buffer.asSlice(0, Math.min(end - at, COPY_BYTES));
                            source.read(at, piece);
                            SparseDisk.writeAll(target, written, piece.asByteBuffer());
                            written += piece.byteSize();
                        }
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

    /** Disks of 4 MiB, each with a sixteenth of its own. */
    static final class Variants {
        private static final int BYTES = 4 << 20;

        private final Path folder;
        private final byte[] content = new byte[BYTES];
        private int stored;
        private String last = "";

        Variants(Path folder) {
            this.folder = folder;
            SparseDisk.random(SEED).nextBytes(content);
        }

        /** Writes the disk of a number. */
        Path write(int number) throws IOException {
            Path file = folder.resolve("variant.raw");
            byte[] own = new byte[BYTES / 16];
            SparseDisk.random(SEED + number).nextBytes(own);
            int position = number % 16 * own.length;
            try (FileChannel channel =
                    FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                SparseDisk.writeAll(channel, 0, ByteBuffer.wrap(content));
                SparseDisk.writeAll(channel, position, ByteBuffer.wrap(own));
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
}
